"""A marker's ties, the papers they keep from the marker, and declaring them (rules M3; matrix score.enter)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from exams.models import AdmissionTicket, Relation, Seat, Tie
from exams.rules.relations import CLAUSE, PaperFact, Ties, judge_relation
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.models import Institution, User


def ties_of(marker: User) -> Ties:
    """What keeps papers from this person now."""
    institutions = Tie.objects.filter(user=marker, ended_on=None).values_list("institution", flat=True)
    people = Relation.objects.filter(person=marker, ended_at=None).values_list("candidate", flat=True)
    return Ties(marker.pk, marker.institution_id, frozenset(institutions), frozenset(people))


def kept_from(marker: User, seats: QuerySet[Seat]) -> frozenset[int]:
    """The keys of the seats whose papers this marker may not enter; four questions for however many."""
    ties = ties_of(marker)
    rows: Iterable[tuple[int, int, int | None, int | None, int | None]] = seats.order_by().values_list(
        "pk", "entry__candidate", "entry__candidate__user", "entry__institution", "entry__candidate__institution"
    )
    papers = ((pk, PaperFact(who, account, _some(filed, kept))) for pk, who, account, filed, kept in rows)
    return frozenset(pk for pk, paper in papers if judge_relation(paper, ties) is not None)


def judge_seat(seat: Seat, *, marker: User) -> None:
    """Refuse `conflict_of_interest` where this paper is kept from the marker."""
    person = seat.entry.candidate
    paper = PaperFact(person.pk, person.user_id, _some(seat.entry.institution_id, person.institution_id))
    refusal = judge_relation(paper, ties_of(marker))
    if refusal is not None:
        raise Refusal.from_fact(refusal)


@transaction.atomic
def declare(*, words: str, by: Act, institution_id: int | None = None, ticket: str = "") -> Relation | Tie:
    """Declare one's own relation to an institution or, by a ticket's number, to a person; it holds at once.

    Declaring it again changes nothing. Refuses with `reason_missing`, `relation_to_one`, `unknown_ticket`,
    `unknown_institution`.
    """
    if not words.strip():
        raise Refusal("reason_missing", "请简要说明关系，如“曾任教的学校”“亲属”。", CLAUSE)
    if (institution_id is None) == (not ticket.strip()):
        raise Refusal("relation_to_one", "请选择机构，或者填写准考证号，二者填一项。", CLAUSE)
    if institution_id is not None:
        return _to_institution(institution_id, words.strip()[:60], by=by)
    found = AdmissionTicket.objects.filter(number=ticket.strip()).values_list("entry__candidate", flat=True).first()
    if found is None:
        raise Refusal("unknown_ticket", "没有这个准考证号，请核对后重新填写。", CLAUSE)
    standing = Relation.objects.filter(person=by.person, candidate=found, ended_at=None).first()
    if standing is not None:
        return standing
    made = Relation.objects.create(person=by.person, candidate_id=found, words=words.strip()[:100], declared_at=by.at)
    record(by, "relation.declared", made)
    return made


def _to_institution(institution_id: int, words: str, *, by: Act) -> Tie:
    """The same row that the office keeps for everybody who works on an exam day."""
    if not Institution.objects.filter(pk=institution_id).exists():
        raise Refusal("unknown_institution", "没有这个机构，请从列表中选择。", CLAUSE)
    made, is_new = Tie.objects.get_or_create(
        user=by.person, institution_id=institution_id, ended_on=None, defaults={"words": words, "declared_on": by.on}
    )
    if is_new:
        record(by, "relation.declared", made)
    return made


@transaction.atomic
def end(relation_id: int, *, reason: str, by: Act) -> None:
    """End a declared relation, by somebody else. Ending it twice changes nothing. `reason_missing`, `four_eyes`."""
    row = Relation.objects.select_for_update().get(pk=relation_id)
    if row.ended_at is not None:
        return
    if by.person.pk == row.person_id:
        raise Refusal("four_eyes", "本人不能解除自己申报的回避关系，请交由另一位人员办理。", CLAUSE)
    if not reason.strip():
        raise Refusal("reason_missing", "解除回避请写明理由。", CLAUSE)
    row.ended_at, row.ended_by = by.at, by.person
    row.save(update_fields=["ended_at", "ended_by"])
    record(by, "relation.ended", row, reason=reason.strip())


def _some(*institutions: int | None) -> frozenset[int]:
    return frozenset(one for one in institutions if one is not None)
