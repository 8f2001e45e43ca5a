"""The verdict over all checks."""

from emoji_api.training.gate.verdict import Check, PromotionVerdict

PASSED, FAILED = Check("first", True, "fine"), Check("second", False, "0.9 -> 0.8")


def test_verdict_is_positive_only_if_all_checks_pass() -> None:
    assert PromotionVerdict([PASSED]).promoted
    verdict = PromotionVerdict([PASSED, FAILED])
    assert not verdict.promoted
    assert verdict.reasons == [FAILED]


def test_verdict_prints_every_check() -> None:
    assert str(PromotionVerdict([PASSED, FAILED])).splitlines() == [
        "the challenger does not pass the gate",
        "pass  first: fine",
        "FAIL  second: 0.9 -> 0.8",
    ]


def test_without_any_check_nothing_is_promoted() -> None:
    assert not PromotionVerdict([]).promoted
