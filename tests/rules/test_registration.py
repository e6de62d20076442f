"""Who may apply and until when (rules sections 3 and 4; 通知 二, 须知 三 四)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from kupasi.dates import SHANGHAI, Span, last_second
from kupasi.refusals import RefusalFact
from registration.rules import (
    ApplicantFacts,
    ReviewFacts,
    checklist,
    correction_due,
    eligibility,
    eligible_from,
    has_lapsed,
    judge_bars,
    judge_clash,
    judge_core_change,
    judge_correction,
    judge_giving_up,
    lapse_warning_at,
    may_sit_on,
    may_submit,
    payment_due,
)
from tests.rules.calendars import CALENDAR

ON = date(2025, 5, 20)
ADULT = ApplicantFacts(birth_date=date(1990, 3, 7), on=ON, exam_month=date(2025, 7, 1))


def day(text: str) -> date:
    return date.fromisoformat(text)


def codes(facts: ApplicantFacts) -> list[str]:
    return [item.code for item in eligibility(facts).refusals]


@pytest.mark.parametrize(
    ("born", "on", "allowed", "first"),
    [
        ("2009-05-20", "2025-05-20", True, None),
        ("2009-05-21", "2025-05-20", False, "2025-05-21"),
        ("2010-03-01", "2026-03-01", True, None),
        ("2008-02-29", "2024-02-28", False, "2024-02-29"),
        ("2084-02-29", "2100-02-28", False, "2100-03-01"),
        ("2084-02-29", "2100-03-01", True, None),
        ("2030-01-01", "2025-05-20", False, "2046-01-01"),
    ],
)
def test_the_sixteenth_birthday_counts(born, on, allowed, first):
    answer = eligibility(ApplicantFacts(birth_date=day(born), on=day(on)))
    assert (answer.allowed, answer.eligible_from) == (allowed, day(first) if first else None)


def test_too_young_carries_its_code_and_clause():
    refusal = eligibility(ApplicantFacts(birth_date=day("2010-01-01"), on=ON)).refusals[0]
    assert (refusal.code, refusal.clause, refusal.extra["eligible_from"]) == (
        "too_young",
        "通知 二(一)",
        day("2026-01-01"),
    )


def test_the_first_possible_day_is_the_birthday():
    assert eligible_from(day("2009-12-31")) == day("2025-12-31")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"live_in_month": True}, ["duplicate_application"]),
        ({"live_in_month": True, "open_for_occupation": True}, ["duplicate_application"]),
        ({"open_for_occupation": True}, ["open_application"]),
        ({"holds_certificate": True}, ["holds_certificate"]),
        ({"holds_certificate": True, "certificate_excused": True}, []),
    ],
)
def test_an_application_is_refused_with_its_reason(facts, expected):
    given = ApplicantFacts(birth_date=day("1990-03-07"), on=ON, exam_month=day("2025-07-01"), **facts)
    assert codes(given) == expected


def test_every_reason_is_told_together():
    bars = (Span(day("2025-01-01"), day("2027-01-01")),)
    facts = ApplicantFacts(
        day("2015-01-01"), ON, day("2025-07-01"), bars, open_for_occupation=True, holds_certificate=True
    )
    assert codes(facts) == ["too_young", "barred", "open_application", "holds_certificate"]


@pytest.mark.parametrize(
    ("bar", "refused", "sit_from"),
    [
        (("2025-06-01", "2025-07-31"), True, None),
        (("2025-06-01", "2025-07-30"), False, "2025-07-31"),
        (("2025-06-01", "2025-07-01"), False, "2025-07-02"),
        (("2025-06-01", "2025-06-30"), False, None),
        (("2025-07-20", "2027-07-20"), True, None),
        (("2025-07-05", "2025-07-10"), False, "2025-07-11"),
        (("2025-08-01", "2027-08-01"), False, None),
    ],
)
def test_a_month_that_ends_inside_a_bar_is_refused(bar, refused, sit_from):
    answer = judge_bars(day("2025-07-01"), [Span(day(bar[0]), day(bar[1]))])
    assert (answer.refusal is not None, answer.sit_from) == (refused, day(sit_from) if sit_from else None)


def test_the_longest_of_several_bars_decides():
    bars = [Span(day("2025-01-01"), day("2025-07-10")), Span(day("2025-03-01"), day("2025-07-20"))]
    assert judge_bars(day("2025-07-01"), bars).sit_from == day("2025-07-21")


def test_a_bar_that_ended_yesterday_is_over():
    assert (
        codes(ApplicantFacts(day("1990-03-07"), ON, day("2025-07-01"), (Span(day("2023-05-19"), day("2025-05-19")),)))
        == []
    )


def test_an_answer_names_the_first_day_after_a_bar_within_the_month():
    facts = ApplicantFacts(day("1990-03-07"), ON, day("2025-07-01"), (Span(day("2023-07-12"), day("2025-07-12")),))
    assert (eligibility(facts).allowed, eligibility(facts).sit_from) == (True, day("2025-07-13"))


@pytest.mark.parametrize(("on", "free"), [("2025-07-12", False), ("2025-07-13", True), ("2023-07-11", True)])
def test_nobody_sits_while_a_bar_runs(on, free):
    assert may_sit_on(day(on), [Span(day("2023-07-12"), day("2025-07-12"))]) is free


@pytest.mark.parametrize(("second_starts", "clash"), [(9, True), (10, False), (11, False)])
def test_two_sittings_of_one_person_do_not_overlap(second_starts, clash):
    at = datetime(2025, 7, 12, 0, 0, tzinfo=SHANGHAI)
    hours = [(second_starts, second_starts + 2), (8, 10)]
    sittings = [(at + timedelta(hours=start), at + timedelta(hours=end)) for start, end in hours]
    assert (judge_clash(sittings) is not None) is clash


@pytest.mark.parametrize(
    ("kept", "words", "refused"), [(1, "", True), (1, " ", True), (1, "我已知晓并放弃补考", False), (0, "", False)]
)
def test_giving_up_a_kept_pass_is_confirmed_in_words(kept, words, refused):
    assert (judge_giving_up(kept, confirmed=words) is not None) is refused


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        ("2025-05-16T00:00:00", True),
        ("2025-05-15T23:59:59", False),
        ("2025-06-15T23:59:59", True),
        ("2025-06-16T00:00:00", False),
    ],
)
def test_a_window_is_open_from_its_first_to_its_last_second(moment, allowed):
    at = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    assert may_submit(at, opens_on=day("2025-05-16"), closes_on=day("2025-06-15")) is allowed


@pytest.mark.parametrize(
    ("approved_on", "extra", "expected"),
    [
        ("2025-06-01", 0, "2025-06-15"),
        ("2025-06-14", 0, "2025-06-15"),
        ("2025-06-14", 3, "2025-06-18"),
        ("2025-06-15", 0, "2025-06-17"),
        ("2025-06-15", 5, "2025-06-20"),
        ("2025-06-20", 0, "2025-06-24"),
    ],
)
def test_payment_is_due_at_the_windows_last_second_or_two_working_days_after_a_late_approval(
    approved_on, extra, expected
):
    due = payment_due(day("2025-06-15"), approved_on=day(approved_on), calendar=CALENDAR, extra_days=extra)
    assert due == (last_second(day(expected)), False)


def test_a_late_approval_into_an_unknown_year_is_provisional():
    assert payment_due(day("2026-12-31"), approved_on=day("2026-12-31"), calendar=CALENDAR).provisional


@pytest.mark.parametrize(
    ("seconds", "status", "lapsed"),
    [(0, "approved", False), (1, "approved", True), (1, "confirmed", False), (1, "submitted", False)],
)
def test_only_an_unpaid_approval_lapses_after_its_last_second(seconds, status, lapsed):
    due = last_second(day("2025-06-15"))
    assert has_lapsed(due + timedelta(seconds=seconds), due, status=status) is lapsed


def test_a_lapse_is_told_two_days_before():
    assert lapse_warning_at(last_second(day("2025-06-15"))) == last_second(day("2025-06-13"))


@pytest.mark.parametrize(
    ("extended", "expected"),
    [(None, "2025-06-15"), ("2025-06-20", "2025-06-20"), ("2025-06-10", "2025-06-15")],
)
def test_a_correction_is_due_with_the_window_or_the_persons_extension(extended, expected):
    until = day(extended) if extended else None
    assert correction_due(day("2025-06-15"), extended_until=until) == last_second(day(expected))


def test_a_correction_after_its_time_is_refused():
    moment = datetime(2025, 6, 16, 0, 0, tzinfo=SHANGHAI)
    late = judge_correction(moment, day("2025-06-15"))
    assert (late.code, judge_correction(moment, day("2025-06-15"), extended_until=day("2025-06-16"))) == (
        "correction_over",
        None,
    )


@pytest.mark.parametrize(
    ("status", "changed", "refused"),
    [
        ("draft", {"name"}, False),
        ("returned", {"document_number"}, False),
        ("approved", {"name"}, True),
        ("confirmed", {"occupation", "employer"}, True),
        ("approved", {"employer"}, False),
    ],
)
def test_core_data_is_frozen_after_approval(status, changed, refused):
    assert (judge_core_change(status, changed) is not None) is refused


def review(**changes):
    facts = {
        "applicant": ADULT,
        "document_errors": (),
        "photo_errors": (),
        "has_photo": True,
        "conditions": ("在本市学习或工作",),
        "declared": frozenset({"在本市学习或工作"}),
        "pledged": True,
        "in_window": True,
    }
    return {item.key: item.tick for item in checklist(ReviewFacts(**{**facts, **changes}))}


def test_a_good_application_leaves_only_what_eyes_must_see():
    assert [key for key, tick in review().items() if tick != "ok"] == ["identity", "likeness", "condition-1"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"document_errors": (RefusalFact("bad_checksum", "号码有误。"),)}, "document"),
        ({"photo_errors": (RefusalFact("photo_size", "照片太小。"),)}, "photo"),
        ({"has_photo": False}, "photo"),
        ({"declared": frozenset()}, "condition-1"),
        ({"pledged": False}, "pledge"),
        ({"in_window": False}, "window"),
        ({"applicant": ApplicantFacts(date(2015, 1, 1), ON)}, "age"),
        ({"applicant": ApplicantFacts(date(1990, 1, 1), ON, holds_certificate=True)}, "eligible"),
    ],
)
def test_what_the_rules_find_is_marked_as_a_problem(change, key):
    assert [found for found, tick in review(**change).items() if tick == "problem"] == [key]


def test_giving_up_a_retake_is_shown_to_the_reviewer():
    assert review(kept_passes_given_up=1)["giving-up"] == "look"
