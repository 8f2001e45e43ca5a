"""Every setting of the service: its name, type, default, environment variable and meaning.

A setting is read from the environment as `EMOJI_API_` and its name in capitals; only the port is plain `PORT`,
as platforms that run containers set it.
"""

import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from emoji_api.errors import SettingsError

PREFIX = "EMOJI_API_"


class Keys(tuple[str, ...]):
    """Secrets: they are compared, and never shown."""

    def __repr__(self) -> str:
        return f"<{len(self)} hidden>"


class KeysField(fields.Field[Keys]):
    """Keys with commas between them, each of 16 characters or more that an Authorization header can carry."""

    KEY = re.compile(r"[A-Za-z0-9._~+/-]{16,}=*")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Keys:
        if not isinstance(value, str | list | tuple):
            raise ValidationError("is not a list of keys.")
        text = value if isinstance(value, str) else ",".join(map(str, value))
        keys = [key.strip() for key in text.split(",")] if text.strip() else []
        for place, key in enumerate(keys, 1):
            if not self.KEY.fullmatch(key):  # the message must not show it
                raise ValidationError(f"key {place} is not 16 or more letters, digits and ._~+/- in ASCII.")
        return Keys(keys)


def _setting(field: type[fields.Field[Any]], default: Any, meaning: str, *checks: validate.Validator) -> Any:
    metadata = {"field": field(validate=list(checks)), "meaning": meaning}
    return dataclasses.field(default=default, metadata=metadata)


def _between(low: float, high: float) -> validate.Validator:
    return validate.Range(min=low, max=high, error="{input} is not between {min} and {max}.")


def _one_of(*choices: str) -> validate.Validator:
    return validate.OneOf(choices, error="{input!r} is none of: {choices}.")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one service."""

    model_path: str | None = _setting(
        fields.String,
        None,
        "folder of the bundle to serve, always; the store's unless set",
        validate.Length(min=1, error="is empty."),
    )
    model_store: str = _setting(
        fields.String,
        "instance/models",
        "folder of trained bundles; the one that its served.json names is served, without one the bundle that ships",
        validate.Length(min=1, error="is empty."),
    )
    model: str | None = _setting(
        fields.String,
        None,
        "model of an MLflow registry that the store follows, such as models:/tweets@champion or models:/tweets/3",
        validate.Regexp(
            r"models:/[^/@:]+(@[^/@:]+|/[0-9]+)\Z", error="{input!r} is not models:/NAME@ALIAS or models:/NAME/VERSION."
        ),
    )
    reload_seconds: float = _setting(
        fields.Float,
        5.0,
        "time between two looks for another model to serve, in seconds; 0: none is looked for",
        _between(0, 86_400),
    )
    admin_keys: tuple[str, ...] = _setting(
        KeysField,
        Keys(),
        "keys that administer the service, with commas between them, each of 16 characters or more; none: nobody can",
    )
    engine: str = _setting(
        fields.String,
        "onnx",
        "what runs the network: onnx (ONNX Runtime, int8) or tensorflow (the SavedModel)",
        _one_of("onnx", "tensorflow"),
    )
    threads: int = _setting(
        fields.Integer, 1, "cores that one request's forward pass may use (intra-op threads)", _between(1, 256)
    )
    max_text_length: int = _setting(
        fields.Integer, 5_000, "longest text that is answered, in characters; longer: 422", _between(1, 1_000_000)
    )
    max_batch_size: int = _setting(fields.Integer, 256, "most texts in one request; more: 422", _between(1, 10_000))
    max_body_bytes: int = _setting(
        fields.Integer, 1_000_000, "largest request body, in bytes; larger: 413", _between(1_000, 100_000_000)
    )
    database_url: str = _setting(
        fields.String,
        "sqlite:///instance/emoji_api.db",
        "where what must last is kept: sqlite:///FILE, from the working directory, or postgresql+psycopg://USER@HOST/NAME",
        validate.Regexp(
            r"(sqlite|postgres(ql)?(\+psycopg)?)://",
            error="is no sqlite:///FILE and no postgresql+psycopg://USER@HOST/NAME.",  # the value has a password
        ),
    )
    feedback_days: int = _setting(
        fields.Integer, 0, "days after which `emoji-api feedback purge` deletes feedback; 0: never", _between(0, 36_500)
    )
    training_params: str = _setting(
        fields.String,
        "params.yaml",
        "file of the parameters of a training that is ordered by POST /training",
        validate.Length(min=1, error="is empty."),
    )
    training_data: str | None = _setting(
        fields.String,
        None,
        "folder of the data sets that it reads, each under its own name; what the parameters name unless set",
        validate.Length(min=1, error="is empty."),
    )
    training_encoder: str | None = _setting(
        fields.String,
        None,
        "pretrained encoder that it starts from, a hub name or a folder; what the parameters name unless set",
        validate.Length(min=1, error="is empty."),
    )
    training_tests: str = _setting(
        fields.String,
        "tests/behaviour",
        "folder of the behaviour tests that its network must pass",
        validate.Length(min=1, error="is empty."),
    )
    training_folder: str = _setting(
        fields.String,
        "instance/training",
        "folder of the trainings' logs, and of a bundle while it is judged",
        validate.Length(min=1, error="is empty."),
    )
    training_kept_days: int = _setting(
        fields.Integer,
        30,
        "days for which the bundle of a training whose gate could not be asked is kept in that folder; 0: for ever",
        _between(0, 36_500),
    )
    training_heartbeat: float = _setting(
        fields.Float,
        5.0,
        "time between two signs of life of a training, in seconds; without 24 of them it is told as failed",
        _between(0.1, 3_600),
    )
    log_level: str = _setting(
        fields.String,
        "info",
        "least serious message that is logged",
        _one_of("debug", "info", "warning", "error", "critical"),
    )
    host: str = _setting(
        fields.String,
        "127.0.0.1",
        "address to listen on; 0.0.0.0 for every one of the machine",
        validate.Length(min=1, error="is empty."),
    )
    port: int = _setting(fields.Integer, 5000, "port to listen on", _between(1, 65_535))
    workers: int = _setting(
        fields.Integer, 2, "processes that answer, each with its own copy of the network", _between(1, 256)
    )
    worker_threads: int = _setting(fields.Integer, 8, "requests that one worker holds at a time", _between(1, 256))
    graceful_timeout: int = _setting(
        fields.Integer, 30, "time that a stopping worker has for the requests it holds, in seconds", _between(0, 3_600)
    )


def environment_variable(name: str) -> str:
    """The environment variable of the setting `name`."""
    return "PORT" if name == "port" else f"{PREFIX}{name.upper()}"


def read_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings of the environment; those that `overrides` has by name win.

    Raises `SettingsError`, which names every variable that cannot be used and why.
    """
    schema = Schema.from_dict({field.name: field.metadata["field"] for field in dataclasses.fields(Settings)})()
    names = {field.name: environment_variable(field.name) for field in dataclasses.fields(Settings)}
    values = {name: os.environ[variable] for name, variable in names.items() if variable in os.environ}
    values |= {name: value for name, value in (overrides or {}).items() if value is not None}
    try:
        return Settings(**schema.load(values))
    except ValidationError as error:
        messages = error.messages_dict
        text = "; ".join(f"{names.get(name, name)}: {' '.join(reasons)}" for name, reasons in messages.items())
        raise SettingsError(text) from error
