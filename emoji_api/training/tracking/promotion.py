"""From challenger to champion, and back: the registry's aliases, and the pointer of the model store."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from emoji_api.errors import BundleError, EmojiApiError, RegistryError
from emoji_api.files import locked
from emoji_api.inference.classifier import packaged_bundle
from emoji_api.inference.store import ModelStore
from emoji_api.training.gate.checks import Check, PromotionVerdict
from emoji_api.training.tracking.mlflow_run import import_bundle
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
"""Compares the bundles of the champion and of the challenger."""


def promote(
    registry: Registry, store: ModelStore, name: str, judge: Judge, *, reason: str | None = None
) -> PromotionVerdict:
    """Make the version `name` the champion, if it passes the gate or there is a `reason` to force it, and serve it.

    The decision is kept with the challenger's run either way: as tags, and as `gate.json`. The old champion is
    remembered as `previous`. A promotion that was broken off is completed by asking for it again. The gate takes
    minutes and holds nobody up: where the champion is another one by then, it is asked again. Raises RegistryError and
    BundleError, and what `judge` raises unless it is forced.
    """
    challenger = registry.find(name)
    while True:
        with promotion_lock(store):
            champion = champion_of(registry, store)
            if challenger.number == champion.number:
                serve(registry, store, champion)
                retire(registry, champion)
                return PromotionVerdict([Check("champion", True, f"{champion.version} is it already")])
        with bundle_of(registry, store, champion) as old, bundle_of(registry, store, challenger) as new:
            decision = run_gate(judge, old, new, forced=bool(reason))
            with promotion_lock(store):
                if champion_of(registry, store).number != champion.number:
                    continue
                record_verdict(registry, challenger, champion, decision, reason)
                if decision.promoted or reason:
                    store.add(new)
                    store.add(old)  # for a rollback that needs no registry
                    switch(registry, store, champion, challenger)
                return decision


def run_gate(judge: Judge, champion: Path, challenger: Path, *, forced: bool) -> PromotionVerdict:
    """What the gate says; where it cannot be asked, and the promotion is forced, that."""
    try:
        return judge(champion, challenger)
    except EmojiApiError as error:
        if not forced:
            raise
        return PromotionVerdict([Check("gate", False, f"cannot be asked: {error}")])


def switch(registry: Registry, store: ModelStore, champion: RegisteredVersion, challenger: RegisteredVersion) -> None:
    """Make the challenger the champion, and serve it from the store, which has it."""
    registry.set_alias(champion, PREVIOUS)
    registry.set_alias(challenger, CHAMPION)
    store.serve(challenger.version)
    retire(registry, challenger)  # last: until all is done, `challenger` names what is to be asked for again


def retire(registry: Registry, champion: RegisteredVersion) -> None:
    """Take the alias `challenger` from the champion, if it has it still."""
    newest = registry.get(CHALLENGER)
    if newest and newest.number == champion.number:
        registry.drop_alias(CHALLENGER)


def rollback(registry: Registry, store: ModelStore) -> RegisteredVersion:
    """Make the champion before this one the champion again, and serve it; the two change places.

    Raises RegistryError where there was none.
    """
    with promotion_lock(store):
        previous, champion = registry.get(PREVIOUS), registry.get(CHAMPION)
        if previous is None:
            raise RegistryError("no champion was there before this one")
        serve(registry, store, previous)
        registry.set_alias(previous, CHAMPION)
        if champion:
            registry.set_alias(champion, PREVIOUS)
        return previous


def promotion_lock(store: ModelStore) -> AbstractContextManager[None]:
    """No other process moves the aliases and the pointer of this store meanwhile; who holds it is done in seconds."""
    return locked(store.folder / LOCK)


def champion_of(registry: Registry, store: ModelStore) -> RegisteredVersion:
    """The champion. Where none was promoted yet it is what the store serves, or the bundle that ships, registered."""
    if champion := registry.get(CHAMPION):
        return champion
    served = store.served()
    with registry_errors():
        import_bundle(registry.client, store.path(served) if served else packaged_bundle(), alias=CHAMPION)
    return registry.find(CHAMPION)


@contextmanager
def bundle_of(registry: Registry, store: ModelStore, version: RegisteredVersion) -> Iterator[Path]:
    """The folder of the version's bundle: the store's, or for a while one that is copied from the registry."""
    try:
        stored: Path | None = store.path(version.version, verify=True)
    except BundleError:  # it is not there, or damaged
        stored = None
    if stored:
        yield stored
    else:
        with TemporaryDirectory() as folder:
            yield registry.download(version, Path(folder))


def serve(registry: Registry, store: ModelStore, version: RegisteredVersion) -> None:
    """Have the store serve the version, which it gets from the registry where it lacks it or has it damaged."""
    with bundle_of(registry, store, version) as bundle:
        store.add(bundle)
    if store.served() != version.version:
        store.serve(version.version)


def record_verdict(
    registry: Registry,
    challenger: RegisteredVersion,
    champion: RegisteredVersion,
    decision: PromotionVerdict,
    reason: str | None,
) -> None:
    """The decision, and the reason of one that was forced, with the challenger's run."""
    document = decision.as_dict() | {
        "champion": champion.version,
        "challenger": challenger.version,
        "decided_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "forced": None if decision.promoted else reason,
    }
    tags = {
        "gate": "passed" if decision.promoted else "forced" if reason else "rejected",
        "gate.champion": champion.version,
        "gate.failed": ", ".join(check.name for check in decision.reasons)[:1000] or "nothing",
    }
    if reason and not decision.promoted:
        tags["gate.forced"] = reason[:1000]
    registry.note(challenger, tags, document, "gate.json")
