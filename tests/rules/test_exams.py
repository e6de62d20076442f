"""Fees, marks, retakes, ticket numbers, the door (rules sections 1, 5, 6, 7)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from exams.rules import (
    EntryFact,
    PriceFact,
    Settlement,
    SubjectFact,
    check_digit,
    door_at,
    fee_on,
    is_pass,
    is_ticket_number,
    judge_entry,
    judge_marker,
    judge_publication,
    judge_publisher,
    make_ticket_number,
    parse_mark,
    settle,
    subject_outcome,
)
from kupasi.dates import SHANGHAI

START = date(2025, 1, 1)
PRICES = (PriceFact("theory", Decimal("95.00"), START), PriceFact("practical", Decimal("385.00"), START))


@pytest.mark.parametrize(
    ("subjects", "total"),
    [(["theory", "practical"], "480.00"), (["theory"], "95.00"), (["practical"], "385.00"), ([], "0.00")],
)
def test_the_fee_is_the_sum_of_its_subjects(subjects, total):
    assert str(fee_on(date(2025, 5, 20), PRICES, subjects).total) == total


def test_a_new_price_holds_from_its_day():
    prices = (*PRICES, PriceFact("theory", Decimal("100.00"), date(2025, 6, 1)))
    totals = [fee_on(day, prices, ["theory"]).total for day in (date(2025, 5, 31), date(2025, 6, 1))]
    assert totals == [Decimal("95.00"), Decimal("100.00")]


@pytest.mark.parametrize(
    ("subjects", "codes", "total"),
    [(["theory", "theory"], ["subject_repeated"], "95.00"), (["theory", "oral"], ["no_fee"], "95.00")],
)
def test_a_subject_is_charged_once_and_needs_a_price(subjects, codes, total):
    answer = fee_on(date(2025, 5, 20), PRICES, subjects)
    assert ([item.code for item in answer.refusals], str(answer.total)) == (codes, total)


def test_a_price_that_has_ended_is_none():
    prices = [PriceFact("theory", Decimal("95.00"), START, date(2025, 3, 31))]
    assert [item.code for item in fee_on(date(2025, 4, 1), prices, ["theory"]).refusals] == ["no_fee"]


@pytest.mark.parametrize("text", ["0", "60", "59.9", "100", "100.0", "0.5", "82.0"])
def test_a_mark_is_read_exactly(text):
    assert parse_mark(text).value == Decimal(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" 60 ", "mark_format"),
        ("1e2", "mark_format"),
        ("六十", "mark_format"),
        ("NaN", "mark_format"),
        ("Infinity", "mark_format"),
        ("", "mark_format"),
        ("60.", "mark_format"),
        (".5", "mark_format"),
        ("060", "mark_format"),
        ("+60", "mark_format"),
        ("6_0", "mark_format"),
        ("６０", "mark_format"),
        ("٦٠", "mark_format"),
        ("60,5", "mark_format"),
        ("60\n", "mark_format"),
        (60.5, "mark_format"),
        (None, "mark_format"),
        ("101", "mark_range"),
        ("100.1", "mark_range"),
        ("-1", "mark_range"),
        ("-0", "mark_range"),
        ("60.55555", "mark_decimals"),
        ("59.95", "mark_decimals"),
        ("60.00", "mark_decimals"),
    ],
)
def test_what_is_not_a_mark_is_refused(text, code):
    answer = parse_mark(text)
    assert (answer.value, [error.code for error in answer.errors]) == (None, [code])


@pytest.mark.parametrize(("mark", "passes"), [("60", True), ("59.9", False), ("100", True), ("0", False)])
def test_sixty_passes_and_nothing_is_rounded_up(mark, passes):
    assert is_pass(Decimal(mark)) is passes


@pytest.mark.parametrize(
    ("status", "value", "code"),
    [
        ("normal", Decimal("0"), None),
        ("normal", None, "mark_missing"),
        ("absent", None, None),
        ("absent", Decimal("60"), "absent_with_mark"),
        ("absent", Decimal("0"), "absent_with_mark"),
        ("breach", Decimal("60"), None),
        ("gone", None, "unknown_status"),
    ],
)
def test_status_and_mark_fit_together(status, value, code):
    refusal = judge_entry(status, value)
    assert (refusal.code if refusal else None) == code


@pytest.mark.parametrize(
    ("status", "value", "expected"),
    [
        ("normal", Decimal("60"), "passed"),
        ("normal", Decimal("0"), "failed"),
        ("normal", None, "missing"),
        ("absent", None, "absent"),
        ("breach", Decimal("90"), "held"),
        ("cancelled", Decimal("90"), "cancelled"),
    ],
)
def test_a_mark_counts_only_while_its_status_is_normal(status, value, expected):
    assert subject_outcome(status, value) == expected


def entries(*values):
    return [EntryFact(person, "normal", Decimal(value)) for person, value in enumerate(values, start=1)]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([], Settlement("waiting")),
        (["60"], Settlement("waiting")),
        (["60", "60.0"], Settlement("settled", "normal", Decimal("60"))),
        (["60", "61"], Settlement("difference")),
        (["60", "61", "61"], Settlement("settled", "normal", Decimal("61"))),
        (["60", "61", "60"], Settlement("settled", "normal", Decimal("60"))),
        (["60", "61", "62"], Settlement("difference")),
    ],
)
def test_two_entries_that_agree_settle_a_mark(made, expected):
    assert settle(entries(*made)) == expected


def test_absent_and_zero_are_a_difference():
    made = [EntryFact(1, "absent", None), EntryFact(2, "normal", Decimal("0"))]
    assert settle(made).state == "difference"


@pytest.mark.parametrize(
    ("person", "made", "code"),
    [(2, ["60"], None), (1, ["60"], "same_person"), (2, ["60", "61"], "same_person"), (3, ["60", "61"], None),
     (3, ["60", "60"], "already_settled")],
)  # fmt: skip
def test_each_entry_is_another_persons(person, made, code):
    refusal = judge_marker(person, entries(*made))
    assert (refusal.code if refusal else None) == code


def test_who_entered_a_mark_does_not_publish_it():
    assert [judge_publisher(1, {1, 2}).code, judge_publisher(3, {1, 2})] == ["same_person", None]


SETTLED = Settlement("settled", "normal", Decimal("80"))


@pytest.mark.parametrize(
    ("subjects", "codes"),
    [
        ({"theory": SubjectFact(SETTLED), "practical": SubjectFact(SETTLED)}, []),
        ({}, ["marks_missing"]),
        ({"theory": SubjectFact(Settlement("waiting")), "practical": SubjectFact(SETTLED)}, ["marks_missing"]),
        ({"theory": SubjectFact(Settlement("difference"))}, ["marks_differ"]),
        ({"theory": SubjectFact(SETTLED, held=True)}, ["result_held"]),
        ({"theory": SubjectFact(Settlement("settled", "breach"))}, ["result_held"]),
    ],
)
def test_results_wait_for_every_mark_and_every_case(subjects, codes):
    assert [item.code for item in judge_publication(subjects)] == codes


def test_a_ticket_number_tells_month_occupation_and_serial():
    number = make_ticket_number(date(2025, 7, 1), occupation="01", serial=42)
    assert (number[:-1], is_ticket_number(number), len(number)) == ("25070100042", True, 12)


def test_the_check_digit_is_damms_own_example():
    assert check_digit("572") == "4"


def test_every_wrong_digit_and_every_swap_is_noticed():
    number = make_ticket_number(date(2025, 7, 1), occupation="02", serial=98765)
    wrong = {number[:at] + str(digit) + number[at + 1 :] for at in range(12) for digit in range(10)}
    swapped = {number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(11)}
    assert [item for item in (wrong | swapped) - {number} if is_ticket_number(item)] == []


@pytest.mark.parametrize("text", ["", "12345", "25130100042" + "0", "２５０７０１０００４２１", "2507010004AB"])
def test_another_text_is_no_ticket_number(text):
    assert not is_ticket_number(text)


@pytest.mark.parametrize(("occupation", "serial"), [("1", 1), ("01", 0), ("01", 100_000), ("AB", 1)])
def test_a_number_that_does_not_fit_is_never_made(occupation, serial):
    with pytest.raises(ValueError, match="ticket number"):
        make_ticket_number(date(2025, 7, 1), occupation=occupation, serial=serial)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-1201, "early"), (-1200, "open"), (-1, "open"), (0, "late"), (1799, "late"), (1800, "closed")],
)
def test_the_door_opens_twenty_minutes_before_and_closes_thirty_after(seconds, expected):
    starts_at = datetime(2025, 7, 12, 9, 0, tzinfo=SHANGHAI)
    assert door_at(starts_at + timedelta(seconds=seconds), starts_at) == expected
