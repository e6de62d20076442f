"""Who stands at the counter: found again, or new, never merged by guessing (E4, E8, RR-046)."""

from __future__ import annotations

from datetime import date

import pytest

from kupasi.errors import Refusal
from kupasi.people.enums import Sex
from kupasi.people.models import Candidate, User
from kupasi.people.services import PersonFacts, attach_document, find_or_create_candidate
from tests import builders

pytestmark = pytest.mark.django_db
BIRTH = date(1990, 3, 7)


def facts(**changed: object) -> PersonFacts:
    number = builders.resident_id(BIRTH, seq=111)
    return PersonFacts(
        **({"name": "测试甲", "kind": "resident_id", "number": number, "phone": "13900000001"} | changed)
    )


def passport(**changed: object) -> PersonFacts:
    return facts(kind="passport", number="E87654321", country="FRA", birth_date=BIRTH, sex=Sex.MALE, **changed)


def test_a_new_person_is_written_and_found_again(clerk: User) -> None:
    by = builders.act(clerk)
    first = find_or_create_candidate(by, facts=facts())
    again = find_or_create_candidate(by, facts=facts(name=" 测试甲 ", number=facts().number.lower()))
    assert (first.is_new, again.is_new, first.candidate) == (True, False, again.candidate)
    assert not first.needs_identity_review


def test_another_issue_of_a_permit_is_the_same_person(clerk: User) -> None:
    by = builders.act(clerk)
    permit = {"kind": "hk_macao_permit", "birth_date": BIRTH, "sex": Sex.MALE}
    first = find_or_create_candidate(by, facts=facts(number="H1234567801", **permit))
    again = find_or_create_candidate(by, facts=facts(number="H1234567802", **permit))
    assert first.candidate == again.candidate


def test_the_same_name_and_birth_date_under_another_document_waits_for_review(clerk: User) -> None:
    by = builders.act(clerk)
    known = find_or_create_candidate(by, facts=facts()).candidate
    found = find_or_create_candidate(by, facts=passport())
    assert found.is_new
    assert found.needs_identity_review
    assert found.candidate.resembles == known
    assert Candidate.objects.count() == 2


def test_a_known_document_under_another_name_is_refused(clerk: User) -> None:
    by = builders.act(clerk)
    find_or_create_candidate(by, facts=facts())
    with pytest.raises(Refusal) as refused:
        find_or_create_candidate(by, facts=facts(name="测试乙"))
    assert refused.value.code == "identity_mismatch"


def test_staff_attach_a_second_document_and_find_the_person_by_both(clerk: User) -> None:
    by = builders.act(clerk)
    known = find_or_create_candidate(by, facts=facts()).candidate
    attach_document(known.pk, facts=passport(), by=by, reason="两证核对")
    assert find_or_create_candidate(by, facts=passport()).candidate == known
    assert find_or_create_candidate(by, facts=facts()).candidate == known
    assert known.documents.filter(is_primary=True).count() == 1


def test_a_document_of_somebody_else_is_not_attached(clerk: User) -> None:
    by = builders.act(clerk)
    find_or_create_candidate(by, facts=facts())
    other = builders.a_candidate()
    with pytest.raises(Refusal) as refused:
        attach_document(other.pk, facts=facts(), by=by, reason="两证核对")
    assert refused.value.code == "document_known"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "张3"}, "name_chars"),
        ({"number": "310104199003071111"}, "bad_checksum"),
        ({"phone": "123"}, "phone_format"),
        ({"kind": "passport", "number": "E87654321"}, "birth_date_missing"),
    ],
)
def test_what_is_wrong_is_said(clerk: User, changed: dict[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        find_or_create_candidate(builders.act(clerk), facts=facts(**changed))
    assert refused.value.code == code
