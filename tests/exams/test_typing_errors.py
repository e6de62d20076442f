"""1 % typing errors in either entry: none is published (issue 6). The twin shows what one entry alone would publish."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from exams.models import Mark, MarkEntry, Publication, Seat
from exams.rules.marks import parse_mark
from exams.services.batches import preview
from exams.services.mark_columns import ColumnLine, enter_column
from exams.services.marks import as_text, correct_entry, enter_mark
from exams.services.paper_totals import not_as_counted, state_totals
from exams.services.publication import publish
from tests.builders import a_user, act
from tests.exams.marking import Exam, an_exam, everybody_came

pytestmark = pytest.mark.django_db
RATE, PEOPLE = 0.01, 100
KEYS = "1234567890"


def slips_of(text: str) -> list[str]:
    """What fingers do to a mark that still reads as one: a neighbouring key, two digits exchanged, one lost."""
    found = []
    for at, sign in enumerate(text):
        if sign in KEYS:
            place = KEYS.index(sign)
            found += [text[:at] + key + text[at + 1 :] for key in KEYS[max(place - 1, 0) : place + 2]]
            found.append(text[:at] + text[at + 1 :])
    found += [text[1] + text[0] + text[2:], text.replace(".", "")]
    return [one for one in found if one != text and parse_mark(one).value is not None]


def typed(random: Random, text: str, *, rate: float) -> str:
    """The mark as a person's fingers leave it; what cannot be a mark is refused at once and typed anew."""
    return random.choice(slips_of(text)) if random.random() < rate else text


@pytest.fixture
def exam(notice: None) -> Exam:
    exam = an_exam(people=PEOPLE)
    everybody_came(exam)
    return exam


def truth(random: Random, exam: Exam) -> dict[int, dict[str, str]]:
    """What stands on the papers of each sitting, by ticket."""
    return {
        sitting.pk: {entry.ticket.number: f"{random.randint(300, 1000) / 10:.1f}" for entry in exam.entries}
        for sitting in exam.sittings
    }


def enter(exam: Exam, random: Random, papers: dict[int, dict[str, str]], *, marker: int, rate: float) -> int:
    """One person types everything and states the totals of the paper; how many slips."""
    by, slips = act(exam.markers[marker], exam.ends_at), 0
    for sitting, marks in papers.items():
        column = [ColumnLine(at, one, typed(random, mark, rate=rate)) for at, (one, mark) in enumerate(marks.items())]
        slips += sum(line.typed != marks[line.ticket] for line in column)
        enter_column(sitting, column, by=by)
        total = sum(map(Decimal, marks.values()))
        state_totals(sitting, papers=len(marks), total=total, by=by)
    return slips


def third_looks(exam: Exam, papers: dict[int, dict[str, str]]) -> int:
    """The third reads the paper wherever the two differ; where both had slipped, the first looks again."""
    third, first, found = act(exam.markers[2], exam.ends_at), act(exam.markers[0], exam.ends_at), 0
    for seat in Seat.objects.filter(mark=None).select_related("entry__ticket").order_by("pk"):
        mark = papers[seat.sitting_id][seat.entry.ticket.number]
        enter_mark(seat.pk, value=mark, by=third)
        if not Mark.objects.filter(seat=seat).exists():
            correct_entry(seat.pk, value=mark, version=1, by=first)
        found += 1
    return found


def wrongly(papers: dict[int, dict[str, str]], rows: list[tuple[int, str, Decimal]]) -> int:
    return sum(Decimal(papers[sitting][ticket]) != value for sitting, ticket, value in rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_no_typing_error_is_published(exam: Exam, seed: int) -> None:
    random = Random(seed)
    papers = truth(random, exam)
    slips = sum(enter(exam, random, papers, marker=marker, rate=RATE) for marker in (0, 1))
    assert preview(exam.session.pk).blocked
    assert 0 < third_looks(exam, papers) <= slips
    assert not_as_counted(exam.session.pk) == []
    shown = preview(exam.session.pk).sha256
    publish(exam.session.pk, by=act(a_user("publisher"), exam.ends_at), expected_hash=shown)
    rows = list(Mark.objects.published().values_list("seat__sitting", "seat__entry__ticket__number", "value"))
    assert (len(rows), wrongly(papers, rows)) == (2 * PEOPLE, 0)


def test_the_same_slip_of_both_is_caught_by_the_total_of_the_paper(exam: Exam) -> None:
    random = Random(4)
    papers = truth(random, exam)
    for marker in (0, 1):
        enter(exam, random, papers, marker=marker, rate=0)
    Mark.objects.filter(seat=exam.seats(exam.entries[0])[0]).update(value=Decimal("12.3"))
    MarkEntry.objects.filter(seat=exam.seats(exam.entries[0])[0]).update(value=Decimal("12.3"))
    assert len(not_as_counted(exam.session.pk)) == 2
    assert not Publication.objects.exists()


def test_with_one_entry_alone_the_slips_would_go_out(exam: Exam) -> None:
    """The twin: take the first entry of each paper for its mark."""
    random = Random(1)
    papers = truth(random, exam)
    slips = enter(exam, random, papers, marker=0, rate=RATE)
    first = MarkEntry.objects.filter(round=1).select_related("seat__entry__ticket")
    rows = [(one.seat.sitting_id, one.seat.entry.ticket.number, Decimal(as_text(one))) for one in first]
    assert slips > 0
    assert wrongly(papers, rows) == slips
