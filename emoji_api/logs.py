"""Logging configuration: each log record is one line of JSON."""

import logging
import logging.config
import os
from datetime import UTC, datetime

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

FIELDS = ("asctime", "levelname", "name", "message")
NAMES = {"asctime": "time", "levelname": "level", "name": "logger"}


class JsonFormatter(BaseJsonFormatter):
    """Formats a record as one line of JSON: time, level, logger, message, and `exc_info` with the traceback, if any.

    Fields that are passed as `extra=` are added. A record whose message is a dictionary has its entries as fields.
    `fields` are the attributes of a record that every object has.
    """

    def __init__(self, fields: tuple[str, ...] = FIELDS):
        fmt = " ".join(f"%({field})s" for field in fields)
        super().__init__(fmt, rename_fields=NAMES, json_ensure_ascii=False)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Return the record's time in ISO 8601, in UTC with milliseconds."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def configure_logging(level: str) -> None:
    """Log records of this package from `level` on, and warnings of other libraries, to standard error as JSON.

    `level` is the name of a level, such as `info`. Python warnings are logged too. Replaces the handlers of the root
    logger; call it at the entry point of a process.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    # read when MLflow is imported: without it, MLflow's loggers would get a handler with another format
    os.environ.setdefault("MLFLOW_CONFIGURE_LOGGING", "false")
    logging.captureWarnings(True)
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": JsonFormatter}},
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
            },
            "root": {"level": max(number, logging.WARNING), "handlers": ["stderr"]},
            "loggers": {"emoji_api": {"level": number}},
        }
    )
