"""The office decides an objection: upheld, and the line ends; lifted, and it goes on where it can (rules E4)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.notices.enums import Channel
from kupasi.notices.services import queue
from kupasi.people.models import Candidate
from registration.enums import LIVE, OPEN, ObjectionOutcome, RosterStatus
from registration.models import Application, Roster, RosterObjection, RosterRow
from registration.services import roster_letters

CLAUSE = "通知 二(二)"
MOST = 200
FILED = (RosterStatus.SUBMITTED, RosterStatus.REVIEWED)


def undecided(roster: Roster) -> QuerySet[RosterObjection]:
    """The objections on a roster that wait for the office, the oldest first."""
    rows = RosterObjection.objects.undecided().filter(row__roster=roster, row__is_current=True)
    return rows.select_related("row__occupation", "row__application").order_by("raised_at", "pk")


def still_paid(roster: Roster) -> QuerySet[Application]:
    """Whose objection was upheld although money is in: their fee is to go back, with which they leave the list."""
    rows = Application.objects.filter(roster_row__roster=roster, status__in=OPEN)
    upheld = RosterObjection.objects.filter(outcome=ObjectionOutcome.UPHELD, row__objected_at__isnull=False)
    return rows.filter(roster_row__in=upheld.values("row"))


@transaction.atomic
def decide_some(
    roster_id: int, rows: Sequence[int], *, outcome: ObjectionOutcome, reason: str, by: Act
) -> list[RosterObjection]:
    """Decide the open objections of these lines, all or none, with one reason; institution and persons are told.

    Refuses with `too_many`, `stale` (one of them has no open objection), `reason_missing`.
    """
    if not reason.strip():
        raise Refusal("reason_missing", "请写明核实经过和理由，本人和机构会看到。", CLAUSE)
    if not rows or len(rows) > MOST:
        raise Refusal("too_many", f"请勾选 1 至 {MOST} 人。", CLAUSE)
    roster = Roster.objects.select_for_update(of=("self",)).get(pk=roster_id)
    lines = RosterRow.objects.select_for_update(of=("self",)).filter(pk__in=rows, roster=roster, is_current=True)
    lines = lines.select_related("roster", "application").order_by("pk")
    found = [_decide(row, outcome=outcome, reason=reason.strip(), by=by) for row in lines]
    if len(found) != len(set(rows)):
        raise Refusal("stale", "所选的人中有的没有待办结的异议，请刷新后重新勾选。", CLAUSE)
    _tell_institution(roster, found, by=by)
    return found


def _decide(row: RosterRow, *, outcome: ObjectionOutcome, reason: str, by: Act) -> RosterObjection:
    objection = RosterObjection.objects.select_for_update().filter(row=row, decided_at=None).first()
    if objection is None:
        raise Refusal("stale", "所选的人中有的没有待办结的异议，请刷新后重新勾选。", CLAUSE)
    objection.outcome, objection.reason = outcome, reason
    objection.decided_at, objection.decided_by = by.at, by.person
    objection.save(update_fields=["outcome", "reason", "decided_at", "decided_by"])
    after = {"row": row.pk, "outcome": outcome.value}
    record(by, "roster.objection_decided", row.roster, before={"row": row.pk}, after=after, reason=reason)
    goes_on = outcome is ObjectionOutcome.LIFTED and _resume(row, objection)
    _tell_person(row, objection, goes_on=goes_on, by=by)
    return objection


def _resume(row: RosterRow, objection: RosterObjection) -> bool:
    """Let the line go on: whoever is on the way stays, whom the objection withdrew is filed again during the review.

    Whether it does: after the review no new person comes onto the order, and another end stays an end.
    """
    row.objected_at = None
    in_review = row.roster.status == RosterStatus.SUBMITTED
    if in_review and row.application_id is not None and row.application_id == objection.ended_id:
        row.application = None  # the sweep makes another as of the roster's own moment
    row.save(update_fields=["objected_at", "application"])
    if row.application is None:
        return in_review and not row.refused_code
    return row.application.status in LIVE


def _tell_institution(roster: Roster, found: Sequence[RosterObjection], *, by: Act) -> None:
    """How many were decided and how; who they are is on the page, not in the letter."""
    first = found[0]
    what = ObjectionOutcome(first.outcome)
    body = (
        f"名单 {roster.number} 的本人异议有 {len(found)} 件已办结：{what.label}。理由：{first.reason}\n"
        "各人的情况见名单页。依据：通知 二(二)。"
    )
    roster_letters.tell(roster, by=by, what=f"objection_decided-{first.pk}", subject="本人异议已办结", body=body)


def _tell_person(row: RosterRow, objection: RosterObjection, *, goes_on: bool, by: Act) -> None:
    """Whoever is registered reads it in a letter and by SMS; everybody reads it where they objected."""
    person = Candidate.objects.filter(documents__number_index=row.number_index).first()
    if person is None:
        return
    queue(
        by,
        key=f"objection-{objection.pk}",
        kind="roster.objection_decided",
        subject="您对团体申报的异议已办结",
        body=words(objection, goes_on=goes_on),
        candidate=person,
        over=(Channel.IN_APP, Channel.EMAIL, Channel.SMS),
        url="/filed/",
        about=row.roster,
    )


def words(objection: RosterObjection, *, goes_on: bool) -> str:
    """The conclusion in a sentence or two, for the person."""
    if objection.outcome == ObjectionOutcome.UPHELD:
        what = "经核实，您的异议成立，这份申报不再办理，您无须缴费。"
    elif goes_on:
        what = "经核实，您的异议不成立，这份申报恢复办理。"
    else:
        what = "经核实，您的异议不成立；名单已审核结束，不能再并入，需要参加的请在下一个申报时间段重新申报。"
    return f"{what}核实经过和理由：{objection.reason}\n如有不同意见，请联系业务受理点。依据：通知 二(二)。"
