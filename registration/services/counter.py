"""The counter: a person who walks in is entered, and submits, in one go (通知 二(二); rules E4)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from exams.models import Occupation
from exams.rules import judge_window
from exams.services.calendar import public_windows
from kupasi.acts import Act
from kupasi.errors import Refusal, raise_first
from kupasi.people.services.identities import find_or_create_candidate
from kupasi.people.services.persons import PersonFacts
from registration.enums import Channel
from registration.models import Application, LateAdmission

from . import applications, facts, shown


@dataclass(frozen=True, slots=True)
class CounterFacts:
    """What the clerk typed: the person, the occupation by its code, and what was said at the desk.

    `declared` means that the person declared each condition and will sign the pledge on the printed form.
    """

    person: PersonFacts
    occupation: str
    declared: bool
    needs: str = ""
    gives_up: bool = False
    certificate_reason: str = ""


@transaction.atomic
def enter(given: CounterFacts, *, photo: bytes | None, by: Act) -> Application:
    """Find or write the person, fill in the application and submit it: all or nothing.

    Without `photo` the latest portrait of the person is taken. Refuses as `find_or_create_candidate`, the steps and
    `submit` do; outside a window with `no_open_window`, naming the next one; and with `not_declared`.
    """
    closed = judge_window(by.at, public_windows())
    raise_first([closed] if closed and not LateAdmission.objects.usable(by.at).exists() else [])
    if not given.declared:
        raise Refusal("not_declared", "请与本人逐条核对申报条件和承诺书，确认后勾选。", "通知 二(一)、须知 一")
    candidate = find_or_create_candidate(by, facts=given.person).candidate
    draft = applications.start_draft(candidate, by=by, channel=Channel.COUNTER)
    person = given.person
    identity = applications.Identity(candidate.name, person.education, person.employer, given.needs)
    applications.save_identity(draft.pk, by=by, identity=identity)
    if photo:
        applications.save_photo(draft.pk, by=by, data=photo)
    else:
        applications.keep_present_photo(draft.pk, by=by)
    chosen = applications.save_subjects(draft.pk, by=by, occupation=given.occupation)
    _declare(chosen, by=by)
    return applications.submit(
        draft.pk,
        by=by,
        gives_up=shown.giving_up_sentence(chosen, on=by.on) if given.gives_up else "",
        certificate_reason=given.certificate_reason,
    )


def _declare(application: Application, *, by: Act) -> None:
    """Every condition and the pledge in force, as the printed form will hold them for signing (rules E2, E3)."""
    occupation: Occupation | None = application.occupation
    texts = [item.text for item in occupation.conditions.filter(is_active=True)] if occupation else []
    pledge = facts.pledge_text(by.on)
    applications.save_pledge(application.pk, by=by, conditions=texts, pledge_version=pledge.version if pledge else None)
