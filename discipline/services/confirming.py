"""Who confirms a record: the site's head on the day of the sitting, the office for what was found later (S8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from discipline.enums import CaseStatus, Origin, Step
from discipline.models import Case
from discipline.rules import judge_confirmer
from exams.models import Seat
from exams.services.staffing import head_of
from kupasi.acts import Act
from kupasi.errors import Refusal, raise_first
from kupasi.people.models import User
from kupasi.people.roles import has_cell
from kupasi.refusals import RefusalFact

from . import desk


@dataclass(frozen=True, slots=True)
class Confirmer:
    """Where and when it happened, and who is head there that day; `of_a_room` where the record was made on site."""

    of_a_room: bool
    site_id: int = 0
    site: str = ""
    on: date | None = None
    head: User | None = None


def confirmer_of(case: Case) -> Confirmer:
    """The site and day of the sitting that the case is about, with the head entered for them."""
    seat = Seat.objects.select_related("sitting__room__site").filter(pk=case.seat_id or 0).first()
    if seat is None or seat.sitting is None:
        return Confirmer(of_a_room=False)
    sitting = seat.sitting
    head = head_of(sitting.room.site_id, on=sitting.on)
    return Confirmer(case.origin == Origin.ROOM, sitting.room.site_id, str(sitting.room.site), sitting.on, head)


def judge(case: Case, user: User) -> RefusalFact | None:
    """Whether this person may confirm the record of this case."""
    who = confirmer_of(case)
    fact = judge_confirmer(
        user.pk,
        recorded_by=[pk for pk in (case.recorded_by_id, case.second_by_id) if pk],
        of_a_room=who.of_a_room,
        head=who.head.pk if who.head else None,
        is_office=has_cell(user, "case.open", "Y"),
    )
    if fact is not None and fact.code == "no_site_head":
        return RefusalFact(fact.code, f"{who.site} {who.on} {fact.message}", fact.clause)
    return fact


@transaction.atomic
def confirm(case_id: int, *, by: Act) -> Case:
    """Confirm the record as the head of the site on that day, or as the office what was found later.

    Refuses with `second_recorder_missing`, `same_person`, `no_site_head`, `not_site_head`, `not_office`,
    `wrong_status`.
    """
    case = desk.locked(case_id)
    desk.expect(case, CaseStatus.RECORDED)
    if case.second_by_id is None:
        raise Refusal("second_recorder_missing", "现场记录须由两名工作人员共同完成，请先由第二人签署。", "须知")
    wrong = judge(case, by.person)
    raise_first([wrong] if wrong else [])
    case.confirmed_by = by.person
    desk.move(case, CaseStatus.CONFIRMED, Step.CONFIRMED, by=by)
    return case
