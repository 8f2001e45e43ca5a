"""The Compose files and their scripts, without a container engine; test_company_round.py runs the services."""

import ast
import base64
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import yaml

from emoji_api.settings import Settings, environment_variable, file_variable, read_settings, secret_settings
from tests.compose import DEPLOY, VARIABLES, resolve
from tests.postgresql import binaries
from tests.test_image import health_check, stage

FILES = ("compose.yaml", "compose.single.yaml")
DOCUMENTS = {file: resolve(file) for file in FILES}
WHOLE_SET = DOCUMENTS["compose.yaml"]["services"]
SERVICES = [(file, name, service) for file in FILES for name, service in DOCUMENTS[file]["services"].items()]
NAMES = [f"{file}:{name}" for file, name, _ in SERVICES]
ONE_SHOT = {"compose.yaml:airflow-migration", "compose.single.yaml:trainer"}
SECRET_FILE = "/run/secrets/"
every_service = pytest.mark.parametrize(("file", "name", "service"), SERVICES, ids=NAMES)


@pytest.fixture
def secrets(tmp_path) -> Path:
    """Secrets that the script has written."""
    subprocess.run(["sh", DEPLOY / "make_secrets.sh", tmp_path / "secrets"], check=True)
    return tmp_path / "secrets"


def variables(service: dict) -> dict[str, str]:
    """Return the environment variables of a service."""
    return service.get("environment", {})


@pytest.mark.parametrize("file", FILES)
def test_file_follows_the_specification(file):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / file]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("file", "profiles"), [("compose.yaml", ()), ("compose.single.yaml", ("train",))])
def test_compose_implementation_resolves_the_file(file, profiles):
    if not shutil.which("podman"):
        pytest.skip("podman-compose needs podman: apt-get install podman")
    options = [argument for profile in profiles for argument in ("--profile", profile)]
    command = [sys.executable, "-m", "podman_compose", "--file", DEPLOY / file, *options, "config"]
    done = subprocess.run(command, env=os.environ | VARIABLES, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    expected = DOCUMENTS[file]["services"]
    assert set(services) == set(expected)
    for name, service in services.items():
        assert service.get("environment", {}) == variables(expected[name])
        assert service.get("command") == expected[name].get("command")


def test_compose_yaml_has_the_whole_set():
    airflow = {f"airflow-{name}" for name in ("migration", "api-server", "scheduler", "dag-processor", "triggerer")}
    assert set(WHOLE_SET) == {"api", "trainer", "mlflow", "database"} | airflow


def test_recipients_of_alerts_are_required():
    with pytest.raises(ValueError, match="ALERT_RECIPIENTS"):
        resolve("compose.yaml", ALERT_RECIPIENTS="")


@every_service
def test_service_has_a_health_check_or_ends(file, name, service):
    if f"{file}:{name}" in ONE_SHOT:
        assert service.get("restart", "no") == "no"
    else:
        assert {"test", "interval", "timeout", "start_period", "retries"} == set(service["healthcheck"])
        assert (service["restart"], "stop_grace_period" in service) == ("unless-stopped", True)


@every_service
def test_service_is_confined(file, name, service):
    assert service["read_only"] is True and "/tmp" in service["tmpfs"]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert "privileged" not in service and "cap_add" not in service and service.get("network_mode") != "host"
    assert service["deploy"]["resources"]["limits"]["memory"]


@every_service
def test_service_does_not_run_as_root(file, name, service):
    if "build" in service:
        users = [arguments for keyword, arguments in stage(service["build"]["target"]) if keyword == "USER"]
        assert users == ["10001"] and "user" not in service
    else:
        assert int(service["user"].partition(":")[0]) > 0


@every_service
def test_image_has_a_version_or_is_built_here(file, name, service):
    image, _, tag = service["image"].partition(":")
    assert image.startswith("emoji-") if "build" in service else re.fullmatch(r"\d+(\.\d+)*-\w+", tag)


@every_service
def test_volumes_secrets_and_networks_are_declared(file, name, service):
    document = DOCUMENTS[file]
    for volume in service.get("volumes", []):
        source = volume.partition(":")[0]
        assert source.startswith(".") or source in document["volumes"]
    assert set(service.get("secrets", [])) <= set(document.get("secrets", {}))
    assert set(service.get("networks", [])) <= set(document.get("networks", {}))


@every_service
def test_service_waits_for_services_that_exist(file, name, service):
    services = DOCUMENTS[file]["services"]
    for needed, condition in service.get("depends_on", {}).items():
        one_shot = f"{file}:{needed}" in ONE_SHOT
        assert condition["condition"] == ("service_completed_successfully" if one_shot else "service_healthy")
        assert needed in services


@pytest.mark.parametrize(("name", "service"), WHOLE_SET.items())
def test_environment_has_no_secret(name, service):
    secret = {environment_variable(setting) for setting in secret_settings()}
    assert secret.isdisjoint(variables(service))
    for key, value in variables(service).items():
        if re.search(r"PASSWORD|_KEY|TOKEN|JWT|CONN", key):
            assert re.match(r"(cat )?/(run/secrets|tmp)/", value), key


@pytest.mark.parametrize(("name", "service"), WHOLE_SET.items())
def test_service_has_exactly_the_secrets_that_it_reads(name, service):
    text = json.dumps([service.get("command"), variables(service)])
    read = set(re.findall(rf"{SECRET_FILE}([\w.]+)", text))
    if name == "database":  # databases.sh reads the URLs
        read |= {f"{database}_database_url" for database in ("emoji", "mlflow", "airflow")}
    assert set(service["secrets"]) == read


def test_only_the_service_is_published_to_other_machines():
    services = WHOLE_SET.items()
    published = {name: port for name, service in services for port in service.get("ports", ())}
    assert published.pop("api") == "5000:5000"
    assert published == {"mlflow": "127.0.0.1:5001:5000", "airflow-api-server": "127.0.0.1:8080:8080"}


def test_database_is_not_in_a_network_with_a_way_out():
    document = DOCUMENTS["compose.yaml"]
    (network,) = document["services"]["database"]["networks"]
    assert document["networks"][network]["internal"] is True


@pytest.mark.parametrize("file", FILES)
def test_environment_sets_existing_settings_only(file):
    settings = {environment_variable(field.name) for field in dataclasses.fields(Settings)}
    settings |= {file_variable(name) for name in secret_settings()}
    images = {f"EMOJI_API_{name}IMAGE" for name in ("", "TRAINER_", "MLFLOW_", "AIRFLOW_")}
    assert set(re.findall(r"EMOJI_API_\w+", (DEPLOY / file).read_text())) <= settings | images | {"EMOJI_API_DATA"}


@every_service
def test_service_is_built_from_an_existing_target(file, name, service):
    if "build" in service:
        assert stage(service["build"]["target"])[0][0] == "FROM"


@pytest.mark.parametrize(("file", "name"), [("compose.yaml", "api"), ("compose.single.yaml", "api")])
def test_service_has_the_health_check_of_the_image(file, name):
    test = DOCUMENTS[file]["services"][name]["healthcheck"]["test"]
    port = health_check()[2].replace("' + os.environ['PORT'] + '", "5000").replace("import os, ", "import ")
    assert test == ["CMD", "python", "-c", port.replace("'", '"')]


@every_service
def test_code_in_health_check_compiles(file, name, service):
    test = service.get("healthcheck", {}).get("test", [])
    if "-c" in test:
        ast.parse(test[-1])


def test_script_writes_every_secret(secrets):
    document = DOCUMENTS["compose.yaml"]
    assert {entry["file"] for entry in document["secrets"].values()} == {
        f"secrets/{path.name}" for path in secrets.iterdir()
    }
    assert [path.name for path in secrets.iterdir() if path.read_text().endswith("\n")] == []  # Airflow keeps them
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o644}  # other users run the containers


