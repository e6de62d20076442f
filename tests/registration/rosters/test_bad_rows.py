"""Family RR through every door that takes a person: the roster's file, the sign-up page, the counter (1 March 2026).

One rule answers behind all of them; the table names the code that each door must give for the same fault.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

import pytest
from django.test import Client

from discipline.models import Bar
from exams.enums import EntrySource
from exams.models import Entry
from kupasi import clock
from kupasi.people.enums import DocumentKind
from kupasi.people.models import Candidate, User
from kupasi.people.services import PersonFacts, find_or_create_candidate
from registration.models import Application, RosterRow
from registration.services.rosters import contents, filing, office, signing, take_all
from tests import builders
from tests.exams.retaking import a_part_passed
from tests.people.pages import sign_up_data
from tests.registration.test_application_bad_inputs import BORN, RIGHT, wrong_check

from . import made
from .year_2026 import TODAY, open_window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("march")]
COLUMNS = {
    "name": "姓名",
    "kind": "证件类型",
    "number": "证件号码",
    "phone": "手机",
    "sex": "性别",
    "birth_date": "出生日期",
}
WORDS = {"resident_id": "居民身份证", "passport": "护照", "male": "男", "female": "女"}
WITH_X = next(one for seq in range(1, 99) if (one := builders.resident_id(BORN, seq=seq, area="310104")).endswith("X"))
LEAP = date(2008, 2, 29)
PASSPORT = {"kind": "passport", "country": "USA", "sex": "female", "birth_date": "1990-03-07"}


@pytest.fixture
def march(notice: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 March 2026, within a window."""
    open_window()
    monkeypatch.setattr(clock, "now", lambda: builders.at(TODAY))
    monkeypatch.setattr(clock, "today", lambda: date(2026, 3, 1))


@pytest.fixture
def scribe() -> User:
    return made.a_member(made.an_institution())


def line(given: dict[str, str], **more: str) -> dict[str, str]:
    """The sample as a row: its identity replaced, what it leaves out empty."""
    facts = {
        "name": "测试甲",
        "kind": "resident_id",
        "number": RIGHT,
        "phone": "19900000001",
        "sex": "",
        "birth_date": "",
    }
    typed = facts | given
    return made.line(1) | {COLUMNS[key]: WORDS.get(typed[key], typed[key]) for key in COLUMNS} | more


def judged(scribe: User, *rows: dict[str, str]) -> list[RosterRow]:
    upload = made.judged(made.a_roster(scribe, when=TODAY), rows, when=TODAY)
    return list(RosterRow.objects.filter(upload=upload).order_by("line"))


def of_roster(scribe: User, given: dict[str, str]) -> set[str]:
    return {code for _, code in made.codes(judged(scribe, line(given))[0])}


def of_form(answer: Any) -> set[str]:
    """The codes of a refused form; empty when it was taken."""
    if answer.status_code == 302:
        return set()
    errors = answer.context["form"].errors.as_data()
    return {str(error.code) for several in errors.values() for error in several}


def of_sign_up(given: dict[str, str]) -> set[str]:
    return of_form(
        Client().post("/accounts/signup/", sign_up_data(**{"number": RIGHT, "phone": "19900000001", **given}))
    )


def of_counter(given: dict[str, str]) -> set[str]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    typed = {"act": "enter", "name": "测试甲", "kind": "resident_id", "number": RIGHT, "phone": "19900000001"}
    typed |= {"education": "bachelor", "occupation": "data-annotation", "declared": "on"} | given
    photo = SimpleUploadedFile("a.jpg", builders.photo_bytes(), "image/jpeg")
    return of_form(builders.signed_in(builders.a_user("clerk")).post("/desk/", typed | {"photo": photo}))


