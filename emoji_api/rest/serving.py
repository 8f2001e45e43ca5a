"""The model that this process serves, or the reason why it has none, and how another takes its place."""

import threading
from functools import partial
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, current_app, g

from emoji_api.errors import BundleError, EmojiApiError, ReloadRefused, ReloadRunning
from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.inference.registry import RegisteredModel
from emoji_api.inference.store import POINTER, ModelStore, Stamp
from emoji_api.inference.watcher import Watcher
from emoji_api.rest.metrics import Metrics

EXTENSION = "emoji-api-model"
RETRY_LOOKS = 64
"""Looks after which at the latest a model that could not be loaded is tried again."""
HEADER = "X-Model-Version"
HEADER_DOCUMENT = {HEADER: {"description": "version of the model that answered", "schema": {"type": "string"}}}


class ServedModel:
    """A Flask extension that loads the model in each process, and loads another one when the store points to it.

    A new model is verified, loaded and asked before it takes the place of the old one; one that fails leaves the old
    one serving. Requests that have begun end with the model they began with, and the last of them frees it.
    """

    def __init__(self, app: Flask):
        config = app.config
        self._app = app
        self._lock = threading.Lock()  # one load at a time; whoever reads the model does not wait for it
        self._classifier: Classifier | None = None
        self._load_error: EmojiApiError | None = None
        self._registry_error: EmojiApiError | None = None
        self._seen: Stamp = ()
        self._looks = 0  # that found the pointer as it was when the load failed
        # a folder that is named is served as it is: then there is nothing to follow
        self._store = None if config["MODEL_PATH"] else ModelStore(config["MODEL_STORE"])
        self._registry = RegisteredModel(config["MODEL"], self._store) if config["MODEL"] and self._store else None
        self.wanted: str | None = None
        app.extensions[EXTENSION] = self
        app.after_request(_name_model)
        self._load()
        # the registry is asked there, be it once: a slow one must not keep a worker from starting
        watching = self._registry or (self._store and config["RELOAD_SECONDS"])
        self.watcher = Watcher(self.look, config["RELOAD_SECONDS"], app.logger) if watching else None
        if self.watcher:
            self.watcher.start()

    @property
    def classifier(self) -> Classifier:
        """The model: take it once a request. Raises the error that kept it from being loaded."""
        if self._classifier is None:
            # the error is raised again and again: what one request added to it must not stay
            raise (self.error or RuntimeError("no model was loaded")).with_traceback(None)
        return self._classifier

    @property
    def error(self) -> EmojiApiError | None:
        """Why the model that is wanted is not the one that is served, `None` where it is."""
        return self._registry_error or self._load_error

    def refusal(self) -> dict[str, str]:
        """What a caller sees of a model that is wanted and not served; nothing when there is none."""
        if (error := self.error) is None:
            return {}
        return {"reload_error": str(error)} | ({"wanted": self.wanted} if self.wanted else {})

    def look(self) -> None:
        """Takes the model that the registry, then the store, points to, if that has changed.

        One that could not be loaded is tried again at the 1st, 2nd, 4th, 8th look and so on: what kept it from being
        loaded may have passed.
        """
        with self._lock:
            self._ask_registry()
            if self._store is None:
                return
            changed = self._store.stamp() != self._seen
            self._looks = self._looks + 1 if self._load_error and not changed else 0
            due = self._looks.bit_count() == 1 or (self._looks and self._looks % RETRY_LOOKS == 0)
            if changed or due:
                self._load(told=None if changed else self._load_error)

    def reload(self) -> str:
        """Takes the model that is pointed to now, changed or not, and returns its version. Other processes follow.

        Raises `ReloadRefused` when the old model goes on serving, why there is none when none does, and
        `ReloadRunning` while a model is being looked for.
        """
        if self._store is None:
            raise ReloadRefused("EMOJI_API_MODEL_PATH names the model: it is taken at the start only")
        if not self._lock.acquire(blocking=False):  # a registry takes minutes: who waits must not take every thread
            raise ReloadRunning
        try:
            self._ask_registry(again=True)
            try:
                self._store.request_reload()
            except OSError as error:  # the store is for reading only; the others see a pointer that changes
                self._app.logger.warning("the other processes were not asked to reload: %s", error)
            self._load()
            version = self.classifier.bundle.version
            if self.error:
                raise ReloadRefused(f"{self.error}; {version} goes on serving")
            return version
        finally:
            self._lock.release()

    def _ask_registry(self, *, again: bool = False) -> None:
        if self._registry is None:
            return
        try:
            self._registry.follow(again=again)
        except (EmojiApiError, OSError) as error:
            self._registry_error = self._tell(error, self._registry.uri, told=None if again else self._registry_error)
        else:
            self._registry_error = None

    def _load(self, *, told: EmojiApiError | None = None) -> None:
        config = self._app.config
        self._seen = (
            self._store.stamp() if self._store else ()
        )  # before the look: what comes after it is seen next time
        self.wanted, path = None, config["MODEL_PATH"]
        try:
            path = path or self._pointed_to()
            classifier = load_classifier(path, engine=config["ENGINE"], threads=config["THREADS"])
            classifier.analyse("warm up", sentiment="neutral")
        except Exception as error:  # nothing that a new model does may end the old one
            self._load_error = self._tell(error, path, told=told)
        else:
            classifier.on_tokens = partial(Metrics.of(self._app).tokenised, classifier.tokenizer)
            self._classifier, self._load_error = classifier, None
            self.wanted = classifier.bundle.version
            Metrics.of(self._app).model_loaded(classifier.bundle.version, config["ENGINE"])
            self._app.logger.info("serving %s", classifier.bundle.version)

    def _pointed_to(self) -> Path | None:
        """Where the bundle is that the store points to, `None` for the one that ships."""
        assert self._store
        self.wanted = self._store.served()
        if self.wanted is None and self._registry:
            raise BundleError(self._store.folder / POINTER, f"is missing: {self._registry.uri} was not fetched yet")
        return self._store.path(self.wanted) if self.wanted else None

    def _tell(self, error: Exception, path: object, *, told: EmojiApiError | None) -> EmojiApiError:
        """Logs and counts `error`, unless it is what was `told` before, and returns it as it can be kept."""
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        kept = _kept(error, path)
        if str(kept) != str(told):
            Metrics.of(self._app).model_refused()
            state = f"{self._classifier.bundle.version} goes on serving" if self._classifier else "not ready"
            self._app.logger.error("%s: %s%s", state, kept, cause)
        return kept


def served_model() -> ServedModel:
    """The model of the current application."""
    model: ServedModel = current_app.extensions[EXTENSION]
    return model


def answering_model() -> Classifier:
    """The model that answers the current request, named in its response. Take it once, or two may answer."""
    classifier = served_model().classifier
    g.model_version = classifier.bundle.version
    return classifier


def _name_model(response: Response) -> Response:
    if version := g.get("model_version"):
        response.headers[HEADER] = quote(version, safe=":+/@ ")  # a version may be any text, a header may not
    return response


def _kept(error: Exception, path: object) -> EmojiApiError:
    """`error` as it can be kept: without the frames of its trace, which hold a model that was loaded in part."""
    if not isinstance(error, EmojiApiError):
        return BundleError(path, f"cannot be served: {type(error).__name__}: {error}")
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
