"""Promotion of a challenger to champion, and rollback: registry aliases and the served version of the model store."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from emoji_api.errors import BundleError, EmojiApiError, RegistryError
from emoji_api.files import locked
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.inference.store import ModelStore
from emoji_api.training.gate.verdict import Check, PromotionVerdict
from emoji_api.training.tracking.bundle_log import import_bundle
from emoji_api.training.tracking.registry import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    RegisteredVersion,
    Registry,
    registry_errors,
)

LOCK = ".promotion.lock"

Judge = Callable[[Path, Path], PromotionVerdict]
"""A function that compares two bundles, champion and challenger."""


def promote(
    registry: Registry, store: ModelStore, name: str, judge: Judge, *, reason: str | None = None
) -> PromotionVerdict:
    """Make the version `name` the champion and serve it, if it passes the gate or a `reason` forces the promotion.

    The verdict is logged to the challenger's run in any case, as tags and as `gate.json`. The old champion gets the
    alias `previous`. An interrupted promotion is completed by calling `promote` again with the same name.

    The gate takes minutes and runs without a lock; if the champion changed meanwhile, the gate runs again. Raises
    RegistryError, BundleError, and the errors of `judge` unless the promotion is forced.
    """
    challenger = registry.find(name)
    while True:
        with promotion_lock(store):
            champion = champion_of(registry, store)
            if challenger.number == champion.number:
                serve(registry, store, champion)
                retire_challenger(registry, champion)
                return PromotionVerdict([Check("champion", True, f"{champion.version} is already the champion")])
        with bundle_of(registry, store, champion) as old, bundle_of(registry, store, challenger) as new:
            verdict = run_gate(judge, old, new, forced=bool(reason))
            with promotion_lock(store):
                if champion_of(registry, store).number != champion.number:
                    continue
                record_verdict(registry, challenger, champion, verdict, reason)
                if verdict.promoted or reason:
                    store.add(new)
                    store.add(old)  # a rollback then works without the registry's artifacts
                    switch(registry, store, champion, challenger)
                return verdict


def rollback(registry: Registry, store: ModelStore) -> RegisteredVersion:
    """Swap `champion` and `previous`, serve the restored champion, and return it.

    Raises RegistryError if there is no previous champion.
    """
    with promotion_lock(store):
        previous, champion = registry.get(PREVIOUS), registry.get(CHAMPION)
        if previous is None:
            raise RegistryError("there is no previous champion to roll back to")
        serve(registry, store, previous)
        registry.set_alias(previous, CHAMPION)
        if champion:
            registry.set_alias(champion, PREVIOUS)
        return previous


def run_gate(judge: Judge, champion: Path, challenger: Path, *, forced: bool) -> PromotionVerdict:
    """Return the verdict of the gate; if the gate fails to run and the promotion is forced, a verdict that says so."""
    try:
        return judge(champion, challenger)
    except EmojiApiError as error:
        if not forced:
            raise
        return PromotionVerdict([Check("gate", False, f"the gate failed to run: {error}")])


def switch(registry: Registry, store: ModelStore, champion: RegisteredVersion, challenger: RegisteredVersion) -> None:
    """Make the challenger the champion, and serve it from the store, which already has its bundle."""
    registry.set_alias(champion, PREVIOUS)
    registry.set_alias(challenger, CHAMPION)
    store.serve(challenger.version)
    retire_challenger(registry, challenger)  # last: until then `challenger` still names the version to promote


def retire_challenger(registry: Registry, champion: RegisteredVersion) -> None:
    """Remove the alias `challenger` from the champion, if it still has it."""
    newest = registry.get(CHALLENGER)
    if newest and newest.number == champion.number:
        registry.drop_alias(CHALLENGER)


def promotion_lock(store: ModelStore) -> AbstractContextManager[None]:
    """Return a lock under which one process at a time moves the aliases and the store's pointer, for seconds."""
    return locked(store.folder / LOCK)


def champion_of(registry: Registry, store: ModelStore) -> RegisteredVersion:
    """Return the champion.

    If there is none yet, the bundle that the store serves, or else the shipped bundle, is registered as the champion.
    """
    if champion := registry.get(CHAMPION):
        return champion
    served = store.served()
    with registry_errors():
        import_bundle(registry.client, store.path(served) if served else packaged_bundle(), alias=CHAMPION)
    return registry.find(CHAMPION)


@contextmanager
def bundle_of(registry: Registry, store: ModelStore, version: RegisteredVersion) -> Iterator[Path]:
    """Yield the folder of the version's bundle: the store's, or a temporary download if the store lacks it."""
    try:
        stored: Path | None = store.path(version.version, verify=True)
    except BundleError:  # missing or damaged
        stored = None
    if stored:
        yield stored
    else:
        with TemporaryDirectory() as folder:
            yield registry.download(version, Path(folder))


def serve(registry: Registry, store: ModelStore, version: RegisteredVersion) -> None:
    """Serve the version from the store; download its bundle if the store lacks it or has it damaged."""
    with bundle_of(registry, store, version) as bundle:
        store.add(bundle)
    if store.served() != version.version:
        store.serve(version.version)


def record_verdict(
    registry: Registry,
    challenger: RegisteredVersion,
    champion: RegisteredVersion,
    verdict: PromotionVerdict,
    reason: str | None,
) -> None:
    """Log the verdict, and the reason of a forced promotion, to the challenger's run and version."""
    document = verdict.as_dict() | {
        "champion": champion.version,
        "challenger": challenger.version,
        "decided_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "forced": None if verdict.promoted else reason,
    }
    tags = {
        "gate": "passed" if verdict.promoted else "forced" if reason else "rejected",
        "gate.champion": champion.version,
        "gate.failed": ", ".join(check.name for check in verdict.reasons)[:1000] or "nothing",
    }
    if reason and not verdict.promoted:
        tags["gate.forced"] = reason[:1000]
    registry.annotate(challenger, tags, document, "gate.json")
