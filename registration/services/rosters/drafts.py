"""A roster before it is submitted: begun by a clerk, open to changes, its signature void when anything changes."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from exams.models import Window
from exams.rules.tickets import check_digit
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.models import Institution
from registration.enums import NEXT_ROSTER, RosterStatus
from registration.models import Roster

from .. import webhooks

CLAUSE = "通知 二(二)"
LONGEST_LABEL = 60


def roster_number(pk: int, on: date) -> str:
    """R, two digits of the year, the row's key in seven, a check digit: unique because the key is."""
    body = f"{on:%y}{pk:07}"
    return f"R{body}{check_digit(body)}"


@transaction.atomic
def start_roster(institution: Institution, *, window: Window, by: Act, label: str = "") -> Roster:
    """Begin a list of an institution for a window that is open or still to come.

    Refuses with institution_closed, no_open_window (the window is over, or its plan is not published).
    """
    if not institution.is_active:
        raise Refusal("institution_closed", "本机构的账号已停用，请联系业务受理点。", CLAUSE)
    if not Window.objects.public().filter(pk=window.pk, closes_on__gte=by.on).exists():
        message = "这个申报时间段已经结束或尚未公布，请选择正在开放或即将开放的时间段。"
        raise Refusal("no_open_window", message, "通知 附件1")
    roster = Roster.objects.create(
        institution=institution,
        window=window,
        label=" ".join(label.split())[:LONGEST_LABEL],
        created_at=by.at,
        created_by=by.person,
    )
    roster.number = roster_number(roster.pk, by.on)
    roster.save(update_fields=["number"])
    record(by, "roster.started", roster, after={"institution": institution.pk, "window": window.pk})
    return roster


def lock_draft(roster_id: int) -> Roster:
    """The roster, locked until the caller's transaction ends; refuses with `roster_frozen` once it was submitted."""
    roster = Roster.objects.select_for_update(of=("self",)).select_related("window", "institution").get(pk=roster_id)
    if roster.status not in {RosterStatus.DRAFT, RosterStatus.SIGNED}:
        state = RosterStatus(roster.status).label
        message = f"这份名单现在是“{state}”，不能再修改；需要调整的，请联系业务受理点。"
        raise Refusal("roster_frozen", message, CLAUSE)
    return roster


def move_roster(roster: Roster, status: RosterStatus, *, by: Act, action: str, reason: str = "") -> Roster:
    """Move a locked roster along `enums.NEXT_ROSTER`, save it whole, write the audit line. Refuses `wrong_status`."""
    before = RosterStatus(roster.status)
    if status not in NEXT_ROSTER[before]:
        message = f"这份名单现在是“{before.label}”，不能办理这项操作，请刷新页面查看最新进度。"
        raise Refusal("wrong_status", message, CLAUSE)
    roster.status = status
    roster.save()
    record(by, action, roster, before={"status": before}, after={"status": status}, reason=reason)
    said = {"roster": roster.number, "status": status}
    webhooks.note(roster.institution_id, event="roster.status", payload=said, by=by)
    return roster


def reopen(roster: Roster, *, by: Act) -> Roster:
    """A change of the list makes an existing signature void; the approver signs again. A draft stays as it is."""
    if roster.status != RosterStatus.SIGNED:
        return roster
    roster.signed_at, roster.signed_by, roster.signed_hash = None, None, ""
    return move_roster(roster, RosterStatus.DRAFT, by=by, action="roster.reopened")
