"""Following an MLflow registry: fetch the version that an alias names and serve it."""

import tempfile
from pathlib import Path
from typing import Any

from emoji_api.errors import BundleError, DependencyMissing, RegistryError
from emoji_api.inference.store import ModelStore

DEFAULT_TRACKING_URI = "sqlite:///instance/mlflow.db"
ARTIFACT = "bundle"
TAG = "bundle_version"


class RegisteredModel:
    """A model in the MLflow registry at `MLFLOW_TRACKING_URI`, by default SQLite in `instance/`.

    `uri` is `models:/NAME@ALIAS` or `models:/NAME/VERSION`. Each registered version has the tag `bundle_version`, and
    its run has the bundle as the artifact `bundle`.
    """

    def __init__(self, uri: str, store: ModelStore):
        self.uri = uri
        self.store = store
        self._client: Any = None
        self._refused: tuple[str, BundleError] | None = None  # the registered version, and the error of its bundle

    def follow(self, *, retry: bool = False) -> None:
        """Point the store to the bundle that the registry names, after fetching it if the store does not have it.

        `retry=True` fetches a bundle again that failed verification before, and verifies the served bundle again, which
        may have been damaged in the store. Raises `RegistryError` if the registry cannot be reached or names no bundle,
        `BundleError` for a bundle that fails verification, and `DependencyMissing` if MLflow is not installed.
        """
        try:
            registered = self._registered_version()
            version = registered.tags.get(TAG)
        except DependencyMissing:
            raise
        except Exception as error:  # of MLflow, a database or a network; the message may have a password in a URL
            code = getattr(error, "error_code", type(error).__name__)
            raise RegistryError(f"{self.uri}: the registry cannot be reached ({code})") from error
        if version is None:
            raise RegistryError(f"{self.uri}: version {registered.version} has no tag {TAG}")
        if self._refused and self._refused[0] == registered.version and not retry:
            raise self._refused[1].with_traceback(None)
        try:
            self._serve(version, registered.run_id, verify=retry)
        except BundleError as error:
            self._refused = registered.version, error
            raise
        self._refused = None

    def _serve(self, version: str, run_id: str, *, verify: bool) -> None:
        try:
            served = self.store.served()
        except BundleError:  # an invalid pointer is replaced
            served = None
        try:
            # the served bundle was verified when it was loaded; hashing it in every poll would be too slow
            self.store.path(version, verify=verify or served != version)
        except BundleError:
            self._fetch(version, run_id)
        if served != version:
            self.store.serve(version)

    def _fetch(self, version: str, run_id: str) -> None:
        with tempfile.TemporaryDirectory(prefix="emoji-api-") as folder:
            try:
                bundle = Path(self._client.download_artifacts(run_id, ARTIFACT, folder))
            except Exception as error:
                code = getattr(error, "error_code", type(error).__name__)
                raise RegistryError(f"{self.uri}: {version} cannot be fetched ({code})") from error
            if (actual := self.store.add(bundle)) != version:
                raise RegistryError(f"{self.uri}: {TAG} is {version}, but the bundle's own version is {actual}")

    def _registered_version(self) -> Any:
        """Return MLflow's `ModelVersion` that the URI names."""
        client = self._client = self._client or open_client()
        path = self.uri.removeprefix("models:/")
        if "@" in path:
            return client.get_model_version_by_alias(*path.split("@"))
        return client.get_model_version(*path.split("/"))


def open_client() -> Any:
    """Return an `MlflowClient` of the server or database that `MLFLOW_TRACKING_URI` names, by default `LOCAL`.

    Raises `DependencyMissing` if MLflow is not installed.
    """
    try:
        # imported here because it takes seconds and serving rarely needs it
        from mlflow import MlflowClient
        from mlflow.environment_variables import MLFLOW_TRACKING_URI
    except ImportError as error:
        raise DependencyMissing("MLflow", "train") from error
    uri = MLFLOW_TRACKING_URI.get() or DEFAULT_TRACKING_URI
    return MlflowClient(tracking_uri=uri, registry_uri=uri)
