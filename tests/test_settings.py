"""Settings are read from the environment, and wrong values are reported."""

import dataclasses
import re
from pathlib import Path

import pytest

from emoji_api.declarations import declared_values
from emoji_api.errors import SettingsError
from emoji_api.settings import (
    Keys,
    Secret,
    Settings,
    environment_variable,
    file_variable,
    read_settings,
    secret_settings,
)

NAMES = [field.name for field in dataclasses.fields(Settings)]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(environment_variable(name), raising=False)
        monkeypatch.delenv(file_variable(name), raising=False)


def test_settings_have_defaults():
    assert read_settings() == Settings()
    assert (Settings().port, Settings().engine, Settings().threads) == (5000, "onnx", 1)


def test_settings_have_descriptions():
    assert [value.name for value in declared_values(Settings) if len(value.rule.description) > 10] == NAMES


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("PORT", "8080", "port", 8080),
        ("EMOJI_API_MODEL_PATH", "models/mine", "model_path", "models/mine"),
        ("EMOJI_API_ENGINE", "tensorflow", "engine", "tensorflow"),
        ("EMOJI_API_MODEL_STORE", "models", "model_store", "models"),
        ("EMOJI_API_MODEL", "models:/tweets@champion", "model", "models:/tweets@champion"),
        ("EMOJI_API_MODEL", "models:/tweets/3", "model", "models:/tweets/3"),
        ("EMOJI_API_RELOAD_SECONDS", "0.5", "reload_seconds", 0.5),
        ("EMOJI_API_THREADS", "2", "threads", 2),
        ("EMOJI_API_MAX_BATCH_SIZE", "10", "max_batch_size", 10),
    ],
)
def test_value_is_read_from_the_environment(monkeypatch, variable, text, name, value):
    monkeypatch.setenv(variable, text)
    assert getattr(read_settings(), name) == value


def test_overrides_take_precedence(monkeypatch):
    monkeypatch.setenv("EMOJI_API_THREADS", "2")
    assert read_settings({"threads": 3}).threads == 3


@pytest.mark.parametrize(
    ("variable", "text", "reason"),
    [
        ("PORT", "http", "PORT: Not a valid integer"),
        ("PORT", "70000", "70000 is not between 1 and 65535"),
        ("EMOJI_API_ENGINE", "torch", "'torch' is none of: onnx, tensorflow"),
        ("EMOJI_API_THREADS", "0", "EMOJI_API_THREADS: 0 is not between"),
        ("EMOJI_API_MAX_BODY_BYTES", "", "EMOJI_API_MAX_BODY_BYTES: Not a valid integer"),
        ("EMOJI_API_MODEL_PATH", "", "EMOJI_API_MODEL_PATH: is empty"),
        ("EMOJI_API_LOG_LEVEL", "loud", "'loud' is none of"),
        ("EMOJI_API_MODEL", "tweets", "'tweets' is not models:/NAME@ALIAS"),
        ("EMOJI_API_MODEL", "models:/tweets/latest", "EMOJI_API_MODEL: 'models:/tweets/latest' is not"),
        ("EMOJI_API_RELOAD_SECONDS", "-1", "EMOJI_API_RELOAD_SECONDS: -1.0 is not between"),
        ("EMOJI_API_RELOAD_SECONDS", "nan", "EMOJI_API_RELOAD_SECONDS: "),
    ],
)
def test_wrong_value_is_reported_with_its_variable(monkeypatch, variable, text, reason):
    monkeypatch.setenv(variable, text)
    with pytest.raises(SettingsError, match=reason):
        read_settings()


@pytest.mark.parametrize(
    ("variable", "text"), [("EMOJI_API_DATABASE_URL", "mysql://me:secret@host/db"), ("EMOJI_API_ADMIN_KEYS", "secret")]
)
def test_wrong_secret_is_reported_without_its_value(monkeypatch, variable, text):
    monkeypatch.setenv(variable, text)
    with pytest.raises(SettingsError, match=variable) as caught:
        read_settings()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["x_bearer_token", "bluesky_password", "mastodon_token"])
def test_secret_is_not_shown_with_the_settings(monkeypatch, name):
    monkeypatch.setenv(environment_variable(name), " s3cret\n")
    settings = read_settings()
    assert getattr(settings, name) == "s3cret"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_secret_is_reported(monkeypatch, text):
    monkeypatch.setenv("EMOJI_API_X_BEARER_TOKEN", text)
    with pytest.raises(SettingsError, match="EMOJI_API_X_BEARER_TOKEN: is empty"):
        read_settings()


def test_all_wrong_values_are_reported_at_once(monkeypatch):
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("EMOJI_API_ENGINE", "x")
    with pytest.raises(SettingsError, match="EMOJI_API_ENGINE.*PORT"):
        read_settings()


def test_settings_of_secret_types_are_secret():
    hidden = [value.name for value in declared_values(Settings) if value.type in (Keys, Secret, Secret | None)]
    assert set(hidden) | {"database_url"} == set(secret_settings())


SECRETS = {
    "admin_keys": ("a-key-of-sixteen-characters,another-key-of-the-service", 2),
    "database_url": ("postgresql+psycopg://me:word@host/db", None),
    "x_bearer_token": ("token", None),
}


@pytest.mark.parametrize("name", SECRETS)
def test_secret_is_read_from_a_file(monkeypatch, tmp_path, name):
    text, keys = SECRETS[name]
    (tmp_path / "secret").write_text(f"{text}\n")
    monkeypatch.setenv(file_variable(name), str(tmp_path / "secret"))
    value = getattr(read_settings(), name)
    assert (len(value) == keys) if keys else (value == text)


def test_secret_may_not_be_both_a_value_and_a_file(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("in-the-file-and-hidden")
    monkeypatch.setenv("EMOJI_API_ADMIN_KEYS_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("EMOJI_API_ADMIN_KEYS", "in-the-environment-and-hidden")
    with pytest.raises(SettingsError, match="EMOJI_API_ADMIN_KEYS_FILE: EMOJI_API_ADMIN_KEYS is set too") as caught:
        read_settings()
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file"), (b"\xff\xfe", "is not UTF-8 text")])
def test_unreadable_secret_file_is_reported(monkeypatch, tmp_path, content, reason):
    if content:
        (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv("EMOJI_API_DATABASE_URL_FILE", str(tmp_path / "secret"))
    with pytest.raises(SettingsError, match=f"EMOJI_API_DATABASE_URL_FILE: '{tmp_path}/secret' .*{reason}"):
        read_settings()


def test_all_unreadable_secret_files_are_reported_at_once(monkeypatch):
    for name in ("EMOJI_API_ADMIN_KEYS_FILE", "EMOJI_API_DATABASE_URL_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    with pytest.raises(SettingsError, match="ADMIN_KEYS_FILE: .*; EMOJI_API_DATABASE_URL_FILE: "):
        read_settings()


def test_wrong_secret_in_a_file_is_reported_without_its_value(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("mysql://me:hidden@host/db")
    monkeypatch.setenv("EMOJI_API_DATABASE_URL_FILE", str(tmp_path / "secret"))
    with pytest.raises(SettingsError, match="EMOJI_API_DATABASE_URL") as caught:
        read_settings()
    assert "hidden" not in str(caught.value)


def test_documentation_names_the_secrets():
    paragraph = (Path(__file__).parents[1] / "docs" / "settings.md").read_text().partition("```")[0]
    named = set(re.findall(r"`(EMOJI_API_\w+)`", paragraph))
    assert named == {environment_variable(name) for name in secret_settings()}
