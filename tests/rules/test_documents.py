"""Identity documents (rules 3 'Documents', E8); every number here is made up, with a right check character."""

from __future__ import annotations

from datetime import date

import pytest

from kupasi.people.enums import DocumentKind, Sex
from kupasi.people.rules import check_character, document_kind_named, identity_key, judge_document

ON = date(2026, 3, 1)


def number(area: str, born: str, seq: int) -> str:
    """A made-up 18-character number with its right check character."""
    body = f"{area}{born}{seq:03}"
    return body + check_character(body)


GOOD = number("310104", "19900307", 12)
WITH_X = next(item for item in (number("310104", "19900307", seq) for seq in range(100)) if item.endswith("X"))


def codes(kind, text, **columns):
    return [error.code for error in judge_document(kind, text, on=ON, **columns).errors]


def test_the_standards_own_example_has_the_check_character_x():
    assert check_character("11010519491231002") == "X"


def test_a_good_number_tells_birth_date_and_sex():
    answer = judge_document("resident_id", GOOD, on=ON)
    assert (answer.valid, answer.birth_date, answer.sex) == (True, date(1990, 3, 7), Sex.FEMALE)


@pytest.mark.parametrize(
    "text",
    [
        WITH_X.lower(),
        f" {WITH_X} ",
        f"{WITH_X[:6]} {WITH_X[6:14]} {WITH_X[14:]}",
        f"{WITH_X}\u200b",
        f"\ufeff{WITH_X}",
        f"\u202d{WITH_X}\u202c",
        WITH_X.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}),
        f"{WITH_X}\r\n",
        f"{WITH_X[:-1]}ｘ",
    ],
)
def test_a_number_is_stored_in_one_form_however_it_is_pasted(text):
    answer = judge_document("resident_id", text, on=ON)
    assert (answer.valid, answer.normalized) == (True, WITH_X)


BAD_CHECK = GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1")


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("resident_id", BAD_CHECK, ["bad_checksum"]),
        ("resident_id", "310104900307123", ["old_number"]),
        ("resident_id", GOOD[:-1], ["bad_length"]),
        ("resident_id", "", ["bad_length"]),
        ("resident_id", "１" * 5000, ["bad_length"]),
        ("resident_id", "\ufdfa" * 400, ["bad_length"]),
        ("resident_id", "31010A" + GOOD[6:], ["bad_character"]),
        ("resident_id", "X" + GOOD[1:], ["bad_character"]),
        ("resident_id", "٣" + GOOD[1:], ["bad_character"]),
        ("resident_id", GOOD[:9] + "\n" + GOOD[10:], ["bad_character"]),
        ("resident_id", number("310104", "19900230", 1), ["bad_birth_date"]),
        ("resident_id", number("310104", "20230229", 1), ["bad_birth_date"]),
        ("resident_id", number("310104", "21000101", 1), ["bad_birth_date"]),
        ("resident_id", number("310104", "20260302", 1), ["bad_birth_date"]),
        ("resident_id", number("310104", "18991231", 1), ["bad_birth_date"]),
        ("resident_id", number("310104", "00000000", 1), ["bad_birth_date"]),
        ("resident_id", number("999999", "19900307", 1), ["bad_area"]),
        ("resident_id", number("000000", "19900307", 1), ["bad_area"]),
        ("resident_id", number("810000", "19900307", 1), ["bad_area"]),
        ("hk_macao_residence", number("830000", "19900307", 1), ["bad_area"]),
        ("hk_macao_residence", GOOD, ["bad_area"]),
        ("taiwan_residence", number("820000", "19900307", 1), ["bad_area"]),
        ("taiwan_residence", "830000900307123", ["old_number"]),
        ("foreign_permanent", GOOD, ["bad_character"]),
        ("foreign_permanent", "ABCD12345678901", ["bad_character"]),
        ("foreign_permanent", "ABC12345", ["bad_length"]),
        ("hk_macao_permit", "A12345678", ["bad_character"]),
        ("hk_macao_permit", "H1234567", ["bad_length"]),
        ("hk_macao_permit", "H123456780", ["bad_length"]),
        ("taiwan_permit", "1234567A", ["bad_character"]),
        ("taiwan_permit", "123456789", ["bad_length"]),
        ("passport", "E123", ["bad_length"]),
        ("passport", "E" * 21, ["bad_length"]),
        ("passport", "E1234-567", ["bad_character"]),
        ("passport", GOOD, ["kind_mismatch"]),
        ("军官证", "x", ["unknown_kind"]),
        ("", GOOD, ["unknown_kind"]),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(kind, text, expected):
    assert codes(kind, text) == expected


