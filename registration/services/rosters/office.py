"""The office's review of a roster in bulk: the exceptions one by one, then everybody else at once (rules E4, E8).

`filing` has made an application of every row by then; `roster_orders.close_review` ends the review and opens the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet

from exams.services import entries
from kupasi.acts import Act
from kupasi.audit.services import compose, record_many
from kupasi.errors import Refusal
from registration.enums import ApplicationStatus, RosterStatus, Step
from registration.models import Application, Roster, RosterRow
from registration.services import moves, review, roster_letters
from registration.services import office_letters as letters

from . import filing

S = ApplicationStatus
CLAUSE = "通知 二(二)"
MOST_EXCEPTIONS = 200


def lines(roster: Roster) -> QuerySet[RosterRow]:
    """Everybody on a roster that was handed in, class by class, with the application that was made of the row."""
    rows = RosterRow.objects.current().filter(roster=roster)
    return rows.select_related("occupation", "application__candidate").order_by("class_name", "line", "pk")


def exceptional(rows: QuerySet[RosterRow]) -> QuerySet[RosterRow]:
    """Those whom nobody approves in passing: held for their identity, objected to, not accepted by the rules."""
    held = Q(is_held=True) | Q(application__candidate__needs_identity_review=True)
    return rows.filter(held | Q(objected_at__isnull=False) | ~Q(refused_code=""))


def to_approve(roster: Roster) -> QuerySet[Application]:
    """Everybody who waits for a judgement and is no exception."""
    rows = RosterRow.objects.current().filter(roster=roster, application__status=S.SUBMITTED)
    plain = rows.exclude(pk__in=exceptional(rows).values("pk"))
    return Application.objects.filter(roster_row__in=plain)


@transaction.atomic
def approve_rest(roster_id: int, *, seen: int, by: Act) -> int:
    """Approve everybody who waits and is no exception, in one transaction; how many.

    `seen` is the number that the preview showed. Refuses with `wrong_status` (not handed in, or reviewed already) and
    `stale` when the number is another one by now. Nobody of the office has entered them, so four eyes are kept.
    """
    roster = Roster.objects.select_for_update(of=("self",)).get(pk=roster_id)
    _expect_submitted(roster)
    locked = Application.objects.select_for_update(of=("self",)).filter(pk__in=to_approve(roster).values("pk"))
    found = list(locked.order_by("pk"))
    if len(found) != seen:
        raise Refusal("stale", f"现在可以通过的是 {len(found)} 人，与预览时不同，请重新核对后再确认。", CLAUSE)
    Application.objects.filter(pk__in=[one.pk for one in found]).update(
        status=S.APPROVED, reviewed_at=by.at, reviewed_by=by.person, review_reason=""
    )
    before, after = {"status": S.SUBMITTED}, {"status": S.APPROVED, "roster": roster.pk}
    record_many([compose(by, "application.approved", one, before=before, after=after) for one in found])
    for one in found:
        one.status = S.APPROVED
    moves.tell_institutions(found, by=by)
    reached = Application.objects.filter(pk__in=[one.pk for one in found], candidate__user__isnull=False)
    letters.approved_in_group(*reached.select_related("candidate__user", "occupation"), by=by)
    return len(found)


def return_some(roster_id: int, rows: Sequence[int], *, step: Step, reason: str, until: date | None, by: Act) -> int:
    """Send some people back for one part of their application; how many. All or none; refuses as `send_back` does."""
    with transaction.atomic():
        chosen = _chosen(roster_id, rows)
        for row in chosen:
            review.send_back(row.application_id or 0, items={step: reason}, by=by, until=until)
        what = f"{chosen[0].pk}-{int(by.at.timestamp())}"
        roster_letters.returned(chosen[0].roster, len(chosen), what=what, by=by)
    return len(chosen)


def reject_some(roster_id: int, rows: Sequence[int], *, reason: str, by: Act) -> int:
    """Refuse some people for good, also those who are held; how many. All or none; refuses as `reject` does."""
    with transaction.atomic():
        chosen = _chosen(roster_id, rows, held_too=True)
        for row in chosen:
            if row.application_id is not None:
                review.reject(row.application_id, reason=reason, by=by)
            else:
                filing.refuse_row(row.pk, by=by, reason=reason)
    return len(chosen)


def release_some(roster_id: int, rows: Sequence[int], *, gives_up: str, by: Act) -> int:
    """File people whose identity, or whose giving up of kept passes, the office has settled; how many. All or none.

    `gives_up` is the sentence in which a person gave up kept passes (rules T4). Refuses as `filing.release_row` does.
    """
    with transaction.atomic():
        roster = Roster.objects.select_for_update(of=("self",)).get(pk=roster_id)
        _expect_submitted(roster)
        held = RosterRow.objects.current().filter(roster=roster, pk__in=rows, is_held=True)
        keys = list(held.order_by("pk").values_list("pk", flat=True)[:MOST_EXCEPTIONS])
        if not keys or len(keys) != len(set(rows)):
            raise Refusal("stale", "所选的人中有的没有待核对的事项，请刷新后重新勾选。", CLAUSE)
        for pk in keys:
            filing.release_row(pk, by=by, gives_up=gives_up)
    return len(keys)


def without_original(roster: Roster) -> QuerySet[Application]:
    """Whose signed form may be received and is not in yet; nobody whose objection stands."""
    rows = Application.objects.filter(roster_row__roster=roster, roster_row__objected_at=None, original_at=None)
    return rows.filter(status__in=review.TAKES_ORIGINAL).order_by("pk")


@transaction.atomic
def receive_originals(roster_id: int, *, seen: int, by: Act) -> int:
    """The signed forms of a whole roster are in, in one go (须知 一); how many were missing before.

    `seen` is the number that was shown. Refuses with `wrong_status` before the roster is handed in, `stale` when it
    is another number by now. Repeating it with 0 changes nothing.
    """
    roster = Roster.objects.select_for_update(of=("self",)).get(pk=roster_id)
    if roster.status not in {RosterStatus.SUBMITTED, RosterStatus.REVIEWED}:
        raise Refusal("wrong_status", "这份名单还没有提交，不能登记原件。", "须知 一")
    found = list(without_original(roster).select_for_update(of=("self",)))
    if len(found) != seen:
        raise Refusal("stale", f"现在缺原件的是 {len(found)} 人，与页面上的不同，请清点后再确认。", "须知 一")
    Application.objects.filter(pk__in=[one.pk for one in found]).update(original_at=by.at, original_by=by.person)
    after = {"original_at": by.at, "roster": roster.pk}
    record_many([compose(by, "application.original_received", one, after=after) for one in found])
    for one in found:
        if one.entry_id is not None:
            entries.papers_received(one.entry_id, by=by)
    return len(found)


def _chosen(roster_id: int, rows: Sequence[int], *, held_too: bool = False) -> list[RosterRow]:
    roster = Roster.objects.select_for_update(of=("self",)).get(pk=roster_id)
    _expect_submitted(roster)
    if not rows or len(rows) > MOST_EXCEPTIONS:
        raise Refusal("too_many", f"请勾选 1 至 {MOST_EXCEPTIONS} 人。", CLAUSE)
    waiting = Q(application__status=S.SUBMITTED)
    if held_too:
        waiting |= Q(is_held=True, application=None)
    found = list(RosterRow.objects.current().filter(waiting, roster=roster, pk__in=rows).order_by("pk"))
    if len(found) != len(set(rows)):
        raise Refusal("stale", "所选的人中有的不能这样办理，请刷新后重新勾选。", CLAUSE)
    return found


def _expect_submitted(roster: Roster) -> None:
    if roster.status != RosterStatus.SUBMITTED:
        state = RosterStatus(roster.status).label
        raise Refusal("wrong_status", f"这份名单现在是“{state}”，不能再审核。", CLAUSE)
