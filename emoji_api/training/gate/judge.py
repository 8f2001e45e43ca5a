"""The comparison of two bundles: both answer the same texts, and the gate checks the answers."""

import time
from collections.abc import Iterator, Mapping
from itertools import chain, zip_longest
from pathlib import Path

from emoji_api.inference.classifier import Classifier, load_classifier
from emoji_api.progress import TEXTS, stage, track
from emoji_api.training.data.readers import Split
from emoji_api.training.gate.answers import answer
from emoji_api.training.gate.behaviour import TESTS, run_behaviour_tests
from emoji_api.training.gate.checks import check_behaviour, check_calibration, check_latency, check_task
from emoji_api.training.gate.verdict import Check, PromotionVerdict
from emoji_api.training.params import GateParams


def judge(
    champion: Path, challenger: Path, splits: Mapping[str, Split], params: GateParams, tests: Path = TESTS
) -> PromotionVerdict:
    """Return the verdict on replacing the bundle `champion` by the bundle `challenger`.

    `splits` has the validation split of each task. A task of the champion that the challenger or `splits` lacks fails.
    `tests` is the folder of the behaviour tests. Raises BundleError for a bundle that cannot be loaded, and DataError
    if the behaviour tests cannot be run.
    """
    old, new = load_classifier(champion), load_classifier(challenger)
    checks = list(
        chain.from_iterable(check_answers(old, new, name, splits.get(name), params) for name in old.bundle.tasks)
    )
    if shared := [name for name in old.bundle.tasks if name in new.bundle.tasks]:
        texts = interleaved_texts(splits, params.latency_texts)
        checks.append(check_latency(*time_in_turns(old, new, shared, texts), params))
    checks.append(check_behaviour(run_behaviour_tests(champion, tests), run_behaviour_tests(challenger, tests), params))
    return PromotionVerdict(checks)


def check_answers(
    champion: Classifier, challenger: Classifier, name: str, split: Split | None, params: GateParams
) -> Iterator[Check]:
    """Yield the checks of quality and calibration on the task `name`."""
    task = champion.bundle.tasks[name]
    if name not in challenger.bundle.tasks:
        yield Check(f"{name} is no worse", False, "the challenger lacks this task")
    elif split is None:
        yield Check(f"{name} is no worse", False, "there are no data to compare it on")
    else:
        with stage(f"both answer {name}", 2 * len(split), TEXTS):
            old, new = answer(champion, task, split), answer(challenger, task, split)
        yield check_task(task, old, new, params)
        yield check_calibration(name, new, params)


def interleaved_texts(splits: Mapping[str, Split], count: int) -> list[str]:
    """Return the first `count` texts of the splits, one of each split in turn."""
    in_turn = zip_longest(*(split.texts for split in splits.values()))
    return [text for text in chain.from_iterable(in_turn) if text is not None][:count]


def time_in_turns(
    champion: Classifier, challenger: Classifier, tasks: list[str], texts: list[str]
) -> tuple[list[float], list[float]]:
    """Return the latency of the champion and of the challenger for each text alone, in seconds.

    The two alternate, and alternate in going first, so that other load on the machine affects both alike.
    """
    times: dict[Classifier, list[float]] = {champion: [], challenger: []}
    for number, text in enumerate(track(texts, "measuring latency")):
        for classifier in (champion, challenger) if number % 2 else (challenger, champion):
            started = time.perf_counter()
            classifier.analyse(text, tasks)
            times[classifier].append(time.perf_counter() - started)
    return times[champion], times[challenger]
