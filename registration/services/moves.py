"""The one way in which an application changes its state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from exams.services import places
from kupasi.acts import Act
from kupasi.audit.services import compose, record, record_many
from kupasi.errors import Refusal
from registration.enums import LIVE, NEXT, ApplicationStatus
from registration.models import Application
from registration.models.applications import ApplicationQuerySet

from . import webhooks

ENDS = frozenset(status for status, following in NEXT.items() if not following)


def lock(application_id: int) -> Application:
    """The application, locked until the caller's transaction ends, with what services ask of it."""
    return _locked(application_id, "candidate", "occupation", "window", "exam_session", "institution")


def lock_draft(application_id: int, among: ApplicationQuerySet | None = None) -> Application:
    """The same without what a draft has not got yet; `among` are the rows that the caller may reach at all."""
    return _locked(application_id, "candidate", "occupation", among=among)


def _locked(application_id: int, *related: str, among: ApplicationQuerySet | None = None) -> Application:
    rows = Application.objects.all() if among is None else among
    return rows.select_for_update(of=("self",)).select_related(*related).get(pk=application_id)


def tell_institution(application: Application, *, by: Act) -> None:
    """Let the system of the institution that filed the person know the new state, if it has asked for that."""
    said = {"application": application.number, "status": application.status}
    webhooks.note(application.institution_id or 0, event="application.status", payload=said, by=by)


def move_to(
    application: Application,
    status: ApplicationStatus,
    *,
    by: Act,
    action: str,
    reason: str = "",
    only: Sequence[str] | None = None,
) -> Application:
    """Move a locked application along `enums.NEXT`, save it whole (or `only` these besides), write the audit line.

    A move out of the live states gives the place back, so that no caller has to think of it. `ended_at` is set by an
    end. Refuses with `wrong_status` for a move that the table does not allow.
    """
    before = ApplicationStatus(application.status)
    if status not in NEXT[before]:
        message = f"这份申报现在是“{before.label}”，不能办理这项操作，请刷新页面查看最新进度。"
        raise Refusal("wrong_status", message)
    application.status = status
    if status in ENDS:
        application.ended_at = by.at
    application.save(update_fields=None if only is None else [*only, "status", "ended_at"])
    if before in LIVE and status not in LIVE and application.exam_session_id:
        places.give_back(application.exam_session_id)
    record(by, action, application, before={"status": before}, after={"status": status}, reason=reason)
    if application.institution_id is not None:
        tell_institution(application, by=by)
    return application


def tell_institutions(applications: Collection[Application], *, by: Act) -> None:
    """The same of many that were moved at once, with a question and a statement for each thousand."""
    grouped = [one for one in applications if one.institution_id is not None]
    news: list[tuple[int, Mapping[str, object]]] = [
        (one.institution_id or 0, {"application": one.number, "status": one.status}) for one in grouped
    ]
    webhooks.note_many(news, event="application.status", by=by)


def conclude_many(ids: Collection[int], *, by: Act) -> int:
    """Confirmed applications come to their end: a handful of questions for however many, one audit line for each."""
    rows = Application.objects.select_for_update().filter(pk__in=ids, status=ApplicationStatus.CONFIRMED)
    found = list(rows.order_by("pk"))
    before, after = ApplicationStatus.CONFIRMED, ApplicationStatus.CONCLUDED
    if after not in NEXT[before] or before not in LIVE or after not in LIVE:
        raise AssertionError("concluding is a move between live states, so that no place is given back")
    done = [one.pk for one in found]
    Application.objects.filter(pk__in=done).update(status=after, ended_at=by.at)
    was, now = {"status": before}, {"status": after}
    record_many([compose(by, "application.concluded", one, before=was, after=now) for one in found])
    for one in found:
        one.status = after
    tell_institutions(found, by=by)
    return len(found)