@pytest.mark.parametrize(
    ("kind", "text", "normalized"),
    [
        ("resident_id", number("310104", "20260301", 1), None),
        ("resident_id", number("441900", "20080229", 5), None),
        ("hk_macao_residence", number("810000", "19900307", 1), None),
        ("hk_macao_residence", number("820000", "19900307", 1), None),
        ("taiwan_residence", number("830000", "19900307", 1), None),
        ("foreign_permanent", number("931840", "19900307", 1), None),
        ("foreign_permanent", "can310180010101", "CAN310180010101"),
        ("hk_macao_permit", "h12345678", "H12345678"),
        ("hk_macao_permit", "M1234567802", "M1234567802"),
        ("taiwan_permit", "12345678", "12345678"),
        ("taiwan_permit", "1234567801", "1234567801"),
        ("passport", "e 8765 4321", "E87654321"),
    ],
)
def test_each_kind_of_document_is_accepted(kind, text, normalized):
    answer = judge_document(kind, text, on=ON)
    assert (answer.valid, answer.normalized) == (True, normalized or text)


def test_two_wrong_things_are_told_together():
    assert codes("resident_id", "99" + BAD_CHECK[2:]) == ["bad_area", "bad_checksum"]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"birth_date": date(1990, 3, 7), "sex": Sex.FEMALE}, []),
        ({"birth_date": date(1990, 3, 8)}, ["birth_date_mismatch"]),
        ({"sex": Sex.MALE}, ["sex_mismatch"]),
        ({"birth_date": date(1991, 3, 7), "sex": Sex.MALE}, ["birth_date_mismatch", "sex_mismatch"]),
        ({"birth_date": date(2026, 3, 2)}, ["bad_birth_date"]),
    ],
)
def test_a_column_that_contradicts_the_number_is_an_error(columns, expected):
    assert codes("resident_id", GOOD, **columns) == expected


def test_a_passport_says_nothing_about_birth_date_or_sex():
    answer = judge_document("passport", "E87654321", on=ON, birth_date=date(1990, 3, 7), sex=Sex.MALE)
    assert (answer.valid, answer.birth_date, answer.sex) == (True, None, None)


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        (DocumentKind.HK_MACAO_PERMIT, "H1234567801", "h1234567802"),
        (DocumentKind.TAIWAN_PERMIT, "1234567801", "12345678"),
        (DocumentKind.RESIDENT_ID, WITH_X.lower(), WITH_X),
    ],
)
def test_one_person_is_recognised_across_issues_of_a_document(kind, first, second):
    assert identity_key(kind, first) == identity_key(kind, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            identity_key(DocumentKind.HK_MACAO_PERMIT, "H12345678"),
            identity_key(DocumentKind.HK_MACAO_PERMIT, "M12345678"),
        ),
        (identity_key(DocumentKind.TAIWAN_PERMIT, "12345678"), identity_key(DocumentKind.PASSPORT, "12345678")),
        (
            identity_key(DocumentKind.PASSPORT, "E1234567", country="CAN"),
            identity_key(DocumentKind.PASSPORT, "E1234567", country="USA"),
        ),
    ],
)
def test_different_documents_are_different_keys(first, second):
    assert first != second


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("居民身份证", DocumentKind.RESIDENT_ID),
        (" 身份证 ", DocumentKind.RESIDENT_ID),
        ("台胞证", DocumentKind.TAIWAN_PERMIT),
        ("PASSPORT", DocumentKind.PASSPORT),
        ("军官证", None),
        ("", None),
    ],
)
def test_a_kind_is_found_by_its_usual_names(words, expected):
    assert document_kind_named(words) == expected
