"""Who a person is: what was typed about somebody, judged once for the web, the counter and the roster (rules 3, E8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q

from kupasi.acts import Act
from kupasi.people.crypto import blind_index
from kupasi.people.enums import DocumentKind, Sex
from kupasi.people.models import Candidate, IdentityDocument, User
from kupasi.people.rules import identity_key, judge_document, judge_name, judge_phone
from kupasi.people.rules.countries import is_country
from kupasi.people.signals import document_added
from kupasi.refusals import RefusalFact

CLAUSE = "通知 二(一)、须知 一"
TAIL = 4  # of a number: what staff type to find somebody


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What was typed about a person. Birth date and sex may be left out where the document's number holds them."""

    name: str
    kind: str
    number: str
    country: str = ""
    birth_date: date | None = None
    sex: Sex | None = None
    phone: str = ""
    email: str = ""
    education: str = ""
    employer: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """The facts in their stored form, and every reason against them as pairs of field and fact."""

    facts: PersonFacts
    errors: tuple[tuple[str, RefusalFact], ...]

    @property
    def reasons(self) -> list[RefusalFact]:
        """The reasons alone, in the order of the fields."""
        return [fact for _, fact in self.errors]


def judge_person(facts: PersonFacts, *, on: date) -> Judged:
    """Normalise what was typed and list what is wrong with it, field by field.

    Codes: those of the document and name rules, `phone_format`, `bad_country`, `birth_date_missing`, `sex_missing`.
    """
    name, phone = judge_name(facts.name), judge_phone(facts.phone)
    document = judge_document(facts.kind, facts.number, on=on, birth_date=facts.birth_date, sex=facts.sex)
    known = replace(
        facts,
        name=name.normalized,
        number=document.normalized,
        country=facts.country.strip().upper() if facts.kind == DocumentKind.PASSPORT else "",
        phone=phone.normalized if facts.phone else "",
        birth_date=facts.birth_date or document.birth_date,
        sex=facts.sex or document.sex,
    )
    errors = [("name", fact) for fact in name.errors]
    errors += [(_field_of(fact), fact) for fact in document.errors]
    errors += [("phone", fact) for fact in phone.errors if facts.phone]
    if known.country and not is_country(known.country):
        message = "没有这个国家或地区代码，请填护照首页上的三个字母，例如 FRA。"
        errors.append(("country", RefusalFact("bad_country", message, CLAUSE)))
    if document.valid:
        errors += _missing(known)
    return Judged(known, tuple(errors))


def number_index(facts: PersonFacts) -> str:
    """The keyed hash of the identity key of judged facts (E8)."""
    key = identity_key(DocumentKind(facts.kind), facts.number, country=facts.country)
    return blind_index(key.group, key.number)


def holder_of(facts: PersonFacts) -> Candidate | None:
    """The person who is known by this document."""
    return Candidate.objects.filter(documents__number_index=number_index(facts)).first()


def look_alike(facts: PersonFacts) -> Candidate | None:
    """Somebody of the same birth date and name, or phone, known by another document: for staff to judge, never merged.

    A passport writes the name in other letters than the ID card: the phone then tells what the name hides (E8).
    """
    if facts.birth_date is None:
        return None
    alike = Q(name=facts.name) | Q(phone_index=User.index_of(facts.phone)) if facts.phone else Q(name=facts.name)
    same = Candidate.objects.filter(alike, birth_date=facts.birth_date)
    return same.exclude(documents__number_index=number_index(facts)).order_by("pk").first()


def add_person(by: Act, *, facts: PersonFacts) -> Candidate:
    """Write the person and the document of judged facts; a look-alike is noted for review (E8)."""
    twin = look_alike(facts)
    candidate = Candidate(
        name=facts.name,
        sex=facts.sex or "",
        birth_date=facts.birth_date or by.on,
        email=facts.email,
        education=facts.education,
        employer=facts.employer,
        created_at=by.at,
        needs_identity_review=twin is not None,
        resembles=twin,
    )
    candidate.set_phone(facts.phone)
    candidate.save(force_insert=True)
    add_document(by, candidate=candidate, facts=facts)
    return candidate


def add_document(by: Act, *, candidate: Candidate, facts: PersonFacts) -> IdentityDocument:
    """Write a document for the person and make it the one in use."""
    candidate.documents.filter(is_primary=True).update(is_primary=False)
    document = IdentityDocument.objects.create(
        candidate=candidate,
        kind=facts.kind,
        number=facts.number,
        number_index=number_index(facts),
        number_tail=facts.number[-TAIL:],
        country=facts.country,
        created_at=by.at,
    )
    document_added.send(IdentityDocument, by=by, document=document, facts=facts)
    return document


def _field_of(fact: RefusalFact) -> str:
    return {"unknown_kind": "kind", "birth_date_mismatch": "birth_date", "sex_mismatch": "sex"}.get(fact.code, "number")


def _missing(facts: PersonFacts) -> Iterator[tuple[str, RefusalFact]]:
    if facts.birth_date is None:
        text = "这种证件的号码不含出生日期，请按证件填写。"
        yield "birth_date", RefusalFact("birth_date_missing", text, CLAUSE)
    if facts.sex is None:
        yield "sex", RefusalFact("sex_missing", "这种证件的号码不含性别，请按证件选择。", CLAUSE)
