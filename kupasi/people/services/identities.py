"""Registering persons, recognising them again, and settling who is who (rules E8, E9)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal, raise_first
from kupasi.people.models import Candidate, Consent, ConsentText, User
from kupasi.people.rules import judge_phone

from . import persons
from .persons import PersonFacts
from .sessions import end_sessions

CLAUSE = "须知 一"
likenesses: list[Callable[[Candidate], list[str]]] = []
"""Asked why somebody is held for a human; apps above this one add their own when they start."""

HELD = "注册暂时不能在线完成，需要人工核对，请带证件到业务受理点办理，或拨打业务咨询电话。"


@dataclass(frozen=True, slots=True)
class Found:
    """The person at the counter: known already, or new; and whether staff must first judge who it is."""

    candidate: Candidate
    is_new: bool

    @property
    def needs_identity_review(self) -> bool:
        """True while the person resembles somebody who is known by another document (E8)."""
        return self.candidate.needs_identity_review


@transaction.atomic
def register_candidate(by: Act, *, facts: PersonFacts, password: str, text: ConsentText) -> Candidate:
    """Open an account for a person: user, person, document and consent, all or nothing (E8, E9).

    `password` is already hashed (`make_password`): it waits for the phone's code in between. The phone must have been
    proven. A person entered at the counter who has no account and the same name and phone receives it. Refuses with
    `held`, without saying why, when the document or phone belongs to somebody else; and with the person rules' codes.
    """
    judged = persons.judge_person(facts, on=by.on)
    raise_first(judged.reasons)
    if standing(judged.facts) not in (FREE, CLAIMABLE):
        raise Refusal("held", HELD, CLAUSE)
    user = _open_account(facts=judged.facts, password=password, by=by)
    candidate = persons.holder_of(judged.facts) or persons.add_person(by, facts=judged.facts)
    candidate.user = user
    candidate.save(update_fields=["user"])
    Consent.objects.create(user=user, candidate=candidate, text=text, given_at=by.at, address=by.address)
    mine = Act(actor=user, at=by.at, address=by.address)
    record(mine, "account.register", candidate, after={"user": user.pk, "review": candidate.needs_identity_review})
    return candidate


FREE, CLAIMABLE, PHONE_KNOWN, DOCUMENT_KNOWN = "free", "claimable", "phone_known", "document_known"


def standing(facts: PersonFacts) -> str:
    """What stands between judged facts and an account: nothing, a person to be claimed, a known phone or document."""
    if User.objects.filter(phone_index=User.index_of(facts.phone)).exists():
        return PHONE_KNOWN
    holder = persons.holder_of(facts)
    if holder is None:
        return FREE
    same = holder.user_id is None and holder.name == facts.name and holder.phone == facts.phone
    return CLAIMABLE if same else DOCUMENT_KNOWN


@transaction.atomic
def find_or_create_candidate(by: Act, *, facts: PersonFacts) -> Found:
    """The person who holds this document, or a new one: for the counter, where the document was seen (E4, E8).

    Two documents are never merged by guessing: the same name and birth date under another document is a new person
    whose identity staff must settle. Refuses with the person rules' codes, and with `identity_mismatch` when the
    document is known under another name or birth date.
    """
    judged = persons.judge_person(facts, on=by.on)
    raise_first(judged.reasons)
    holder = persons.holder_of(judged.facts)
    if holder is None:
        try:
            with transaction.atomic():
                candidate = persons.add_person(by, facts=judged.facts)
                record(by, "candidate.create", candidate, after={"review": candidate.needs_identity_review})
                return Found(candidate, is_new=True)
        except IntegrityError:  # registered elsewhere at this very moment
            holder = persons.holder_of(judged.facts)
            if holder is None:
                raise
    if (holder.name, holder.birth_date) != (judged.facts.name, judged.facts.birth_date):
        message = "这份证件已登记，但姓名或出生日期与登记不同。请核对证件；确有变更的，先办理信息更正。"
        raise Refusal("identity_mismatch", message, CLAUSE)
    return Found(holder, is_new=False)


def resemblances(person: Candidate) -> list[str]:
    """Every reason why somebody is held, in words."""
    return [words for ask in likenesses for words in ask(person)]


@transaction.atomic
def settle_identity(candidate_id: int, *, by: Act, reason: str) -> Candidate:
    """Staff looked at the documents: this is a person of their own, whatever the resemblance (E8)."""
    candidate = Candidate.objects.select_for_update().get(pk=candidate_id)
    if not candidate.needs_identity_review:
        return candidate
    candidate.needs_identity_review = False
    candidate.save(update_fields=["needs_identity_review"])
    record(by, "candidate.settle_identity", candidate, after={"resembles": candidate.resembles_id}, reason=reason)
    return candidate


@transaction.atomic
def attach_document(candidate_id: int, *, facts: PersonFacts, by: Act, reason: str) -> Candidate:
    """Staff saw both documents of one person: the new one is kept beside the old (E8).

    Refuses with `document_known` when the new document belongs to somebody.
    """
    judged = persons.judge_person(facts, on=by.on)
    raise_first(judged.reasons)
    candidate = Candidate.objects.select_for_update().get(pk=candidate_id)
    holder = persons.holder_of(judged.facts)
    if holder is not None and holder.pk != candidate.pk:
        raise Refusal("document_known", "这份证件已登记在另一人名下，不能加到这里，请先核对两人的资料。", CLAUSE)
    if holder is None:
        document = persons.add_document(by, candidate=candidate, facts=judged.facts)
        record(by, "candidate.attach_document", candidate, after={"document": document.pk}, reason=reason)
    return candidate


@transaction.atomic
def reclaim(candidate_id: int, *, phone: str, by: Act, reason: str) -> Candidate:
    """Give a person back to the owner, who stands at the desk with the document: whoever squats it loses the account.

    The phone given at the desk is kept, so that the owner's own registration finds the person (WB-041).
    """
    judged = judge_phone(phone)
    raise_first(judged.errors)
    candidate = Candidate.objects.select_for_update(of=("self",)).select_related("user").get(pk=candidate_id)
    squatter, candidate.user = candidate.user, None
    candidate.set_phone(judged.normalized)
    candidate.save(update_fields=["user", "phone", "phone_index", "phone_tail"])
    if squatter is not None:
        squatter.is_active = False
        squatter.set_phone("")
        squatter.save(update_fields=["is_active", "phone", "phone_index"])
        end_sessions(squatter, by=by)
    before = {"user": squatter.pk if squatter else None}
    record(by, "candidate.reclaim", candidate, before=before, after={"user": None}, reason=reason)
    return candidate


def _open_account(*, facts: PersonFacts, password: str, by: Act) -> User:
    user = User(username=f"c{secrets.token_hex(8)}", name=facts.name, password=password, date_joined=by.at)
    user.set_phone(facts.phone)
    user.save(force_insert=True)
    user.groups.add(Group.objects.get(name="candidate"))
    return user
