"""All settings of the service: name, type, default, bounds and description.

A setting is read from the environment variable `EMOJI_API_` plus its name in capitals. The port is plain `PORT`, the
name that container platforms set. A secret setting may be read from a file instead, whose path is in the variable plus
`_FILE`.
"""

import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields

from emoji_api.declarations import FIELD_TYPES, declare, declared_values, error_messages, schema_of
from emoji_api.errors import SettingsError

PREFIX = "EMOJI_API_"


class Keys(tuple[str, ...]):
    """Secret keys. Their representation hides them."""

    def __repr__(self) -> str:
        return f"<{len(self)} hidden>"


class Secret(str):
    """Secret text. Its representation hides it."""

    def __repr__(self) -> str:
        return "<hidden>"


class SecretField(fields.String):
    """Secret text, without white space around it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Secret:
        return Secret(super()._deserialize(value, attr, data, **kwargs).strip())


class KeysField(fields.Field[Keys]):
    """Comma-separated keys, each of at least 16 characters that an Authorization header can carry."""

    KEY = re.compile(r"[A-Za-z0-9._~+/-]{16,}=*")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Keys:
        if not isinstance(value, str | list | tuple):
            raise ValidationError("is not a list of keys.")
        text = value if isinstance(value, str) else ",".join(map(str, value))
        keys = [key.strip() for key in text.split(",")] if text.strip() else []
        for number, key in enumerate(keys, 1):
            if not self.KEY.fullmatch(key):  # the message must not show the key
                raise ValidationError(f"key {number} is not 16 or more letters, digits and ._~+/- in ASCII.")
        return Keys(keys)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one service."""

    model_path: str | None = declare(
        "folder of a bundle that is always served; not set: the model that the model store points to",
        default=None,
        min_length=1,
    )
    model_store: str = declare(
        "folder of the model store; its `served.json` names the bundle to serve, without it the shipped one is served",
        default="instance/models",
        min_length=1,
    )
    model: str | None = declare(
        "model of an MLflow registry that the model store follows, such as `models:/tweets@champion` or "
        "`models:/tweets/3`",
        default=None,
        pattern=r"models:/[^/@:]+(@[^/@:]+|/[0-9]+)\Z",
        form="models:/NAME@ALIAS or models:/NAME/VERSION",
    )
    reload_seconds: float = declare(
        "time between two polls of the model store and the registry, in seconds; 0: no polling",
        default=5.0,
        ge=0,
        le=86_400,
    )
    admin_keys: Keys = declare(
        "comma-separated keys for the administration of the service, each of 16 or more characters; not set: nobody "
        "can administer it",
        default=Keys(),
        secret=True,
    )
    watch_keys: Keys = declare(
        "comma-separated keys for reading companies and their posts, each of 16 or more characters, besides the admin "
        "keys; not set: everybody may read them",
        default=Keys(),
        secret=True,
    )
    engine: str = declare(
        "runtime of the network: `onnx` (ONNX Runtime, int8) or `tensorflow` (the SavedModel)",
        default="onnx",
        choices=("onnx", "tensorflow"),
    )
    threads: int = declare("cores that the forward pass of one request may use", default=1, ge=1, le=256)
    max_text_length: int = declare(
        "maximum length of a text, in characters; longer texts are refused with 422", default=5_000, ge=1, le=1_000_000
    )
    max_batch_size: int = declare(
        "maximum number of texts in a request; more are refused with 422", default=256, ge=1, le=10_000
    )
    max_explained_words: int = declare(
        "maximum number of words that `explain=true` leaves out in one request, each with a row of the network; more "
        "are refused with 422",
        default=2_048,
        ge=1,
        le=1_000_000,
    )
    neutral: bool = declare(
        "whether a tweet without an emotion is answered with 😐 unless the request has `neutral=false`; models that "
        "cannot tell such tweets answer with an emotion",
        default=False,
    )
    max_body_bytes: int = declare(
        "maximum size of a request body, in bytes; larger ones are refused with 413",
        default=1_000_000,
        ge=1_000,
        le=100_000_000,
    )
    database_url: str = declare(
        "database for feedback and training jobs; the path of an SQLite file is relative to the working directory",
        default="sqlite:///instance/emoji_api.db",
        pattern=r"(sqlite|postgres(ql)?(\+psycopg)?)://",
        form="sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME",
        secret=True,  # it may contain a password
    )
    feedback_days: int = declare(
        "age in days from which `emoji-api feedback purge` deletes feedback; 0: never", default=0, ge=0, le=36_500
    )
    watch_authors: bool = declare("whether the authors of collected posts are stored", default=False)
    watch_days: int = declare(
        "age in days from which `emoji-api watch purge` deletes posts, and `watch collect` skips them; 0: never",
        default=0,
        ge=0,
        le=36_500,
    )
    training_params: str = declare(
        "parameter file of trainings that `POST /training` starts", default="params.yaml", min_length=1
    )
    training_data: str | None = declare(
        "folder of the data sets for trainings that `POST /training` starts, each under its own name; not set: the "
        "locations in the parameter file",
        default=None,
        min_length=1,
    )
    training_encoder: str | None = declare(
        "pretrained encoder for trainings that `POST /training` starts, a name on the Hugging Face hub or a folder; "
        "not set: the one in the parameter file",
        default=None,
        min_length=1,
    )
    training_tests: str = declare(
        "folder of the behaviour tests that a trained model must pass", default="tests/behaviour", min_length=1
    )
    training_folder: str = declare(
        "folder for the logs of trainings, and for their bundles until the gate has decided",
        default="instance/training",
        min_length=1,
    )
    training_kept_days: int = declare(
        "days for which the training folder keeps a bundle that the gate could not decide on; 0: for ever",
        default=30,
        ge=0,
        le=36_500,
    )
    training_heartbeat: float = declare(
        "interval between two heartbeats of a training, in seconds; after 24 missed heartbeats it has failed",
        default=5.0,
        ge=0.1,
        le=3_600,
    )
    x_bearer_token: Secret | None = declare(
        "bearer token for the source `x`, from https://developer.x.com", default=None, min_length=1, secret=True
    )
    bluesky_handle: str | None = declare(
        "handle of the account for the source `bluesky`, such as `me.bsky.social`", default=None, min_length=1
    )
    bluesky_password: Secret | None = declare(
        "app password of that account, from https://bsky.app/settings/app-passwords",
        default=None,
        min_length=1,
        secret=True,
    )
    mastodon_token: Secret | None = declare(
        "access token for the source `mastodon`, from Preferences > Development of its server; not set: hashtags on "
        "servers that show them to everybody",
        default=None,
        min_length=1,
        secret=True,
    )
    log_level: str = declare(
        "lowest level of the messages that are logged",
        default="info",
        choices=("debug", "info", "warning", "error", "critical"),
    )
    host: str = declare(
        "address to listen on; 0.0.0.0: all addresses of the machine", default="127.0.0.1", min_length=1
    )
    port: int = declare("port to listen on", default=5000, ge=1, le=65_535)
    workers: int = declare("number of worker processes, each with its own copy of the network", default=2, ge=1, le=256)
    worker_threads: int = declare("number of requests that a worker handles at a time", default=8, ge=1, le=256)
    graceful_timeout: int = declare(
        "time in which a stopping worker may finish its requests, in seconds", default=30, ge=0, le=3_600
    )


