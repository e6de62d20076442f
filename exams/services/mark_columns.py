"""A column of marks at once, pasted or from a workbook: judged by line, written whole or not at all (M1–M3; R13)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from exams.enums import SittingStatus
from exams.models import Mark, MarkEntry, Seat, Sitting
from exams.rules.marks import judge_marker
from exams.services.attendance import live_seats
from kupasi.acts import Act
from kupasi.audit.services import compose, record_many
from kupasi.errors import Refusal
from kupasi.people.models import User

from .marks import ABSENT, CLAUSE, ROUNDS, as_text, fact_of, read_value, settled_mark
from .relations import kept_from

ABSENT_WORDS = frozenset({"缺考", "缺", "q", "Q", ABSENT})
MOST_LINES = 5000


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One line as it came: its number, the ticket's, and the mark exactly as it was typed."""

    number: int
    ticket: str
    typed: str


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What becomes of a line: `new`, `same` (entered before), `blank`, or an error with its code and sentence."""

    line: ColumnLine
    state: str
    seat_id: int = 0
    code: str = ""
    sentence: str = ""

    @property
    def is_wrong(self) -> bool:
        """Not to be taken."""
        return self.state == "error"


@dataclass(frozen=True, slots=True)
class Judged:
    """All lines judged, and the papers that this marker could enter and no line names."""

    answers: tuple[LineAnswer, ...]
    missing: int

    @property
    def wrong(self) -> list[LineAnswer]:
        """The lines in error."""
        return [one for one in self.answers if one.is_wrong]

    @property
    def new(self) -> list[LineAnswer]:
        """The lines that would be entered."""
        return [one for one in self.answers if one.state == "new"]


@dataclass(slots=True)
class _Papers:
    """The papers of a sitting with what was entered, and those kept from the marker: read once for all lines."""

    seats: dict[str, Seat]
    made: Mapping[int, list[MarkEntry]]
    kept: frozenset[int]


def judge_lines(sitting: Sitting, lines: Sequence[ColumnLine], *, marker: User) -> Judged:
    """What would become of each line; nothing is written. The questions are the same for any number of lines."""
    return _judged(_papers(sitting, marker), lines, marker=marker)


@transaction.atomic
def enter_column(sitting_id: int, lines: Sequence[ColumnLine], *, by: Act) -> int:
    """Enter every line, or nothing where one is wrong; how many were entered. Repeating it enters nothing.

    Refuses with `not_yours`, `not_closed`, `too_many_lines`, `lines_wrong` (extra: `lines`).
    """
    sitting = _locked(sitting_id, by=by)
    judged = _judged(_papers(sitting, by.person), lines, marker=by.person)
    if judged.wrong:
        numbers = [one.line.number for one in judged.wrong]
        raise Refusal("lines_wrong", f"有 {len(numbers)} 行不能录入，全部没有保存，请先更正。", CLAUSE, lines=numbers)
    return _write(judged.new, by=by)


@transaction.atomic
def enter_good_lines(sitting_id: int, lines: Sequence[ColumnLine], *, by: Act) -> int:
    """Enter the lines that are right and leave the others, as a second, explicit act; how many were entered."""
    sitting = _locked(sitting_id, by=by)
    return _write(_judged(_papers(sitting, by.person), lines, marker=by.person).new, by=by)


def _locked(sitting_id: int, *, by: Act) -> Sitting:
    """The sitting and its seats, locked as single entries lock them: the seats, in order."""
    sitting = Sitting.objects.get(pk=sitting_id)
    if not sitting.markers.filter(pk=by.person.pk).exists():
        raise Refusal("not_yours", "您没有这一场的录分任务。", CLAUSE)
    if sitting.status != SittingStatus.CLOSED:
        raise Refusal("not_closed", "本场尚未结束到考登记，请稍后录分。", "本单位规定：到考登记")
    list(Seat.objects.select_for_update().filter(sitting=sitting).order_by("pk").values_list("pk", flat=True))
    return sitting


def _papers(sitting: Sitting, marker: User) -> _Papers:
    seats = live_seats(sitting)
    made: dict[int, list[MarkEntry]] = defaultdict(list)
    for one in MarkEntry.objects.filter(seat__sitting=sitting).order_by("seat", "round"):
        made[one.seat_id].append(one)
    tickets = {seat.entry.ticket.number: seat for seat in seats.select_related("entry__ticket") if _has_ticket(seat)}
    return _Papers(tickets, made, kept_from(marker, seats))


def _has_ticket(seat: Seat) -> bool:
    return hasattr(seat.entry, "ticket")


def _judged(papers: _Papers, lines: Sequence[ColumnLine], *, marker: User) -> Judged:
    if len(lines) > MOST_LINES:
        raise Refusal("too_many_lines", f"一次最多 {MOST_LINES} 行，请分几次录入。", CLAUSE)
    named_by: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        named_by[line.ticket].append(line.number)
    answers = [_answer(papers, line, marker=marker, named_by=named_by[line.ticket]) for line in lines]
    named = {one.seat_id for one in answers if one.state in ("new", "same")}
    left = [
        seat.pk
        for seat in papers.seats.values()
        if seat.pk not in named and seat.pk not in papers.kept and _is_open(papers.made.get(seat.pk, []), marker)
    ]
    return Judged(tuple(answers), len(left))


def _is_open(made: Sequence[MarkEntry], marker: User) -> bool:
    return len(made) < ROUNDS and judge_marker(marker.pk, [fact_of(one) for one in made]) is None


def _answer(papers: _Papers, line: ColumnLine, *, marker: User, named_by: list[int]) -> LineAnswer:
    seat = papers.seats.get(line.ticket)
    if seat is None:
        return _wrong(line, "unknown_ticket", "本场没有这个准考证号，请核对。")
    if len(named_by) > 1:  # nobody knows which of them is meant
        places = "、".join(map(str, named_by[:5]))
        return _wrong(line, "twice", f"准考证号在第 {places} 行重复，请只保留正确的一行。")
    if line.typed == "":
        return LineAnswer(line, "blank", seat.pk)
    if seat.pk in papers.kept:
        return _wrong(line, "conflict_of_interest", "这份答卷与您有利害关系，按规定回避。")
    try:
        value = read_value(ABSENT if line.typed in ABSENT_WORDS else line.typed, seat)
    except Refusal as refusal:
        return _wrong(line, str(refusal.code), refusal.sentence)
    made = papers.made.get(seat.pk, [])
    own = next((one for one in made if one.entered_by_id == marker.pk), None)
    if own is not None:
        if own.value == value:
            return LineAnswer(line, "same", seat.pk)
        return _wrong(line, "already_entered", f"您已录入 {_shown(own)}，要改正请在录分表中改这一份。")
    closed = judge_marker(marker.pk, [fact_of(one) for one in made])
    if closed is not None or len(made) >= ROUNDS:
        return _wrong(line, "already_settled", "这份答卷不需要再录入，请删去这一行。")
    return LineAnswer(line, "new", seat.pk)


def _shown(entry: MarkEntry) -> str:
    return "缺考" if entry.is_absent else as_text(entry)


def _wrong(line: ColumnLine, code: str, sentence: str) -> LineAnswer:
    return LineAnswer(line, "error", code=code, sentence=sentence)


def _write(answers: Iterable[LineAnswer], *, by: Act) -> int:
    """Entries, the marks that they settle, and one audit line for each, in a handful of statements."""
    typed = {one.seat_id: one.line.typed for one in answers}
    seats = Seat.objects.in_bulk(typed)
    made: dict[int, list[MarkEntry]] = defaultdict(list)
    for entry in MarkEntry.objects.filter(seat__in=typed).select_related("entered_by").order_by("seat", "round"):
        made[entry.seat_id].append(entry)
    fresh = []
    for pk, text in typed.items():
        value = read_value(ABSENT if text in ABSENT_WORDS else text, seats[pk])
        row = MarkEntry(seat=seats[pk], round=len(made[pk]) + 1, value=value, is_absent=value is None)
        row.entered_by, row.entered_at = by.person, by.at
        made[pk].append(row)
        fresh.append(row)
    MarkEntry.objects.bulk_create(fresh, batch_size=1000)
    marks = [mark for pk in typed if (mark := settled_mark(seats[pk], made[pk], by=by)) is not None]
    Mark.objects.bulk_create(marks, batch_size=1000)
    lines = [compose(by, "mark.entered", one.seat, after={"round": one.round}) for one in fresh]
    rounds = {pk: len(rows) for pk, rows in made.items()}
    settled = [
        compose(by, "mark.settled", one, after={"status": one.status, "rounds": rounds[one.seat_id]}) for one in marks
    ]
    record_many([*lines, *settled])
    return len(fresh)
