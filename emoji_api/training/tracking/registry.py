"""The registered model `tweets` in MLflow: its versions and their aliases."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

from emoji_api.errors import EmojiApiError, RegistryError
from emoji_api.inference.bundle import read_bundle
from emoji_api.inference.registry import ARTIFACT, TAG

MODEL = "tweets"
CHALLENGER, CHAMPION, PREVIOUS = "challenger", "champion", "previous"
"""The aliases: the newest candidate, the version that is served, and the champion before it."""


@dataclass(frozen=True, kw_only=True)
class RegisteredVersion:
    """A version of the registered model.

    `number` is its version number in the registry, `version` the one in its `bundle.json`, and `run` the id of its
    MLflow run. `metrics` are those of the run, with names such as `emotion.test.macro_f1`.
    """

    number: str
    version: str
    run: str
    created_at: datetime
    aliases: tuple[str, ...]
    metrics: dict[str, float]


class Registry:
    """The versions of the model `tweets`. Every method raises RegistryError if MLflow fails."""

    def __init__(self, client: MlflowClient):
        self.client = client

    def register(self, bundle: Path, run_id: str, *, alias: str | None = None) -> str:
        """Register the artifact `bundle` of a run as a new version and return its number.

        `bundle` is the folder of the same bundle, from which the version name is read.
        """
        with registry_errors():
            try:
                self.client.create_registered_model(MODEL)
            except MlflowException as error:
                if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
                    raise
            tags = {TAG: read_bundle(bundle, verify=False).version}
            created = self.client.create_model_version(MODEL, f"runs:/{run_id}/{ARTIFACT}", run_id, tags=tags)
            if alias:
                self.client.set_registered_model_alias(MODEL, alias, str(created.version))
            return str(created.version)

    def versions(self) -> list[RegisteredVersion]:
        """Return all versions, newest first."""
        with registry_errors():
            entries = list(self.client.search_model_versions(f"name='{MODEL}'"))
            aliases = self.client.get_registered_model(MODEL).aliases if entries else {}
            versions = [self._registered(entry, aliases) for entry in entries]
        return sorted(versions, key=lambda version: int(version.number), reverse=True)

    def get(self, name: str) -> RegisteredVersion | None:
        """Return the version with the alias, the bundle version or the number `name`, or None.

        An alias takes precedence; of several bundles of one version the newest is returned.
        """
        versions = self.versions()
        matches = [version for version in versions if name in version.aliases]
        matches += [version for version in versions if name in (version.version, version.number)]
        return matches[0] if matches else None

    def find(self, name: str) -> RegisteredVersion:
        """Return the same as `get`, but raise RegistryError if there is no such version."""
        if version := self.get(name):
            return version
        raise RegistryError(f"there is no version {name!r}; `emoji-api models list` shows all versions")

    def set_alias(self, version: RegisteredVersion, alias: str | None) -> None:
        """Move the alias to `version`; without an alias do nothing."""
        if alias:
            with registry_errors():
                self.client.set_registered_model_alias(MODEL, alias, version.number)

    def drop_alias(self, alias: str) -> None:
        """Remove the alias from the version that has it."""
        with registry_errors():
            self.client.delete_registered_model_alias(MODEL, alias)

    def download(self, version: RegisteredVersion, folder: Path) -> Path:
        """Download the version's bundle into `folder` and return its path."""
        with registry_errors():
            return Path(self.client.download_artifacts(version.run, ARTIFACT, str(folder)))

    def annotate(
        self, version: RegisteredVersion, tags: Mapping[str, str], document: Mapping[str, Any], file: str
    ) -> None:
        """Set `tags` on the version and on its run, and log `document` as the run's artifact `file`."""
        with registry_errors():
            for name, value in tags.items():
                self.client.set_tag(version.run, name, value)
                self.client.set_model_version_tag(MODEL, version.number, name, value)
            self.client.log_dict(version.run, dict(document), file)

    def _registered(self, entry: ModelVersion, aliases: Mapping[str, Any]) -> RegisteredVersion:
        return RegisteredVersion(
            number=str(entry.version),
            version=entry.tags.get(TAG, str(entry.version)),
            run=entry.run_id or "",
            created_at=datetime.fromtimestamp(entry.creation_timestamp / 1000, UTC),
            aliases=tuple(sorted(alias for alias, number in aliases.items() if str(number) == str(entry.version))),
            metrics=dict(self.client.get_run(entry.run_id).data.metrics) if entry.run_id else {},
        )


@contextmanager
def registry_errors() -> Iterator[None]:
    """Convert every error of MLflow, its database or the network inside the block into a RegistryError."""
    try:
        yield
    except EmojiApiError:
        raise
    except Exception as error:
        raise RegistryError(f"MLflow: {error}") from error
