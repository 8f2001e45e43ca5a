"""`emoji-api drift`, as a person or a job meets it."""

import json
import shutil

import httpx
import pytest
from click.testing import CliRunner

from emoji_api.cli.main import main
from emoji_api.database.extension import Database
from emoji_api.database.feedback import receive
from emoji_api.drift.profile import as_json, measure
from emoji_api.inference.store import ModelStore
from tests.server import serve
from tests.versions import fill


@pytest.fixture(scope="session")
def bundle(tiny_bundle, classifier, texts_of, tmp_path_factory):
    """The tiny bundle, whose reference is texts of every emotion."""
    bundle = tmp_path_factory.mktemp("models") / "referenced"
    shutil.copytree(tiny_bundle, bundle, ignore=shutil.ignore_patterns("saved_model"))
    manifest = json.loads((bundle / "bundle.json").read_text())
    manifest["reference"] = as_json(measure(classifier, texts_of(300)))
    (bundle / "bundle.json").write_text(json.dumps(manifest))
    return bundle


@pytest.fixture
def drift(bundle):
    def invoke(*arguments, model=bundle, **more):
        return CliRunner().invoke(main, ["drift", "--model", str(model), *arguments], **more)

    return invoke


def test_like_texts_end_well(drift, texts_of):
    result = drift("--file", "-", input="\n".join(texts_of(200, seed=1)))
    assert result.exit_code == 0, result.output
    assert "drifted" not in result.stdout


def test_other_texts_end_with_1_and_a_table(drift, texts_of):
    result = drift("--file", "-", input="\n".join(texts_of(200, "sadness")))
    lines = {line.split()[0]: line.split()[-1] for line in result.stdout.splitlines()}
    assert result.exit_code == 1
    assert (lines["feature"], lines["emotion/label"], lines["unknown_tokens"]) == ("verdict", "drifted", "steady")


def test_a_higher_threshold(drift, texts_of):
    assert drift("--file", "-", "--threshold", "50", input="\n".join(texts_of(200, "sadness"))).exit_code == 0


