"""The people of a roster and how far each is: for the institution's pages, its export and the API (rules E9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.people.masking import mask_document
from registration.enums import ApplicationStatus, RosterStatus
from registration.models import Application, ReturnedItem, Roster, RosterRow
from registration.rules.roster_people import NEUTRAL
from registration.services.exports import text_workbook
from registration.services.office_letters import moment

from .contents import contents

HEAD = ("班级", "姓名", "证件号码", "申报编号", "职业", "类型", "费用（元）", "状态", "说明")
FILED = frozenset({RosterStatus.SUBMITTED, RosterStatus.REVIEWED})
TONES = {
    ApplicationStatus.APPROVED: "warn",
    ApplicationStatus.RETURNED: "warn",
    ApplicationStatus.CONFIRMED: "good",
    ApplicationStatus.CONCLUDED: "good",
    ApplicationStatus.SUBMITTED: "info",
}


@dataclass(frozen=True, slots=True)
class PersonState:
    """One line of a roster as its institution may know it; `code` is the state's own, `words` say it."""

    row: RosterRow
    application: Application | None
    code: str
    words: str
    tone: str = "neutral"
    note: str = ""


def listed(roster: Roster) -> list[PersonState]:
    """Everybody on the list, class by class; two questions, however many they are."""
    return states_of(roster, rows_of(roster))


def rows_of(roster: Roster) -> QuerySet[RosterRow]:
    """The lines of the list, class by class."""
    rows = RosterRow.objects.current().filter(roster=roster).select_related("occupation", "application")
    waits = Prefetch("application__returned_items", ReturnedItem.objects.filter(resolved_at=None).order_by("pk"))
    return rows.prefetch_related(waits).order_by("class_name", "upload", "line")


def states_of(roster: Roster, rows: Iterable[RosterRow]) -> list[PersonState]:
    """How far some lines of the list are."""
    is_filed = roster.status in FILED
    return [_state(one, is_filed=is_filed) for one in rows]


def _state(row: RosterRow, *, is_filed: bool) -> PersonState:
    """A row that the office looks at first is told like any that waits: nothing shows that it was held."""
    application = row.application
    if application is not None:
        status = ApplicationStatus(application.status)
        return PersonState(
            row, application, status.value, status.label, TONES.get(status, "neutral"), _why(application)
        )
    if row.objected_at is not None:
        return PersonState(row, None, "objected", "本人异议，已停办", "bad")
    if row.refused_code:
        last = row.findings[-1] if row.findings else NEUTRAL.as_dict()
        return PersonState(row, None, "not_accepted", "未受理", "bad", f"{last['message']}{last.get('fix', '')}")
    return PersonState(row, None, "pending", "待受理" if is_filed else "未提交", "neutral")


def _why(application: Application) -> str:
    """What the office wrote of somebody sent back or not accepted, and until when to correct it."""
    if application.status == ApplicationStatus.REJECTED:
        return application.review_reason
    if application.status != ApplicationStatus.RETURNED:
        return ""
    parts = "；".join(f"{one.get_step_display()}：{one.reason}" for one in application.returned_items.all())
    until = moment(application.correct_until) if application.correct_until else "截止日"
    return f"{parts}。请通知本人在 {until} 前登录补正。"


def workbook(roster: Roster) -> bytes:
    """The same as an xlsx with masked numbers, every cell text (matrix: export.masked)."""
    lines = []
    for one in listed(roster):
        number = mask_document(contents(one.row).values.number)
        lines.append((
            one.row.class_name, one.row.name, number, (one.application.number or "") if one.application else "",
            str(one.row.occupation or ""), one.row.get_kind_display(), str(one.row.fee or ""), one.words, one.note,
        ))  # fmt: skip
    return text_workbook(HEAD, lines)


@transaction.atomic
def whole_number(application: Application, *, by: Act, reason: str) -> str:
    """The whole number of the document that an application was filed with; the look is recorded (section 10)."""
    record(by, "candidate.reveal", application.candidate, after={"application": application.pk}, reason=reason)
    document = application.document
    return f"{document.get_kind_display()} {document.number}" if document is not None else ""