REFUSED: dict[str, tuple[dict[str, str], set[str]]] = {
    "RR-001 wrong check character": ({"number": wrong_check(RIGHT)}, {"bad_checksum"}),
    "RR-007 30 February": ({"number": "310104199002300014"}, {"bad_birth_date", "bad_checksum"}),
    "RR-008 born in 2100": ({"number": builders.resident_id(date(2100, 1, 1), seq=1)}, {"bad_birth_date"}),
    "RR-010 no such area": ({"number": builders.resident_id(BORN, seq=1, area="999999")}, {"bad_area"}),
    "RR-011 fifteen digits": ({"number": "310104900307001"}, {"old_number"}),
    "RR-016 a resident's number called passport": (PASSPORT, {"kind_mismatch"}),
    "RR-018 an officer's card": ({"kind": "军官证", "number": "x"}, {"unknown_kind", "invalid_choice"}),
    "RR-019 another sex": ({"sex": "male"}, {"sex_mismatch"}),
    "RR-021 two people in one name": ({"name": "张三\n李四"}, {"name_chars"}),
    "RR-026 markup": ({"name": "<script>alert(1)</script>"}, {"name_chars"}),
    "RR-027 a template": ({"name": "{{7*7}}{% debug %}"}, {"name_chars"}),
    "RR-029 right to left": ({"name": "张\u202e三"}, {"name_chars"}),
    "RR-031 a sign in front": ({"name": "-张三"}, {"name_chars"}),
    "RR-034 a header in the phone": ({"phone": "19900000001\r\nBCC:x"}, {"phone_format"}),
    "neighbour: fifteen years old": ({"number": builders.resident_id(date(2010, 3, 2), seq=5)}, {"too_young"}),
    "neighbour: another birth date": ({"birth_date": "1990-03-08"}, {"birth_date_mismatch"}),
    "neighbour: seventeen characters": ({"number": RIGHT[:17]}, {"bad_length"}),
    "neighbour: letters in the number": ({"number": "31010419900307ABCD"}, {"bad_character"}),
    "neighbour: digits in the name": ({"name": "张三2"}, {"name_chars"}),
    "neighbour: an emoji": ({"name": "张三\U0001f600"}, {"name_chars"}),
    "neighbour: fifty-one characters": ({"name": "张" * 51}, {"name_length"}),
    "neighbour: a formula": ({"name": "=HYPERLINK(1)"}, {"name_chars"}),
    "neighbour: a landline": ({"phone": "021-12345678"}, {"phone_format"}),
    "neighbour: ten digits": ({"phone": "1990000000"}, {"phone_format"}),
    "neighbour: Arabic digits": ({"phone": "١٩٩٠٠٠٠٠٠٠١"}, {"phone_format"}),
    "neighbour: a passport too short": ({**PASSPORT, "number": "E123"}, {"bad_length"}),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_every_door_names_the_same_fault(name: str, scribe: User, caplog: pytest.LogCaptureFixture) -> None:
    given, codes = REFUSED[name]
    with caplog.at_level(logging.DEBUG):
        found = {"roster": of_roster(scribe, given), "sign-up": of_sign_up(given), "counter": of_counter(given)}
    assert {door: told & codes != set() for door, told in found.items()} == dict.fromkeys(found, True), found
    assert not Application.objects.exists()
    assert str(given.get("number", RIGHT)) not in caplog.text


TAKEN: dict[str, tuple[dict[str, str], str, str]] = {
    "RR-003 a small x": ({"number": WITH_X.lower()}, "number", WITH_X),
    "RR-005 invisible in the number": ({"number": RIGHT + "\u200b"}, "number", RIGHT),
    "RR-013 sixteen today": ({"number": builders.resident_id(date(2010, 3, 1), seq=5)}, "birth_date", "2010-03-01"),
    "RR-014 born on a leap day": ({"number": builders.resident_id(LEAP, seq=5)}, "birth_date", "2008-02-29"),
    "RR-023 a dot that looks alike": ({"name": "阿卜杜拉•买买提"}, "name", "阿卜杜拉·买买提"),
    "RR-024 rare hanzi": ({"name": "㐂𠮷龘"}, "name", "㐂𠮷龘"),
    "RR-033 a phone with its country": ({"phone": "+86 199-0000-0001"}, "phone", "19900000001"),
    "neighbour: full width digits": (
        {"number": RIGHT.translate({48 + at: 0xFF10 + at for at in range(10)})}, "number", RIGHT),
    "neighbour: spaces around": ({"name": " 测试甲 ", "number": f" {RIGHT} "}, "name", "测试甲"),
    "neighbour: a name of Latin letters": ({"name": "Anna-Lena O'Neil"}, "name", "Anna-Lena O'Neil"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_only_odd_is_stored_in_its_one_form_by_every_door(name: str, scribe: User) -> None:
    given, field, stored = TAKEN[name]
    (row,) = judged(scribe, line(given))
    assert (made.codes(row), str(getattr(contents(row).values, field))) == ([], stored)
    assert (of_sign_up(given), of_counter(given)) == (set(), set())
    person = Candidate.objects.get()
    kept = person.documents.get().number if field == "number" else str(getattr(person, field))
    assert kept == stored


def test_a_phone_for_twenty_people_is_refused_for_all_of_them(scribe: User) -> None:
    """RR-035."""
    rows = judged(scribe, *(made.line(number, 手机="19900000001") for number in range(1, 21)))
    assert {code for row in rows for _, code in made.codes(row)} == {"phone_shared"}
    assert not any(row.is_valid for row in rows)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"申报职业": "不存在的职业"}, ("occupation", "unknown_occupation")),  # RR-036
        ({"考核科目": "理论,理论"}, ("subjects", "subject_duplicate")),  # RR-038
        ({"考核科目": "口试"}, ("subjects", "unknown_subject")),
        ({"考核类型": "新考", "考核科目": "理论"}, ("subjects", "subjects_incomplete")),
    ],
)
def test_what_is_not_offered_is_named(scribe: User, cells: dict[str, str], expected: tuple[str, str]) -> None:
    (row,) = judged(scribe, line({}, **cells))
    assert (made.codes(row), row.fee) == ([expected], None)


