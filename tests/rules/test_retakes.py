"""Retakes: what is kept, what is sat again, at which fee, until when (rules section 7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from exams.rules import (
    KeptPassFact,
    PriceFact,
    passes_given_up,
    retake,
    retake_deadline,
    subjects_under_scheme,
)

START = date(2025, 1, 1)
PRICES = (PriceFact("theory", Decimal("95.00"), START), PriceFact("practical", Decimal("385.00"), START))


@pytest.mark.parametrize(
    ("passed_on", "deadline"),
    [("2024-02-29", "2026-02-28"), ("2024-02-28", "2026-02-28"), ("2025-03-15", "2027-03-15")],
)
def test_a_pass_is_kept_for_two_years(passed_on, deadline):
    assert retake_deadline(date.fromisoformat(passed_on)) == date.fromisoformat(deadline)


def asked(theory, practical, *, on="2026-03-15", source="regular", passed_on="2025-03-15"):
    marks = {"theory": theory, "practical": practical}
    marks = {key: value if value in ("absent", "cancelled") else Decimal(value) for key, value in marks.items()}
    passed = date.fromisoformat(passed_on) if passed_on else None
    return retake(marks, passed_on=passed, applied_on=date.fromisoformat(on), source=source)


@pytest.mark.parametrize(
    ("theory", "practical", "subjects", "fee"),
    [
        ("82.0", "55.0", ("practical",), "385.00"),
        ("59.9", "60", ("theory",), "95.00"),
        ("82", "absent", ("practical",), "385.00"),
        ("cancelled", "80", ("theory",), "95.00"),
    ],
)
def test_the_failed_subjects_are_retaken_at_their_own_fee(theory, practical, subjects, fee):
    answer = asked(theory, practical)
    assert (answer.allowed, answer.subjects, str(answer.fee), answer.valid_until) == (
        True,
        subjects,
        fee,
        date(2027, 3, 15),
    )


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"theory": "50", "practical": "40"}, "retake_none_passed"),
        ({"theory": "absent", "practical": "cancelled", "passed_on": None}, "retake_none_passed"),
        ({"theory": "60", "practical": "60"}, "retake_nothing_failed"),
        ({"theory": "82", "practical": "55", "on": "2027-03-16"}, "retake_expired"),
        ({"theory": "82", "practical": "55", "on": "2026-03-01", "passed_on": "2024-02-29"}, "retake_expired"),
        ({"theory": "82", "practical": "55", "source": "competition"}, "retake_competition"),
        ({"theory": "50", "practical": "absent", "source": "competition"}, "retake_competition"),
        ({"theory": "60", "practical": "60", "source": "competition"}, "retake_nothing_failed"),
        ({"theory": "60", "practical": "60", "source": "competition", "passed_on": None}, "retake_nothing_failed"),
    ],
)
def test_a_retake_is_refused_with_its_reason(options, code):
    answer = asked(**options)
    assert (answer.allowed, answer.subjects, [item.code for item in answer.refusals]) == (False, (), [code])


@pytest.mark.parametrize(("passed_on", "on"), [("2025-03-15", "2027-03-15"), ("2024-02-29", "2026-02-28")])
def test_the_last_day_of_the_two_years_is_included(passed_on, on):
    assert asked("82", "55", on=on, passed_on=passed_on).allowed


def test_a_refused_retake_costs_nothing_and_still_names_its_deadline():
    answer = asked("82", "55", on="2027-03-16")
    assert (answer.fee, answer.valid_until) == (None, date(2027, 3, 15))


@pytest.mark.parametrize(
    ("occupation", "level", "confirmed_on", "given_up"),
    [
        ("data-annotation", "specialised", "2027-03-15", 1),
        ("data-annotation", "specialised", "2027-03-16", 0),
        ("model-application", "specialised", "2026-03-15", 0),
        ("data-annotation", "other", "2026-03-15", 0),
    ],
)
def test_a_confirmed_new_application_gives_up_the_kept_pass(occupation, level, confirmed_on, given_up):
    kept = [KeptPassFact("theory", "data-annotation", "specialised", date(2025, 3, 15))]
    on = date.fromisoformat(confirmed_on)
    assert len(passes_given_up(kept, occupation=occupation, level=level, confirmed_on=on)) == given_up


@pytest.mark.parametrize(
    ("present", "scheme", "subjects", "code"),
    [
        ("2025", None, ("practical",), None),
        ("2026", {"practical": ["practical-a", "practical-b"]}, ("practical-a", "practical-b"), None),
        ("2026", None, (), "scheme_missing"),
        ("2026", {"theory": ["theory"]}, (), "scheme_missing"),
    ],
)
def test_a_changed_exam_mode_follows_its_scheme(present, scheme, subjects, code):
    answer = subjects_under_scheme(["practical"], mode="2025", present_mode=present, scheme=scheme)
    assert (answer.subjects, answer.refusal.code if answer.refusal else None) == (subjects, code)
