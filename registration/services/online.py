"""A whole application in one call, for the HTTP API: the same steps, the same rules, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from kupasi.acts import Act
from kupasi.people.models import Candidate
from registration.models import Application

from . import applications


@dataclass(frozen=True, slots=True)
class WholeApplication:
    """What is asked for, declared and pledged; `photo` is an image file, None to take the portrait already there."""

    occupation: str
    conditions: Sequence[str | int]
    pledge_version: int | None
    subjects: Sequence[str] | None = None
    education: str = ""
    employer: str | None = None
    needs: str = ""
    photo: bytes | None = None
    gives_up: str = ""


def identity_of(draft: Application, whole: WholeApplication) -> applications.Identity:
    """Step one: what was sent, and what is known where nothing was."""
    person = draft.candidate
    return applications.Identity(
        name=draft.name or person.name,
        education=whole.education or person.education,
        employer=person.employer if whole.employer is None else whole.employer,
        needs=whole.needs,
    )


@transaction.atomic
def apply_at_once(candidate: Candidate, *, by: Act, whole: WholeApplication) -> Application:
    """Fill in all four steps and submit; a refusal leaves nothing behind. Refuses as the steps and `submit` do."""
    draft = applications.start_draft(candidate, by=by)
    applications.save_identity(draft.pk, by=by, identity=identity_of(draft, whole))
    if whole.photo is not None:
        applications.save_photo(draft.pk, by=by, data=whole.photo)
    applications.save_subjects(draft.pk, by=by, occupation=whole.occupation, subjects=whole.subjects)
    applications.save_pledge(draft.pk, by=by, conditions=whole.conditions, pledge_version=whole.pledge_version)
    return applications.submit(draft.pk, by=by, gives_up=whole.gives_up)