def environment_variable(name: str) -> str:
    """Return the environment variable of the setting `name`."""
    return "PORT" if name == "port" else f"{PREFIX}{name.upper()}"


def file_variable(name: str) -> str:
    """Return the environment variable of the file that has the value of the secret setting `name`."""
    return f"{environment_variable(name)}_FILE"


def secret_settings() -> list[str]:
    """Return the names of the secret settings, which may be read from files."""
    return [setting.name for setting in declared_values(Settings) if setting.rule.secret]


def read_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings in the environment. Values in `overrides`, by name, take precedence unless they are None.

    Raises SettingsError with the environment variable of each wrong value and what is wrong with it, and if a secret is
    both in the environment and in a file, or its file cannot be read.
    """
    variables = {field.name: environment_variable(field.name) for field in dataclasses.fields(Settings)}
    values = {name: os.environ[variable] for name, variable in variables.items() if variable in os.environ}
    values |= _secrets_in_files()
    values |= {name: value for name, value in (overrides or {}).items() if value is not None}
    try:
        settings: Settings = schema_of(Settings, {**FIELD_TYPES, Keys: KeysField, Secret: SecretField})().load(values)
    except ValidationError as error:
        messages = error_messages(error)
        reasons = "; ".join(f"{variables.get(name, name)}: {message}" for name, message in messages.items())
        raise SettingsError(reasons) from error
    return settings


def _secrets_in_files() -> dict[str, str]:
    """Return the secrets that are in files, by name, without white space at their end."""
    secrets, reasons = {}, []
    for name in secret_settings():
        variable = file_variable(name)
        if variable not in os.environ:
            continue
        if environment_variable(name) in os.environ:
            reasons.append(f"{variable}: {environment_variable(name)} is set too; set one of them")
            continue
        try:
            secrets[name] = Path(os.environ[variable]).read_text(encoding="utf-8").rstrip()
        except OSError as error:
            reasons.append(f"{variable}: {os.environ[variable]!r} cannot be read: {error.strerror}")
        except UnicodeDecodeError:
            reasons.append(f"{variable}: {os.environ[variable]!r} is not UTF-8 text")
    if reasons:
        raise SettingsError("; ".join(reasons))
    return secrets
