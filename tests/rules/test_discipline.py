"""Breaches and sanctions (须知; rules section 8)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from discipline.rules import (
    CLAUSES,
    clause_named,
    hearing_until,
    judge_confirmer,
    judge_decider,
    judge_deciders,
    judge_hearing,
    judge_recorders,
    judge_times,
    longest_bar,
    review_until,
    sanction,
    sittings_inside,
)
from kupasi.dates import Span
from tests.rules.calendars import CALENDAR

EXPECTED_CODES = [
    "一",
    "二1",
    "二2",
    "二3",
    "二4",
    "三1",
    "三2",
    "三3",
    "三4",
    "三5",
    *(f"四{item}" for item in range(1, 8)),
]


def day(text: str) -> date:
    return date.fromisoformat(text)


def decided(clause, *, act="2025-07-12", exam_day=True, on="2025-08-20", severity=None, reminder=False):
    return sanction(
        clause, act_on=day(act), act_is_exam_day=exam_day, decided_on=day(on), severity=severity, reminder=reminder
    )


def test_the_catalogue_has_every_clause_in_order():
    assert [clause.code for clause in CLAUSES] == EXPECTED_CODES


def test_only_the_first_three_items_of_the_second_paragraph_need_a_reminder():
    assert [clause.code for clause in CLAUSES if clause.needs_reminder] == ["二1", "二2", "二3"]


@pytest.mark.parametrize(("written", "code"), [("四2", "四2"), ("须知 四 2", "四2"), ("四２", "四2"), (" 一 ", "一")])
def test_a_clause_is_found_however_it_is_written(written, code):
    assert clause_named(written).code == code


@pytest.mark.parametrize("written", ["", "五1", "四8", "二0", "二5", "4-2", "一1"])
def test_another_clause_is_unknown(written):
    answer = decided(written, severity="lesser", reminder=True)
    assert (answer.allowed, [item.code for item in answer.refusals]) == (False, ["unknown_clause"])


@pytest.mark.parametrize(
    ("clause", "options", "marks", "bar", "refund"),
    [
        ("一", {}, "sitting", None, False),
        ("二1", {"reminder": True}, "subject", None, True),
        ("二3", {"reminder": True}, "subject", None, True),
        ("二4", {}, "subject", None, True),
        ("三1", {}, "sitting", ("2025-07-12", "2025-12-31"), True),
        ("三5", {"exam_day": False}, "sitting", ("2025-08-20", "2025-12-31"), True),
        ("三2", {"act": "2025-12-31", "on": "2026-01-20"}, "sitting", ("2025-12-31", "2025-12-31"), True),
        ("三2", {"exam_day": False, "on": "2025-12-31"}, "sitting", ("2025-12-31", "2025-12-31"), True),
        ("三2", {"exam_day": False, "on": "2026-01-01"}, "sitting", None, True),
        ("四2", {"severity": "lesser"}, "sitting", ("2025-07-12", "2027-07-12"), True),
        ("四2", {"severity": "serious"}, "sitting", ("2025-07-12", "2030-07-12"), True),
        ("四1", {"severity": "lesser", "exam_day": False}, "sitting", ("2025-08-20", "2027-08-20"), False),
        ("四7", {"severity": "lesser", "act": "2024-02-29"}, "sitting", ("2024-02-29", "2026-02-28"), True),
        ("四7", {"severity": "serious", "act": "2024-02-29"}, "sitting", ("2024-02-29", "2029-02-28"), True),
    ],
)
def test_each_clause_takes_what_it_says(clause, options, marks, bar, refund):
    answer = decided(clause, **options)
    span = (day(bar[0]), day(bar[1])) if bar else (None, None)
    found = (answer.allowed, answer.marks, (answer.barred_from, answer.barred_until), answer.refund_grantable)
    assert found == (True, marks, span, refund)


@pytest.mark.parametrize("code", EXPECTED_CODES)
def test_a_certificate_on_cancelled_marks_is_void_under_every_clause(code):
    assert decided(code, severity="lesser", reminder=True).certificate_void


@pytest.mark.parametrize(
    ("clause", "severity", "code"),
    [
        ("二1", None, "reminder_missing"),
        ("二2", None, "reminder_missing"),
        ("二3", None, "reminder_missing"),
        ("四1", None, "severity_missing"),
        ("四7", "grave", "severity_missing"),
        ("四7", "", "severity_missing"),
    ],
)
def test_a_clause_without_its_condition_cannot_be_chosen(clause, severity, code):
    answer = decided(clause, severity=severity)
    assert (answer.allowed, answer.barred_until, [item.code for item in answer.refusals]) == (False, None, [code])


@pytest.mark.parametrize(
    ("clause", "severity", "expected"), [("四5", "serious", True), ("四5", "lesser", False), ("三1", None, False)]
)
def test_only_a_serious_case_is_referred(clause, severity, expected):
    assert decided(clause, severity=severity).referral is expected


def test_the_longest_bar_wins_and_bars_are_not_added_up():
    bars = [Span(day("2025-07-12"), day("2027-07-12")), Span(day("2025-01-01"), day("2030-01-01"))]
    assert (longest_bar(bars), longest_bar([])) == (bars[1], None)


@pytest.mark.parametrize(
    ("person", "of_a_room", "head", "is_office", "code"),
    [
        (1, True, 1, True, "same_person"),
        (2, False, None, True, "same_person"),
        (3, True, None, True, "no_site_head"),
        (3, True, 4, True, "not_site_head"),
        (3, True, 3, False, ""),
        (3, True, 1, True, ""),
        (3, True, 1, False, "not_site_head"),
        (3, False, None, False, "not_office"),
        (3, False, 3, False, ""),
        (3, False, None, True, ""),
    ],
)
def test_who_confirms_a_record(person, of_a_room, head, is_office, code):
    fact = judge_confirmer(person, recorded_by=(1, 2), of_a_room=of_a_room, head=head, is_office=is_office)
    assert (fact.code if fact else "") == code


@pytest.mark.parametrize(
    ("act_at", "reminded_at", "codes"),
    [
        ("2025-07-12T10:00", None, []),
        ("2025-07-12T10:00", "2025-07-12T10:00", []),
        ("2025-07-12T10:00", "2025-07-09T08:00", []),  # the ticket's own reminder, days before (K4)
        ("2025-07-12T10:00", "2025-07-12T10:01", ["reminder_late"]),
        ("2025-07-12T10:00", "0001-01-01T00:00", ["reminder_late"]),
        ("2025-07-12T12:01", None, ["bad_time"]),
        ("0001-01-01T00:00", None, ["bad_time"]),
    ],
)
def test_a_reminder_comes_before_the_act_and_the_act_before_its_record(act_at, reminded_at, codes):
    moments = [datetime.fromisoformat(f"{one}+08:00") if one else None for one in (act_at, reminded_at)]
    found = judge_times(*moments, now=datetime.fromisoformat("2025-07-12T12:00+08:00"))
    assert [fact.code for fact in found] == codes


def test_sittings_inside_a_bar_are_cancelled_and_later_ones_stay():
    days = [day("2025-07-11"), day("2025-07-12"), day("2025-12-31"), day("2026-01-01")]
    assert sittings_inside(days, Span(day("2025-07-12"), day("2025-12-31"))) == (days[1], days[2])


def test_the_person_is_heard_for_five_working_days():
    assert hearing_until(day("2025-09-28"), CALENDAR) == (day("2025-10-11"), False)


def test_a_review_may_be_asked_for_fifteen_days():
    assert review_until(day("2025-09-28")) == day("2025-10-13")


@pytest.mark.parametrize(
    ("on", "answered", "refused"),
    [("2025-10-10", False, True), ("2025-10-10", True, False), ("2025-10-11", False, False)],
)
def test_no_decision_falls_while_the_person_may_still_speak(on, answered, refused):
    assert (judge_hearing(day(on), hearing_ends_on=day("2025-10-10"), answered=answered) is not None) is refused


@pytest.mark.parametrize(("people", "refused"), [([1], True), ([1, 1], True), ([1, 2], False)])
def test_two_people_record_a_case(people, refused):
    assert (judge_recorders(people) is not None) is refused


@pytest.mark.parametrize(("person", "refused"), [(1, True), (3, True), (4, False)])
def test_who_recorded_or_examined_a_case_does_not_decide_it(person, refused):
    assert (judge_decider(person, recorded_by=[1, 2], examined_by=[3]) is not None) is refused


@pytest.mark.parametrize(
    ("clause", "people", "refused"), [("四1", [1], True), ("四1", [1, 2], False), ("三1", [1], False)]
)
def test_the_fourth_paragraph_is_decided_by_two(clause, people, refused):
    assert (judge_deciders(clause_named(clause), people) is not None) is refused
