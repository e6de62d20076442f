"""Applying for a retake: only the subjects that are missing, on the passes that are kept (通知 四; rules T1–T7)."""

from __future__ import annotations

from django.db import transaction

from kupasi.acts import Act
from kupasi.people.models import Candidate
from registration.models import Application

from . import applications, drafts
from .online import WholeApplication, identity_of


@transaction.atomic
def start_retake(candidate: Candidate, *, occupation: str, by: Act) -> Application:
    """The person's draft, made one for the missing subjects of an occupation; identity and portrait are taken along.

    Refuses with unknown_occupation, retake_expired, retake_none_passed, retake_nothing_failed, retake_competition,
    result_held, scheme_missing.
    """
    draft = applications.start_draft(candidate, by=by)
    return drafts.save_retake(draft.pk, occupation=occupation, by=by)


@transaction.atomic
def retake_at_once(candidate: Candidate, *, whole: WholeApplication, by: Act) -> Application:
    """A whole retake application in one call; a refusal leaves nothing behind. Refuses as the steps and `submit` do."""
    draft = start_retake(candidate, occupation=whole.occupation, by=by)
    applications.save_identity(draft.pk, by=by, identity=identity_of(draft, whole))
    if whole.photo is not None:
        applications.save_photo(draft.pk, by=by, data=whole.photo)
    applications.save_pledge(draft.pk, by=by, conditions=whole.conditions, pledge_version=whole.pledge_version)
    return applications.submit(draft.pk, by=by)
