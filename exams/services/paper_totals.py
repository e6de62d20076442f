"""Control totals: what a marker counted on the paper, compared with what was typed and with what was settled (M3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Sum

from exams.enums import EntryStatus, SittingStatus
from exams.models import Mark, MarkEntry, PaperTotal, Seat, Sitting
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.models import User

CLAUSE = "本单位规定：评分与双人录入"
MOST = Decimal("9999999.9")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the paper says against what is stored; `what` names the stored side."""

    stated: PaperTotal
    papers: int
    total: Decimal
    what: str

    @property
    def agrees(self) -> bool:
        """Count and sum are the same."""
        return (self.stated.papers, self.stated.total) == (self.papers, self.total)

    @property
    def sentence(self) -> str:
        """Both sides in words."""
        paper = f"纸面 {self.stated.papers} 份、合计 {self.stated.total} 分"
        return f"{self.stated.sitting}：{paper}，{self.what} {self.papers} 份、合计 {self.total:.1f} 分，请核对后更正。"


@transaction.atomic
def state_totals(sitting_id: int, *, papers: int, total: Decimal, by: Act) -> Comparison:
    """Keep what one marker counted on the paper, and say whether it agrees with what the same person typed.

    A later statement replaces the earlier one, which stays in the record. Refuses with `not_yours`, `not_closed`,
    `total_range`.
    """
    sitting = Sitting.objects.select_for_update().get(pk=sitting_id)
    if not sitting.markers.filter(pk=by.person.pk).exists():
        raise Refusal("not_yours", "您没有这一场的录分任务。", CLAUSE)
    if sitting.status != SittingStatus.CLOSED:
        raise Refusal("not_closed", "本场尚未结束到考登记，请稍后录分。", "本单位规定：到考登记")
    if not 0 <= total <= 100 * papers or total != round(total, 1):
        raise Refusal("total_range", "合计应在 0 与份数×100 之间，最多一位小数，请按纸面重新填写。", CLAUSE)
    old = PaperTotal.objects.filter(sitting=sitting, stated_by=by.person).first()
    before = {"papers": old.papers, "total": old.total} if old else {}
    if old is None or before != {"papers": papers, "total": total}:
        row = {"papers": papers, "total": total, "stated_at": by.at}
        old, _ = PaperTotal.objects.update_or_create(sitting=sitting, stated_by=by.person, defaults=row)
        record(by, "mark.totals_stated", old, before=before, after={"papers": papers, "total": total})
    old.sitting = sitting
    return of_marker(old)


def stated_by(sitting: Sitting, marker: User) -> PaperTotal | None:
    """What this marker stated for a sitting, if anything."""
    return PaperTotal.objects.filter(sitting=sitting, stated_by=marker).select_related("sitting").first()


def of_marker(stated: PaperTotal) -> Comparison:
    """A statement against its own author's entries."""
    own = MarkEntry.objects.filter(seat__sitting=stated.sitting_id, entered_by=stated.stated_by_id)
    own = own.exclude(value=None).exclude(seat__entry__status=EntryStatus.CANCELLED)
    sums = own.aggregate(papers=Count("pk"), total=Sum("value"))
    return Comparison(stated, sums["papers"], sums["total"] or Decimal("0.0"), "本人录入")


def not_as_counted(exam_session_id: int) -> list[Comparison]:
    """Statements that differ from the settled marks of their sitting, once every paper there is settled (gate)."""
    stated = PaperTotal.objects.filter(sitting__exam_session=exam_session_id)
    stated = stated.exclude(sitting__status=SittingStatus.CANCELLED).select_related(
        "sitting__subject", "sitting__room__site"
    )
    live = Seat.objects.exclude(entry__status=EntryStatus.CANCELLED)
    rows = list(stated.exclude(Exists(live.filter(sitting=OuterRef("sitting"), mark=None))))
    if not rows:
        return []
    marks = Mark.objects.filter(seat__sitting__in={one.sitting_id for one in rows}).exclude(value=None)
    marks = marks.exclude(seat__entry__status=EntryStatus.CANCELLED)
    sums = marks.order_by().values("seat__sitting").annotate(papers=Count("pk"), total=Sum("value"))
    found = {one["seat__sitting"]: (one["papers"], one["total"]) for one in sums}
    compared = (Comparison(one, *found.get(one.sitting_id, (0, Decimal("0.0"))), "核定") for one in rows)
    return [one for one in compared if not one.agrees]
