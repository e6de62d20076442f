"""What a spreadsheet does to numbers and dates: named as lost, never repaired; one slip: shown, never applied."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from kupasi.people.enums import DocumentKind, Sex
from kupasi.people.rules import judge_document
from registration.rules.roster_dates import read_date
from registration.rules.roster_fixes import number_fixes
from registration.rules.roster_types import NumberFix

from .roster_samples import GOOD, TODAY, WITH_X, errors, judged, notes, number, wrong

BORN = date(1990, 3, 7)
AS_FLOAT = float(int(GOOD))


@pytest.mark.parametrize(
    "cell",
    [AS_FLOAT, int(GOOD), 3.1e17, "3.10104E+17", "3.10104199003071E+17", "3.1e17", GOOD[:15] + "000", float("nan"),
     date(1990, 3, 7), True, 31010419900307.0],
    ids=str,
)  # fmt: skip
def test_a_number_that_the_spreadsheet_destroyed_is_named_so(cell):
    answer = judged(number=cell)
    assert errors(answer) == [("number", "number_damaged")]
    assert not answer.values.number.startswith("3101") or answer.values.number.endswith("000")


def test_a_destroyed_number_recognises_nobody():
    assert [judged(number=cell).identity for cell in (AS_FLOAT, "3.1E+17", GOOD[:15] + "000")] == [None, None, None]


def test_a_number_that_really_ends_in_zeros_is_right():
    text = next(one for one in (number(f"3101{area:02}", seq=0) for area in range(1, 30)) if one.endswith("0000"))
    assert errors(judged(number=text)) == []


def test_a_short_permit_kept_as_a_number_may_have_lost_its_zeros():
    change = {"document_kind": "台胞证", "number": 1234567.0, "sex": "男", "birth_date": "1990-03-07"}
    assert errors(judged(**change)) == [("number", "number_not_text")]


def test_a_phone_kept_as_a_number_is_read_and_reported():
    answer = judged(phone=19900000001.0)
    assert (answer.values.phone, errors(answer), notes(answer)) == ("19900000001", [], [("phone", "number_as_text")])


@pytest.mark.parametrize(("cell", "code"), [("1.99E+10", "number_damaged"), (1990000000.0, "phone_format")])
def test_a_phone_that_lost_digits_is_refused(cell, code):
    assert errors(judged(phone=cell)) == [("phone", code)]


@pytest.mark.parametrize("cell", [date(2023, 1, 1), True, "1.2E+05"])
def test_a_class_that_became_a_date_is_lost(cell):
    assert errors(judged(class_name=cell)) == [("class_name", "changed_by_excel")]


WAYS = ["1990-03-07", "1990-3-7", "1990/3/7", "1990.3.7", "1990年3月7日", "1990年03月07", "19900307", 19900307]
WAYS += [19900307.0, "１９９０－０３－０７", " 1990-03-07 ", "1990-03-07 00:00:00", "1990/3/7 0:00"]
WAYS += [date(1990, 3, 7), datetime(1990, 3, 7)]
NO_WAYS = ["90-3-7", "3/7/1990", "1990-02-30", "1990年3-7", 199003.0, 1e300, True, "不详"]
COUNTS = [32939.0, 32939, "32939", date(1900, 1, 5), datetime(1899, 12, 31), 1990.5]


@pytest.mark.parametrize("cell", WAYS, ids=str)
def test_every_usual_way_to_write_a_date_is_understood(cell):
    assert read_date(cell).value == BORN


@pytest.mark.parametrize(
    ("cell", "code"),
    [(cell, "bad_date") for cell in NO_WAYS] + [(cell, "date_damaged") for cell in COUNTS] + [("", "empty")],
)
def test_a_date_that_may_mean_several_days_is_refused(cell, code):
    assert read_date(cell) == (None, code)


def test_the_slips_that_explain_a_wrong_number_are_shown():
    slipped = GOOD[:14] + GOOD[15] + GOOD[14] + GOOD[16:]
    answer = judged(number=slipped, birth_date="1990-03-07", sex="女")
    assert NumberFix(15) in answer.findings[0].fixes
    assert {fix.applied_to(slipped) for fix in answer.findings[0].fixes} >= {GOOD}


@pytest.mark.parametrize("place", range(17))
def test_every_shown_fix_agrees_with_check_character_birth_date_and_sex(place):
    slipped = GOOD[:place] + str((int(GOOD[place]) + 1) % 10) + GOOD[place + 1 :]
    fixes = number_fixes(DocumentKind.RESIDENT_ID, slipped, on=TODAY, birth_date=BORN, sex=Sex.FEMALE)
    answers = [judge_document("resident_id", fix.applied_to(slipped), on=TODAY) for fix in fixes]
    assert GOOD in {answer.normalized for answer in answers}
    assert {(answer.valid, answer.birth_date, answer.sex) for answer in answers} == {(True, BORN, Sex.FEMALE)}


@pytest.mark.parametrize("good", [GOOD, WITH_X, number(seq=101), number("110105", "19491231", 2)])
def test_the_shown_fixes_are_all_there_are(good):
    slipped = wrong(good)
    born = date.fromisoformat(f"{good[6:10]}-{good[10:12]}-{good[12:14]}")
    every = {slipped[:at] + char + slipped[at + 1 :] for at in range(18) for char in "0123456789X"}
    every |= {slipped[:at] + slipped[at + 1] + slipped[at] + slipped[at + 2 :] for at in range(17)}
    right = {one for one in every if judge_document("resident_id", one, on=TODAY, birth_date=born).valid}
    fixes = number_fixes(DocumentKind.RESIDENT_ID, slipped, on=TODAY, birth_date=born)
    assert {fix.applied_to(slipped) for fix in fixes} == right


def test_without_a_stated_birth_date_nothing_is_guessed():
    assert judged(number=wrong(GOOD)).findings[0].fixes == ()


def test_a_fix_is_never_applied():
    answer = judged(number=wrong(GOOD), birth_date="1990-03-07")
    assert (answer.values.number, answer.valid, answer.identity) == (wrong(GOOD), False, None)
