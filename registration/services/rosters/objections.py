"""What an institution filed for a person, looked up by that person, who may object (rules E4, E9).

Whoever asks names a document and a phone; a code goes to the phone. Only who holds both reads anything, and the pages
answer the same whether or not there is something to read.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.crypto import blind_index
from kupasi.people.enums import CodePurpose, DocumentKind
from kupasi.people.models import User
from kupasi.people.rules import identity_key
from kupasi.people.services import check_code, codes
from registration.enums import OPEN, RosterStatus
from registration.models import Application, Roster, RosterObjection, RosterRow
from registration.services import applications

from .signing import tell

CLAUSE = "通知 二(二)"
FILED = (RosterStatus.SUBMITTED, RosterStatus.REVIEWED)
REASON = "本人对团体申报提出异议"
NOTHING = "您用这个手机号查询了团体申报，没有与所填证件和手机号相符的记录。如非本人操作，请忽略。"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, by keyed hashes alone: the document and the phone that the institution wrote down."""

    number_index: str
    phone_index: str

    @classmethod
    def of(cls, *, kind: DocumentKind, number: str, phone: str) -> Asker:
        """From a judged number and a normalised phone."""
        key = identity_key(kind, number)
        return cls(blind_index(key.group, key.number), User.index_of(phone))


def filed_for(asker: Asker) -> QuerySet[RosterRow]:
    """What institutions have handed in for this person under this phone."""
    rows = RosterRow.objects.current().filter(
        number_index=asker.number_index, phone_index=asker.phone_index, roster__status__in=FILED
    )
    related = ("roster__institution", "roster__window", "occupation", "application")
    return rows.select_related(*related).prefetch_related("objections").order_by("-roster__submitted_at")


def ask(by: Act, *, asker: Asker, phone: str) -> str:
    """Send one message to the phone: a code where something was filed, otherwise that there is nothing (E9).

    Refuses with `code_limit`.
    """
    if filed_for(asker).exists():
        return codes.issue_code(by, phone=phone, purpose=CodePurpose.ROSTER)
    return codes.issue_nothing(by, phone=phone, purpose=CodePurpose.ROSTER, text=NOTHING)


def prove(by: Act, *, phone: str, code: str) -> None:
    """Use up the code. Refuses with `code_wrong`, also where none was sent."""
    check_code(by, phone=phone, purpose=CodePurpose.ROSTER, code=code)


@transaction.atomic
def object_to(row_id: int, *, asker: Asker, by: Act) -> RosterRow:
    """Stop what was filed: the row stands still, and an application that is not paid for is withdrawn.

    The institution and the office are told; the office decides it (`deciding`). Repeating it changes nothing.
    Refuses with `not_found` when it is not the asker's.
    """
    if not filed_for(asker).filter(pk=row_id).exists():
        raise Refusal("not_found", "没有找到这条申报，请重新查询。", CLAUSE)
    row = RosterRow.objects.select_for_update(of=("self",)).select_related("roster", "application").get(pk=row_id)
    if row.objected_at is not None:
        return row
    row.objected_at = by.at
    row.save(update_fields=["objected_at"])
    record(by, "roster.objected", row.roster, after={"row": row.pk})
    RosterObjection.objects.create(row=row, raised_at=by.at, ended=_end(row.application, by=by))
    _tell(row.roster, by=by)
    return row


def _end(application: Application | None, *, by: Act) -> Application | None:
    """The application, if this withdrew it; one that is paid for stays until the office has heard the person."""
    if application is None or application.status not in OPEN:
        return None
    try:
        with transaction.atomic():
            return applications.withdraw(application.pk, by=by, reason=REASON)
    except Refusal as refusal:
        if refusal.code != "paid_no_refund":
            raise
    return None


def _tell(roster: Roster, *, by: Act) -> None:
    """The institution hears that somebody objected, not in the letter who; the office has it in its queue."""
    body = (
        f"名单 {roster.number} 中有人对本次申报提出异议，该人员已停办。请在名单页查看带“本人异议”的人员，"
        "并与本人核实；业务受理点核实后作出结论，届时另行通知。依据：通知 二(二)。"
    )
    tell(roster, by=by, what="objected", subject="有人对团体申报提出异议", body=body)