def test_settings_can_read_the_secrets(secrets, monkeypatch):
    for setting in secret_settings():
        monkeypatch.delenv(environment_variable(setting), raising=False)
    service = WHOLE_SET["trainer"]
    for name, value in variables(service).items():
        if name.endswith("_FILE"):
            monkeypatch.setenv(name, value.replace(SECRET_FILE, f"{secrets}/"))
    settings = read_settings()
    assert len(settings.admin_keys) == 1
    assert settings.database_url.startswith("postgresql+psycopg://emoji:")
    connections = json.loads((secrets / "airflow_connections.json").read_text())
    assert connections["emoji_api"]["password"] == settings.admin_keys[0]
    assert connections["emoji_api"]["host"] in WHOLE_SET


def test_secrets_of_airflow_have_their_formats(secrets):
    assert len(base64.urlsafe_b64decode((secrets / "airflow_fernet_key").read_text())) == 32
    users = json.loads((secrets / "airflow_users.json").read_text())
    environment = variables(WHOLE_SET["airflow-api-server"])
    assert set(users) == {environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"].partition(":")[0]}


def test_secrets_are_random_and_kept(secrets, tmp_path):
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    (secrets / "airflow_users.json").unlink()
    subprocess.run(["sh", DEPLOY / "make_secrets.sh", secrets], check=True)
    after = {path.name: path.read_text() for path in secrets.iterdir()}
    assert [name for name in after if after[name] != before[name]] == ["airflow_users.json"]
    assert len(set(before.values())) == len(before)


def test_script_creates_the_databases(secrets, postgresql):
    programs = binaries()
    environment = os.environ | {"SECRETS": str(secrets), "PGHOST": "127.0.0.1", "PGPORT": str(postgresql.port)}
    environment["PATH"] = f"{programs}:{os.environ['PATH']}"
    subprocess.run(["sh", DEPLOY / "databases.sh"], env=environment, check=True)
    for name in ("emoji", "mlflow", "airflow"):
        url = (secrets / f"{name}_database_url").read_text().strip()
        url = url.replace("@database/", f"@127.0.0.1:{postgresql.port}/").replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT current_database(), current_user").fetchone() == (name, name)
            connection.execute("CREATE TABLE mine (id integer)")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(url.removesuffix("airflow") + "mlflow")
