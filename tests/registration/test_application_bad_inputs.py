"""Whole applications of people whose particulars are wrong, odd or just at the edge, on 1 March 2026 (families RR)."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

import pytest

from discipline.models import Bar
from exams.enums import PlanStatus
from exams.models import Plan, Window
from exams.rules import notice_plan
from exams.rules.calendar import plan_by_pattern
from kupasi.errors import Refusal, Refusals
from kupasi.people.enums import DocumentKind, Sex
from kupasi.people.models import Candidate, IdentityDocument
from kupasi.people.services import PersonFacts, find_or_create_candidate
from registration.enums import ApplicationStatus
from registration.models import Application
from tests.builders import act, an_application, at, resident_id

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("year_2026")]
TODAY = "2026-03-01T10:00"
BORN = date(1990, 3, 7)
RIGHT = resident_id(BORN, seq=12)


@pytest.fixture
def year_2026(notice: None) -> None:
    """The plan of 2026 by the notice's pattern, published."""
    plan = Plan.objects.create(year=2026, status=PlanStatus.PUBLISHED, published_at=at("2026-01-01T08:00"))
    Window.objects.bulk_create(
        Window(plan=plan, opens_on=one.opens_on, closes_on=one.closes_on, exam_month=one.exam_month)
        for one in plan_by_pattern(2026, notice_plan())
    )


def wrong_check(number: str) -> str:
    """The same number with another last character."""
    return number[:-1] + ("0" if number[-1] != "0" else "1")


def apply(**other: Any) -> Application:
    """Enter a person and apply for 人工智能数据标注."""
    facts = {"name": "测试甲", "kind": DocumentKind.RESIDENT_ID, "number": RIGHT, "phone": "19900000001", **other}
    person = find_or_create_candidate(act(when=TODAY), facts=PersonFacts(**facts)).candidate
    return an_application(person, when=TODAY)


def codes(refusal: Refusal) -> set[str]:
    return {fact.code for fact in refusal.facts} if isinstance(refusal, Refusals) else {str(refusal.code)}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "wrong check character": ({"number": wrong_check(RIGHT)}, "bad_checksum"),
    "30 February": ({"number": resident_id(BORN, seq=1).replace("19900307", "19900230")}, "bad_birth_date"),
    "born in 2100": ({"number": resident_id(date(2100, 1, 1), seq=1)}, "bad_birth_date"),
    "born tomorrow": ({"number": resident_id(date(2026, 3, 2), seq=1)}, "bad_birth_date"),
    "no such area": ({"number": resident_id(BORN, seq=1, area="999999")}, "bad_area"),
    "fifteen digits": ({"number": "310104900307001"}, "old_number"),
    "a resident number called passport": ({"kind": "passport", "country": "USA", "sex": Sex.MALE,
                                           "birth_date": BORN}, "kind_mismatch"),
    "an officer's card": ({"kind": "军官证", "number": "x"}, "unknown_kind"),
    "another sex": ({"sex": Sex.MALE}, "sex_mismatch"),
    "another birth date": ({"birth_date": date(1990, 3, 8)}, "birth_date_mismatch"),
    "letters in the number": ({"number": "31010419900307ABCD"}, "bad_character"),
    "full width spaces only": ({"number": "\u3000\u3000"}, "bad_length"),
    "too long": ({"number": RIGHT + "1"}, "bad_length"),
    "two people in one name": ({"name": "张三\n李四"}, "name_chars"),
    "markup": ({"name": "<script>alert(1)</script>"}, "name_chars"),
    "a template": ({"name": "{{7*7}}{% debug %}"}, "name_chars"),
    "right to left": ({"name": "张\u202e三"}, "name_chars"),
    "a formula": ({"name": "=1+1"}, "name_chars"),
    "a sign in front": ({"name": "-张三"}, "name_chars"),
    "a quoted query": ({"name": "'; DROP TABLE x;--"}, "name_chars"),
    "nothing": ({"name": "   "}, "name_length"),
    "a header in the phone": ({"phone": "19900000001\r\nBCC:x"}, "phone_format"),
    "a landline": ({"phone": "021-12345678"}, "phone_format"),
    "an Arabic phone": ({"phone": "١٩٩٠٠٠٠٠٠٠١"}, "phone_format"),
    "fifteen years old": ({"number": resident_id(date(2010, 3, 2), seq=5)}, "too_young"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused_and_nobody_applies(name: str, caplog: pytest.LogCaptureFixture) -> None:
    other, code = REFUSED[name]
    with caplog.at_level(logging.DEBUG), pytest.raises(Refusal) as caught:
        apply(**other)
    assert code in codes(caught.value)
    assert not Application.objects.filter(status=ApplicationStatus.SUBMITTED).exists()
    assert str(other.get("number", RIGHT)) not in caplog.text


TAKEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "sixteen today": ({"number": resident_id(date(2010, 3, 1), seq=5)}, "birth_date", "2010-03-01"),
    "a leap day's child": ({"number": resident_id(date(2008, 2, 29), seq=5)}, "birth_date", "2008-02-29"),
    "a dot that looks alike": ({"name": "阿卜杜拉•买买提"}, "name", "阿卜杜拉·买买提"),
    "rare hanzi": ({"name": "㐂𠮷龘"}, "name", "㐂𠮷龘"),
    "a phone with its country": ({"phone": "+86 199-0000-0001"}, "phone", "19900000001"),
    "invisible in the number": ({"number": RIGHT + "\u200b"}, "sex", "female"),
    "full width digits": ({"number": RIGHT.translate({48 + n: 0xFF10 + n for n in range(10)})}, "sex", "female"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_only_odd_is_stored_in_its_one_form(name: str) -> None:
    other, field, stored = TAKEN[name]
    application = apply(**other)
    assert str(getattr(Candidate.objects.get(pk=application.candidate_id), field)) == stored
    assert "\u200b" not in IdentityDocument.objects.get(candidate=application.candidate).number


def test_a_small_x_is_the_same_person_as_a_capital_one() -> None:
    number = next(one for seq in range(1, 99) if (one := resident_id(BORN, seq=seq)).endswith("X"))
    first = apply(number=number.lower())
    assert IdentityDocument.objects.get(candidate=first.candidate).number == number
    with pytest.raises(Refusal) as caught:
        apply(number=number)
    assert codes(caught.value) == {"duplicate_application"}


def test_a_passport_of_somebody_who_looks_alike_waits_for_a_person() -> None:
    first = apply()
    facts = {"kind": "passport", "number": "E87654321", "country": "USA", "sex": Sex.FEMALE, "birth_date": BORN}
    second = apply(**facts)
    assert second.candidate_id != first.candidate_id
    assert Candidate.objects.get(pk=second.candidate_id).needs_identity_review


def test_a_bar_that_ended_yesterday_refuses_nobody() -> None:
    facts = PersonFacts(name="测试甲", kind=DocumentKind.RESIDENT_ID, number=RIGHT, phone="19900000001")
    person = find_or_create_candidate(act(when=TODAY), facts=facts).candidate
    ended = {"barred_from": date(2024, 3, 1), "barred_until": date(2026, 2, 28)}
    Bar.objects.create(candidate=person, source="样例", recorded_at=at("2024-03-01T09:00"), **ended)
    assert an_application(person, when=TODAY).status == ApplicationStatus.SUBMITTED
