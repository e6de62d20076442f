"""A person's own data: see, copy, erase; and the list by which a restored backup is brought to the same state.

Erasing takes away at once whatever no duty keeps, and closes the account; the retention job takes the rest when its
time is over. Rows stay where others refer to them, without anything that says who it was (rules section 10).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import ProtectedError

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.crypto import blind_index
from kupasi.people.models import Candidate, ErasedPerson, User
from kupasi.people.privacy import CLAUSE, Duty, Section, sections
from kupasi.people.signals import text_wanted

from . import erased_list
from .sessions import end_sessions

ERASED = "已删除"
NO_DAY = date(1900, 1, 1)
CONTACTS = ("email", "education", "employer", "postal_address")
DONE = "您的个人资料已按您的申请删除，依规定须留存的部分到期后自动删除，账号已关闭。"


def key_of(candidate_id: int, created_at: datetime) -> str:
    """The keyed hash under which an erased person is listed; numbers come again after a restore, moments do not."""
    return blind_index("erased", f"{candidate_id}|{int(created_at.timestamp() * 1_000_000)}")


def duties_of(candidate: Candidate, *, on: date) -> list[Duty]:
    """What must be kept of a person on a day, and why."""
    return [duty for section in sections.values() for duty in section.duties(candidate, on)]


def obstacles_of(candidate: Candidate) -> list[str]:
    """What is under way and has to end first, in sentences."""
    return [text for section in sections.values() if (text := section.obstacle(candidate))]


def refuse_open_matters(candidate: Candidate) -> None:
    """Refuse with `matter_open` while something is under way."""
    open_matters = obstacles_of(candidate)
    if open_matters:
        raise Refusal("matter_open", "".join(open_matters), CLAUSE)


@transaction.atomic
def reveal_own(candidate: Candidate, *, by: Act) -> list[tuple[Section, list[Any]]]:
    """Everything held about oneself, whole; the look is recorded."""
    record(by, "privacy.reveal_own", candidate)
    return held(candidate)


def held(candidate: Candidate) -> list[tuple[Section, list[Any]]]:
    """Everything that the apps hold about a person, section by section; empty sections are left out."""
    found = [(section, section.records(candidate)) for section in sections.values()]
    return [(section, records) for section, records in found if records]


@transaction.atomic
def clear_contacts(candidate_id: int, *, by: Act) -> Candidate:
    """Remove at once what nobody needs to keep: e-mail, education, employer, address; the phone signs one in."""
    candidate = Candidate.objects.select_for_update().get(pk=candidate_id)
    changed = [name for name in CONTACTS if getattr(candidate, name)]
    if changed:
        _blank(candidate, changed)
        record(by, "privacy.clear_contacts", candidate, after={"fields": changed})
    return candidate


@transaction.atomic
def erase(candidate_id: int, *, by: Act, reason: str = "") -> ErasedPerson:
    """Take away what no duty keeps, close the account, and list the person as erased; again is harmless.

    Refuses `matter_open` while an application, an exam or a certificate to be collected is under way.
    """
    candidate = Candidate.objects.select_for_update().get(pk=candidate_id)
    if not ErasedPerson.objects.filter(key=key_of(candidate.pk, candidate.created_at)).exists():
        refuse_open_matters(candidate)
        if candidate.phone:
            text_wanted.send(sender=Candidate, phone=candidate.phone, text=DONE)
    return _erase(candidate, by=by, reason=reason)


@transaction.atomic
def erase_again(candidate_id: int, *, by: Act) -> ErasedPerson:
    """Erase somebody who was erased before: the rest when its time is over, or all of it after a restored backup."""
    return _erase(Candidate.objects.select_for_update().get(pk=candidate_id), by=by, reason="")


def _erase(candidate: Candidate, *, by: Act, reason: str) -> ErasedPerson:
    listed, is_new = ErasedPerson.objects.get_or_create(
        key=key_of(candidate.pk, candidate.created_at), defaults={"erased_at": by.at}
    )
    if listed.finished_at is not None and candidate.name == ERASED:
        return listed
    cleared = clear_sections(candidate, by=by) + sum(one.erase(candidate, by) for one in sections.values())
    cleared += forget_photos(candidate)
    _close_account(candidate, by=by)
    _blank(candidate, [*CONTACTS, "phone", "phone_index", "phone_tail"])
    left = duties_of(candidate, on=by.on)
    if not left:
        forget_core(candidate)
        listed.finished_at = by.at
        listed.save(update_fields=["finished_at"])
    if is_new or cleared or not left:
        after = {"cleared": cleared, "left": len(left)}
        record(by, "privacy.erase", candidate, after=after, reason=reason)
    transaction.on_commit(erased_list.keep)
    return listed


def clear_sections(candidate: Candidate, *, by: Act) -> int:
    """Let every app remove what is past its time on the day of the act."""
    return sum(section.clear(candidate, by) for section in sections.values())


def forget_core(candidate: Candidate) -> None:
    """Who it was: name, birth date, documents. What others refer to stays as an empty row."""
    candidate.name, candidate.birth_date = ERASED, NO_DAY
    candidate.needs_identity_review, candidate.resembles = False, None
    candidate.save(update_fields=["name", "birth_date", "needs_identity_review", "resembles"])
    Candidate.objects.filter(resembles=candidate).update(resembles=None, needs_identity_review=False)
    Candidate.objects.filter(merged_into=candidate).update(name=ERASED, birth_date=NO_DAY)
    for document in candidate.documents.all():
        document.number, document.number_tail, document.country = "", "", ""
        document.number_index = blind_index("erased-document", str(document.pk))
        document.save(update_fields=["number", "number_tail", "country", "number_index"])
    candidate.consents.update(address="")
    if candidate.user is not None:
        User.objects.filter(pk=candidate.user.pk).update(name=ERASED)


def _close_account(candidate: Candidate, *, by: Act) -> None:
    user = User.objects.select_for_update().filter(pk=candidate.user_id or 0).first()
    if user is None or not (user.is_active or user.phone):
        return
    user.is_active, user.email = False, ""
    user.set_phone("")
    user.set_unusable_password()
    user.save(update_fields=["is_active", "email", "phone", "phone_index", "password"])
    end_sessions(user, by=by)
    user.api_tokens.all().delete()
    user.signed_in.update(address="")
    Authenticator.objects.filter(user=user).delete()
    candidate.user = user


def _blank(candidate: Candidate, names: list[str]) -> None:
    for name in names:
        setattr(candidate, name, "")
    candidate.save(update_fields=names)


def forget_photos(candidate: Candidate) -> int:
    """Pictures that no application, entry or certificate shows any more."""
    gone = 0
    for photo in candidate.photos.all():
        name, storage = photo.file.name, photo.file.storage
        try:
            with transaction.atomic():
                photo.delete()
        except ProtectedError:  # still part of something that must be kept
            continue
        gone += 1
        transaction.on_commit(lambda name=name, storage=storage: storage.delete(name))  # type: ignore[misc]
    return gone
