"""An MLflow registry that the model store follows: the version that is named there is fetched and served."""

import tempfile
from pathlib import Path
from typing import Any

from emoji_api.errors import BundleError, DependencyMissing, RegistryError
from emoji_api.inference.store import ModelStore

LOCAL = "sqlite:///instance/mlflow.db"
ARTIFACT = "bundle"
TAG = "bundle_version"


class RegisteredModel:
    """A model of the registry that `MLFLOW_TRACKING_URI` names, or SQLite in `instance/`.

    `uri` is `models:/NAME@ALIAS` or `models:/NAME/VERSION`. A version of it has the tag `bundle_version`, and its run
    the bundle as the artifact `bundle`.
    """

    def __init__(self, uri: str, store: ModelStore):
        self.uri = uri
        self.store = store
        self._client: Any = None
        self._refused: tuple[str, BundleError] | None = None

    def follow(self, *, again: bool = False) -> None:
        """Points the store to the bundle that the registry names; fetches it where the store does not have it.

        A bundle that was refused is only fetched `again` when that is asked for, and so is one that is served already
        and that was damaged in the store since. Raises `RegistryError`, `BundleError` for a bundle that cannot be
        trusted, and `DependencyMissing` without MLflow.
        """
        try:
            entry = self._entry()
            version = entry.tags.get(TAG)
        except DependencyMissing:
            raise
        except Exception as error:  # MLflow's, the database's, the network's; their texts may have an address to hide
            code = getattr(error, "error_code", type(error).__name__)
            raise RegistryError(f"{self.uri}: the registry cannot be asked ({code})") from error
        if version is None:
            raise RegistryError(f"{self.uri}: version {entry.version} has no tag {TAG}")
        if self._refused and self._refused[0] == entry.version and not again:
            raise self._refused[1].with_traceback(None)
        try:
            self._serve(version, entry.run_id, again=again)
        except BundleError as error:
            self._refused = entry.version, error
            raise
        self._refused = None

    def _serve(self, version: str, run_id: str, *, again: bool) -> None:
        try:
            served = self.store.served()
        except BundleError:  # a broken pointer is replaced
            served = None
        try:
            # what is served was verified before it was, and to read all of it at every look would cost too much
            self.store.path(version, verify=again or served != version)
        except BundleError:
            self._fetch(version, run_id)
        if served != version:
            self.store.serve(version)

    def _fetch(self, version: str, run_id: str) -> None:
        with tempfile.TemporaryDirectory(prefix="emoji-api-") as folder:
            try:
                fetched = Path(self._client.download_artifacts(run_id, ARTIFACT, folder))
            except Exception as error:
                code = getattr(error, "error_code", type(error).__name__)
                raise RegistryError(f"{self.uri}: {version} cannot be fetched ({code})") from error
            if (found := self.store.add(fetched)) != version:
                raise RegistryError(f"{self.uri}: {TAG} is {version}, and the bundle's own version is {found}")

    def _entry(self) -> Any:
        """What the registry says of the version that is named."""
        client = self._client = self._client or _open_client()
        name, alias = self.uri.removeprefix("models:/"), None
        if "@" in name:
            name, alias = name.split("@")
            return client.get_model_version_by_alias(name, alias)
        return client.get_model_version(*name.split("/"))


def _open_client() -> Any:
    try:
        # not above: it takes seconds, and only who follows a registry needs it
        from mlflow import MlflowClient
        from mlflow.environment_variables import MLFLOW_TRACKING_URI
    except ImportError as error:
        raise DependencyMissing("MLflow", "train") from error
    uri = MLFLOW_TRACKING_URI.get() or LOCAL
    return MlflowClient(tracking_uri=uri, registry_uri=uri)
