"""The registered model `tweets` in MLflow: its versions, and the aliases that say what each is."""

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


@dataclass(frozen=True, kw_only=True)
class RegisteredVersion:
    """A version of the model: its `number` in the registry, and the version that its `bundle.json` says.

    `metrics` are those of its run, by `TASK.SPLIT.MEASURE` as the bundle has them.
    """

    number: str
    version: str
    run: str
    created_at: datetime
    aliases: tuple[str, ...]
    metrics: dict[str, float]


class Registry:
    """The versions of the model `tweets`. Every method raises RegistryError where MLflow cannot be asked."""

    def __init__(self, client: MlflowClient):
        self.client = client

    def register(self, bundle: Path, run: str, *, alias: str | None = None) -> str:
        """Make the artifact `bundle` of a run, which is the bundle in that folder, a version; returns its number."""
        with registry_errors():
            try:
                self.client.create_registered_model(MODEL)
            except MlflowException as error:
                if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
                    raise
            tags = {TAG: read_bundle(bundle, verify=False).version}
            made = self.client.create_model_version(MODEL, f"runs:/{run}/{ARTIFACT}", run, tags=tags)
            if alias:
                self.client.set_registered_model_alias(MODEL, alias, str(made.version))
            return str(made.version)

    def versions(self) -> list[RegisteredVersion]:
        """All versions, the newest first."""
        with registry_errors():
            found = list(self.client.search_model_versions(f"name='{MODEL}'"))
            aliases = self.client.get_registered_model(MODEL).aliases if found else {}
            registered = [self._registered(version, aliases) for version in found]
        return sorted(registered, key=lambda one: int(one.number), reverse=True)

    def get(self, name: str) -> RegisteredVersion | None:
        """The version that has the alias `name`, or that a bundle calls itself, or the number; the newest of many."""
        versions = self.versions()
        found = [one for one in versions if name in one.aliases]
        found += [one for one in versions if name in (one.version, one.number)]
        return found[0] if found else None

    def find(self, name: str) -> RegisteredVersion:
        """The same, but raises RegistryError where there is none."""
        if found := self.get(name):
            return found
        raise RegistryError(f"there is no version {name!r}; `emoji-api models list` names those that there are")

    def set_alias(self, version: RegisteredVersion, alias: str | None) -> None:
        """Give the alias to `version`, and to no other."""
        if alias:
            with registry_errors():
                self.client.set_registered_model_alias(MODEL, alias, version.number)

    def drop_alias(self, alias: str) -> None:
        """Take the alias from whichever version has it."""
        with registry_errors():
            self.client.delete_registered_model_alias(MODEL, alias)

    def download(self, version: RegisteredVersion, folder: Path) -> Path:
        """Copy the version's bundle into `folder`; returns where it is."""
        with registry_errors():
            return Path(self.client.download_artifacts(version.run, ARTIFACT, str(folder)))

    def note(self, version: RegisteredVersion, tags: Mapping[str, str], document: Mapping[str, Any], file: str) -> None:
        """Keep `tags` and a `document`, as the artifact `file`, with the version's run, and the tags with it too."""
        with registry_errors():
            for name, value in tags.items():
                self.client.set_tag(version.run, name, value)
                self.client.set_model_version_tag(MODEL, version.number, name, value)
            self.client.log_dict(version.run, dict(document), file)

    def _registered(self, version: ModelVersion, aliases: Mapping[str, Any]) -> RegisteredVersion:
        return RegisteredVersion(
            number=str(version.version),
            version=version.tags.get(TAG, str(version.version)),
            run=version.run_id or "",
            created_at=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
            aliases=tuple(sorted(name for name, number in aliases.items() if str(number) == str(version.version))),
            metrics=dict(self.client.get_run(version.run_id).data.metrics) if version.run_id else {},
        )


@contextmanager
def registry_errors() -> Iterator[None]:
    """What goes wrong with MLflow, its database or the network, as this package's own error."""
    try:
        yield
    except EmojiApiError:
        raise
    except Exception as error:
        raise RegistryError(f"MLflow: {error}") from error
