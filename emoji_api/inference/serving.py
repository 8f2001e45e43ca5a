"""The model that a process serves: loading it, and replacing it while requests are running."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from emoji_api.errors import BundleError, EmojiApiError, ReloadRefused, ReloadRunning
from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.inference.engines import EngineName
from emoji_api.inference.poller import Poller
from emoji_api.inference.registry import RegisteredModel
from emoji_api.inference.store import POINTER, ModelStore, Stamp
from emoji_api.inference.tokenizer import TokenBatch, TweetTokenizer

MAX_RETRY_POLLS = 64
"""Maximum number of polls between two attempts to load a model that could not be loaded."""


class ModelServer:
    """The classifier of one process, replaced when the model store points to another version.

    A new model is verified, loaded and run on a text before it replaces the old one. If any of this fails, the old
    model keeps serving. A request keeps the classifier that it started with; the memory of an old model is freed when
    its last request ends. Thread-safe.

    Args:
        model_path: folder of a bundle that is always served; the store and the registry are then ignored.
        store: the model store to follow. Without a pointer in it, the bundle that ships with the package is served.
        registry_uri: a model of an MLflow registry that the store follows, such as `models:/tweets@champion`.
        engine: `onnx` or `tensorflow`.
        threads: number of CPU threads for one forward pass.
        reload_seconds: time between two polls of the registry and the store; 0 disables polling, except for one request
            to the registry after the start.
        on_loaded: called with each classifier that starts serving.
        on_refused: called with each new reason why a model cannot be served.
        on_tokens: called with the tokenizer and the tokens of each call of the classifier.
        logger: receives a line for each model that starts serving, and for each new reason why one cannot.
    """

    def __init__(
        self,
        *,
        model_path: str | Path | None = None,
        store: ModelStore | None = None,
        registry_uri: str | None = None,
        engine: EngineName = "onnx",
        threads: int = 1,
        reload_seconds: float = 0,
        on_loaded: Callable[[Classifier], None] | None = None,
        on_refused: Callable[[EmojiApiError], None] | None = None,
        on_tokens: Callable[[TweetTokenizer, TokenBatch], None] | None = None,
        logger: logging.Logger | None = None,
    ):
        self.wanted: str | None = None
        """The version that the store points to, as far as it is known."""
        self._path = model_path
        self._store = None if model_path else store
        self._registry = RegisteredModel(registry_uri, self._store) if registry_uri and self._store else None
        self._engine: EngineName = engine
        self._threads = threads
        self._on_loaded = on_loaded
        self._on_refused = on_refused
        self._on_tokens = on_tokens
        self._logger = logger or logging.getLogger(__name__)
        self._lock = threading.Lock()  # one load at a time; requests read `_classifier` without it
        self._classifier: Classifier | None = None
        self._load_error: EmojiApiError | None = None
        self._registry_error: EmojiApiError | None = None
        self._stamp: Stamp = ()  # the store's stamp at the last load
        self._polls_since_failure = 0
        self._poller: Poller | None = None
        if self._registry or (self._store and reload_seconds):
            self._poller = Poller(self.poll, reload_seconds, self._logger)

    def start(self) -> None:
        """Load the model and start polling. Call it once, in the process that serves, after any fork.

        A model that cannot be loaded raises nothing; see `error`. The registry is contacted by the poller only, so that
        an unresponsive one does not delay the start.
        """
        with self._lock:
            self._load()
        if self._poller:
            self._poller.start()

    def stop(self) -> None:
        """Stop polling. The model keeps serving."""
        if self._poller:
            self._poller.stop()

    @property
    def classifier(self) -> Classifier:
        """The served model. Read it once per request. Raises the error that prevented loading if there is none."""
        if self._classifier is None:
            # the same error is raised for every request, which must not append its frames to the traceback
            raise (self.error or RuntimeError("no model has been loaded")).with_traceback(None)
        return self._classifier

    @property
    def error(self) -> EmojiApiError | None:
        """The reason why the wanted model is not served, `None` if it is."""
        return self._registry_error or self._load_error

    def poll(self) -> None:
        """Load the model that the registry or the store points to if the store has changed.

        The cause of a failed load may be temporary: it is tried again at the 1st, 2nd, 4th, 8th ... poll after the
        failure, and at every 64th.
        """
        with self._lock:
            self._follow_registry()
            if self._store is None:
                return
            changed = self._store.stamp() != self._stamp
            self._polls_since_failure = self._polls_since_failure + 1 if self._load_error and not changed else 0
            if changed:
                self._load()
            elif self._retry_is_due():
                self._load(previous_error=self._load_error)

    def reload(self) -> str:
        """Load the model that the registry or the store points to, also if unchanged, and return its version.

        Other processes that follow the store load it at their next poll. Raises `ReloadRefused` if the model cannot be
        served and the old one keeps serving, the reason if there is no old one, and `ReloadRunning` while another load
        is running.
        """
        if self._store is None:
            raise ReloadRefused("EMOJI_API_MODEL_PATH selects the model; restart the service to load another one")
        # a registry that does not respond takes minutes, in which waiting requests would occupy all threads
        if not self._lock.acquire(blocking=False):
            raise ReloadRunning
        try:
            self._follow_registry(retry=True)
            try:
                self._store.request_reload()
            except OSError as error:  # a read-only store; the other processes still notice a changed pointer
                self._logger.warning("cannot ask the other processes to reload: %s", error)
            self._load()
            version = self.classifier.bundle.version
            if self.error:
                raise ReloadRefused(f"{self.error}; {version} goes on serving")
            return version
        finally:
            self._lock.release()

    def _retry_is_due(self) -> bool:
        polls = self._polls_since_failure
        is_power_of_two = polls.bit_count() == 1
        return is_power_of_two or (polls > 0 and polls % MAX_RETRY_POLLS == 0)

    def _follow_registry(self, *, retry: bool = False) -> None:
        if self._registry is None:
            return
        try:
            self._registry.follow(retry=retry)
        except (EmojiApiError, OSError) as error:
            previous_error = None if retry else self._registry_error
            self._registry_error = self._report(error, self._registry.uri, previous_error=previous_error)
        else:
            self._registry_error = None

    def _load(self, *, previous_error: EmojiApiError | None = None) -> None:
        # before reading the pointer, so that a later change of it is noticed at the next poll
        self._stamp = self._store.stamp() if self._store else ()
        self.wanted, path = None, self._path
        try:
            path = path or self._served_folder()
            classifier = load_classifier(path, engine=self._engine, threads=self._threads)
            classifier.analyse("warm up", sentiment="neutral")
        except Exception as error:  # no failure of a new model may stop the old one
            self._load_error = self._report(error, path, previous_error=previous_error)
            return
        if self._on_tokens:
            classifier.on_tokens = partial(self._on_tokens, classifier.tokenizer)
        self._classifier, self._load_error = classifier, None
        self.wanted = classifier.bundle.version
        if self._on_loaded:
            self._on_loaded(classifier)
        self._logger.info("serving %s", classifier.bundle.version)

    def _served_folder(self) -> Path | None:
        """Return the folder of the bundle that the store points to, `None` for the one that ships with the package."""
        if self._store is None:
            return None
        self.wanted = self._store.served()
        if self.wanted is None and self._registry:
            raise BundleError(self._store.folder / POINTER, f"is missing: {self._registry.uri} was not fetched yet")
        return self._store.path(self.wanted) if self.wanted else None

    def _report(self, error: Exception, path: object, *, previous_error: EmojiApiError | None) -> EmojiApiError:
        """Log and count `error` unless its message is that of `previous_error`, and return it without its traceback."""
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        reason = _without_traceback(error, path)
        if str(reason) != str(previous_error):
            if self._on_refused:
                self._on_refused(reason)
            state = f"{self._classifier.bundle.version} goes on serving" if self._classifier else "not ready"
            self._logger.error("%s: %s%s", state, reason, cause)
        return reason


def _without_traceback(error: Exception, path: object) -> EmojiApiError:
    """Return `error` as an `EmojiApiError` without its traceback, whose frames keep a partly loaded model alive."""
    if not isinstance(error, EmojiApiError):
        return BundleError(path, f"cannot be served: {type(error).__name__}: {error}")
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