def test_a_fee_and_a_state_in_the_file_are_not_read(scribe: User) -> None:
    """RR-043, RR-044."""
    extra = {"费用": "0.01", "fee": "0.01", "状态": "qualified", "is_paid": "true", "成绩": "100"}
    (row,) = judged(scribe, line({}) | extra)
    assert (row.is_valid, str(row.fee)) == (True, "480.00")
    told = [one["code"] for one in row.upload.findings]
    assert told == ["column_ignored"] * 5
    assert not any(value in row.sealed for value in ("0.01", "qualified"))


def banned(**span: date) -> Candidate:
    """The sample's person under a bar."""
    facts = PersonFacts(name="测试甲", kind=DocumentKind.RESIDENT_ID, number=RIGHT, phone="19900000001")
    person = find_or_create_candidate(builders.act(when="2025-03-01T09:00"), facts=facts).candidate
    Bar.objects.create(candidate=person, source="样例", recorded_at=builders.at("2024-03-01T09:00"), **span)
    return person


def test_a_bar_that_ended_yesterday_refuses_nobody_and_one_that_runs_does(scribe: User) -> None:
    """RR-047."""
    banned(barred_from=date(2024, 3, 1), barred_until=date(2026, 2, 28))
    assert of_roster(scribe, {}) == set()
    Bar.objects.update(barred_until=date(2028, 2, 28))
    assert of_roster(made.a_member(made.an_institution()), {}) == {"not_accepted"}


def test_a_passport_of_somebody_who_looks_like_a_barred_person_waits_for_the_office(scribe: User) -> None:
    """RR-046."""
    banned(barred_from=date(2025, 3, 1), barred_until=date(2028, 2, 28))
    alike = {"kind": "passport", "number": "E87654321", "sex": "female", "birth_date": "1990-03-07"}
    (row,) = judged(scribe, line(alike))
    assert row.is_valid
    roster = handed_in(scribe, row)
    filing.file_some(by=builders.act(None, TODAY))
    assert Application.objects.get().candidate.needs_identity_review
    assert office.to_approve(roster).count() == 0


def retake_of(person: Candidate, scribe: User, *, when: str) -> set[str]:
    """What the institution reads of its own person, listed for the failed part alone."""
    Candidate.objects.filter(pk=person.pk).update(institution=scribe.membership.institution)
    document = {"name": person.name, "number": person.documents.get().number}
    row = line(document, 考核类型="补考", 考核科目="操作技能")
    upload = made.judged(made.a_roster(scribe, when=when), [row], when=when)
    return {code for _, code in made.codes(RosterRow.objects.get(upload=upload))}


@pytest.mark.parametrize(("day", "codes"), [("2027-07-10", set()), ("2027-07-20", {"retake_expired"})])
def test_a_retake_two_years_after_the_pass_is_over(scribe: User, day: str, codes: set[str]) -> None:
    """RR-039."""
    open_window(2027)
    assert retake_of(a_part_passed(), scribe, when=f"{day}T10:00") == codes


def test_who_failed_in_a_competition_does_not_retake(scribe: User) -> None:
    """RR-041."""
    person = a_part_passed()
    Entry.objects.filter(candidate=person).update(source=EntrySource.COMPETITION)
    assert retake_of(person, scribe, when=TODAY) == {"retake_competition"}


def handed_in(scribe: User, row: RosterRow) -> Any:
    """The file taken, the list signed by another and submitted."""
    from tests.registration import lists

    by = builders.act(scribe, TODAY)
    take_all(row.upload_id, by=by)
    approver = builders.act(lists.a_member("institution_approver", scribe.membership.institution), TODAY)
    from registration.services.rosters import portraits

    portraits.keep_content(row.roster, row.number_index, builders.photo_bytes(), by=by)
    signing.sign(row.roster_id, seen=signing.list_hash(row.roster_id), by=approver)
    return signing.submit(row.roster_id, by=approver)