def test_json(drift, texts_of):
    result = drift("--file", "-", "--json", input="\n".join(texts_of(200, "sadness")))
    found = {row["feature"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert found["emotion/label"]["verdict"] == "drifted"
    assert found["tokens"]["rows"] == 200


def test_a_reference_of_ones_own(drift, tiny_bundle, texts_of, tmp_path):
    usual = tmp_path / "usual.txt"
    usual.write_text("\n".join(texts_of(200, "sadness")), encoding="utf-8")
    result = drift(
        "--reference-data",
        str(usual),
        "--file",
        "-",
        input="\n".join(texts_of(200, "sadness", seed=1)),
        model=tiny_bundle,
    )
    assert result.exit_code == 0, result.output


def test_no_reference(drift, bundle, tmp_path):
    bare = shutil.copytree(bundle, tmp_path / "bare")
    manifest = json.loads((bare / "bundle.json").read_text())
    del manifest["reference"]
    (bare / "bundle.json").write_text(json.dumps(manifest))
    result = drift("--file", "-", input="happy", model=bare)
    assert result.exit_code == 1
    assert "no reference; give --reference-data" in result.stderr


def test_feedback(drift, texts_of, tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/file.db"
    monkeypatch.setenv("EMOJI_API_DATABASE_URL", url)
    with Database(url).session() as session:
        for text in texts_of(100, "sadness"):
            receive(session, text=text, task="emotion", label="joy", consent=True)
        receive(session, text="not mine to read", task="emotion", label="joy", consent=False)
    result = drift("--feedback", "--json")
    found = {row["feature"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert (found["emotion/label"]["rows"], found["emotion/label"]["verdict"]) == (100, "drifted")


def test_what_a_service_has_counted(drift, bundle, texts_of, tmp_path):
    with serve(tmp_path / "log", EMOJI_API_MODEL_PATH=str(bundle), EMOJI_API_WORKERS="2") as server:
        body = {"texts": texts_of(200, "sadness"), "tasks": ["emotion", "hate"]}
        assert httpx.post(f"{server.url}/tweets/analysis/batch", json=body, timeout=60).status_code == 200
        counted = drift("--metrics", f"{server.url}/metrics", "--json")
    measured = drift("--file", "-", "--json", input="\n".join(texts_of(200, "sadness")))
    rows = [{row["feature"]: row for row in map(json.loads, one.stdout.splitlines())} for one in (counted, measured)]
    assert rows[0].keys() == {"tokens", "unknown_tokens"} | {
        f"{task}/{what}" for task in ("emotion", "hate") for what in ("label", "confidence")
    }
    for name, row in rows[0].items():
        assert row == pytest.approx(rows[1][name]), name


@pytest.fixture
def store(bundle, tmp_path):
    """A store of the versions `first` and `second`, which is served."""
    return fill(ModelStore(tmp_path / "store"), bundle, tmp_path, served="second")


def test_without_a_model_it_is_that_which_the_service_serves(store, texts_of, tmp_path, monkeypatch):
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(store.folder))
    with serve(tmp_path / "log") as server:
        body = {"texts": texts_of(50), "tasks": ["emotion"]}
        assert httpx.post(f"{server.url}/tweets/analysis/batch", json=body, timeout=60).status_code == 200
        like, other = [
            CliRunner().invoke(main, ["drift", "--metrics", f"{server.url}/metrics", *model])
            for model in ([], ["--model", str(store.path("first"))])
        ]
    assert like.exit_code == 0, like.output
    assert "emotion/label" in like.stdout
    assert other.exit_code == 1
    assert f"the service serves second, and {store.path('first')} is first" in other.stderr


@pytest.mark.parametrize("setting", ["EMOJI_API_MODEL_PATH", "EMOJI_API_MODEL_STORE"])
def test_the_settings_name_the_model(store, setting, tmp_path, monkeypatch):
    named = {"EMOJI_API_MODEL_PATH": tmp_path / "first", "EMOJI_API_MODEL_STORE": store.path("second")}
    monkeypatch.setenv("EMOJI_API_MODEL_STORE", str(store.folder))
    if setting == "EMOJI_API_MODEL_PATH":
        monkeypatch.setenv(setting, str(named[setting]))
    manifest = json.loads((named[setting] / "bundle.json").read_text())
    del manifest["reference"]
    (named[setting] / "bundle.json").write_text(json.dumps(manifest))
    result = CliRunner().invoke(main, ["drift", "--file", "-"], input="happy")
    assert result.exit_code == 1
    assert f"{named[setting]}: the bundle has no reference" in result.stderr


def test_too_few_rows_end_well(drift, texts_of):
    result = drift("--file", "-", input="\n".join(texts_of(1, "sadness")))
    assert result.exit_code == 0, result.output
    assert "too few" in result.stdout


def test_a_service_without_requests_is_an_error(drift, bundle, tmp_path):
    with serve(tmp_path / "log", EMOJI_API_MODEL_PATH=str(bundle)) as server:
        result = drift("--metrics", f"{server.url}/metrics")
    assert result.exit_code == 1
    assert "nothing to compare" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give one of"),
        (["--feedback", "--metrics", "http://x"], "give one of"),
        (["--file", "nowhere.txt"], "nowhere.txt"),
        (["--file", "-", "--threshold", "0"], "--threshold"),
        (["--metrics", "file:///etc/passwd"], "no address of a service"),
        (["--metrics", "http://127.0.0.1:1/metrics"], "refused"),
    ],
)
def test_what_is_refused(drift, arguments, message):
    result = drift(*arguments, input="happy")
    assert result.exit_code != 0
    assert message in result.stderr


def test_a_line_that_cannot_be_asked_is_named(drift):
    result = drift("--file", "-", input="happy\n" * 1100 + "\n")
    assert (result.exit_code, "line 1101: the text is blank" in result.stderr) == (2, True)
