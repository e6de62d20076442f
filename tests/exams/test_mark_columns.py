"""A column of marks: pasted, from a workbook, judged line by line, all or nothing; totals, relations, error rates."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from exams.models import Entry, Mark, MarkEntry, PaperTotal, Relation, Tie
from exams.resources import commit, preview
from exams.services.mark_columns import ColumnLine, enter_column, enter_good_lines
from exams.services.mark_grid import grid
from exams.services.marking_quality import error_rates
from exams.services.marks import enter_mark
from exams.services.relations import declare, end
from kupasi import clock
from kupasi.audit.models import Entry as Line
from kupasi.errors import Refusal
from kupasi.people.models import Institution, Membership
from tests.builders import a_user, act, at, signed_in
from tests.exams.marking import Exam, an_exam, everybody_came, marked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def after_the_exam(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some days after the exam."""
    monkeypatch.setattr(clock, "now", lambda: at("2025-07-16T10:00"))


@pytest.fixture
def exam(notice: None) -> Exam:
    """Three people: the last did not come."""
    exam = an_exam(people=3)
    everybody_came(exam, absent=(2,))
    return exam


def lines(exam: Exam, *typed: str) -> list[ColumnLine]:
    tickets = [one.ticket.number for one in exam.entries]
    return [ColumnLine(number, tickets[number - 1], text) for number, text in enumerate(typed, start=1)]


def page(exam: Exam) -> str:
    return reverse("mark-column", args=[exam.sittings[0].pk])


def workbook(*rows: tuple[Any, ...]) -> SimpleUploadedFile:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return SimpleUploadedFile("marks.xlsx", out.getvalue())


def code_of(call: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(Refusal) as caught:
        call(*args, **more)
    return str(caught.value.code)


def test_a_column_enters_everything_and_settles_what_agrees(exam: Exam) -> None:
    sitting = exam.sittings[0]
    for marker in exam.markers[:2]:
        by = act(marker, exam.ends_at)
        assert commit(sitting, lines(exam, "82.5", "60", "缺考"), by=by) == 3
        assert commit(sitting, lines(exam, "82.5", "60", "缺考"), by=by) == 0
    assert list(Mark.objects.order_by("seat").values_list("value", flat=True)) == [Decimal("82.5"), Decimal(60), None]
    assert Line.objects.filter(action="mark.entered").count() == 6
    assert Line.objects.filter(action="mark.settled").count() == 3


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("101", "mark_range"),
        ("-1", "mark_range"),
        ("60.55555", "mark_decimals"),
        ("六十", "mark_format"),
        (" 60 ", "mark_format"),
        ("1e2", "mark_format"),
        ("NaN", "mark_format"),
        ("缺考", "not_absent"),
    ],
)
def test_one_wrong_line_keeps_the_whole_column_out(exam: Exam, typed: str, code: str) -> None:
    by = act(exam.markers[0], exam.ends_at)
    judged, totals = preview(exam.sittings[0], lines(exam, "82.5", typed), by=by)
    assert ([one.code for one in judged.wrong], totals["invalid"], totals["new"]) == ([code], 1, 1)
    assert code_of(commit, exam.sittings[0], lines(exam, "82.5", typed), by=by) == "lines_wrong"
    assert not MarkEntry.objects.exists()


def test_unknown_repeated_absent_and_earlier_lines_are_named(exam: Exam) -> None:
    marked(exam, exam.seats(exam.entries[0])[0], "80")
    first, second, third = lines(exam, "81", "70", "60")
    strange = [ColumnLine(4, "250700000000", "70"), ColumnLine(5, second.ticket, "71")]
    judged, _ = preview(exam.sittings[0], [first, second, third, *strange], by=act(exam.markers[0], exam.ends_at))
    said = [one.code for one in judged.answers]
    assert said == ["already_entered", "twice", "absent_with_mark", "unknown_ticket", "twice"]
    by = act(exam.markers[0], exam.ends_at)
    assert enter_good_lines(exam.sittings[0].pk, [second, ColumnLine(5, second.ticket, "71")], by=by) == 0


def test_the_questions_do_not_grow_with_the_lines(exam: Exam) -> None:
    def asked(exam: Exam, *typed: str) -> int:
        column = lines(exam, *typed)
        with CaptureQueriesContext(connection) as seen:
            enter_column(exam.sittings[0].pk, column, by=act(exam.markers[0], exam.ends_at))
        return len(seen)

    many = an_exam(on="2025-08-09", people=20)
    everybody_came(many)
    assert asked(many, *["70"] * 20) == asked(exam, "70", "71")


def test_the_template_goes_out_and_comes_back(exam: Exam) -> None:
    client = signed_in(exam.markers[0])
    answer = client.get(reverse("mark-template", args=[exam.sittings[0].pk]))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["准考证号", "成绩", "考场登记"]
    assert [row[0] for row in rows[1:]] == [one.ticket.number for one in exam.entries]
    assert not any(one.candidate.name in str(rows) for one in exam.entries)
    filled = workbook(*([row[0], value] for row, value in zip(rows, ["成绩", 82.5, 60, "缺考"], strict=True)))
    shown = client.post(page(exam), {"file": filled, "step": "look"})
    assert (shown.status_code, shown.context["totals"]["new"], MarkEntry.objects.count()) == (200, 3, 0)
    client.post(page(exam), {"column": shown.context["pasted"], "step": "all"})
    assert [row.text for row in grid(exam.sittings[0], marker=exam.markers[0])] == ["82.5", "60.0", "缺考"]


def test_a_number_cell_is_taken_as_it_is_and_never_rounded(exam: Exam) -> None:
    client, tickets = signed_in(exam.markers[0]), [one.ticket.number for one in exam.entries]
    cells = [60.55555, True, 101]
    rows = workbook(["准考证号", "成绩"], *([one, cell] for one, cell in zip(tickets, cells, strict=True)))
    judged = client.post(page(exam), {"file": rows, "step": "look"}).context["judged"]
    assert [one.code for one in judged.answers] == ["mark_decimals", "mark_format", "mark_range"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"<html></html>", b"\x00" * 50, b"a,b\n1,2\n"])
def test_a_file_that_is_no_table_of_marks_is_refused_with_a_word(exam: Exam, content: bytes) -> None:
    client = signed_in(exam.markers[0])
    answer = client.post(page(exam), {"file": SimpleUploadedFile("x.xlsx", content), "step": "all"})
    assert answer.status_code == 400
    assert answer.context["form"].errors
    assert not MarkEntry.objects.exists()


def test_a_hostile_workbook_meets_the_same_guard(exam: Exam) -> None:
    from tests.registration.test_sheets_guard import REFUSED

    client = signed_in(exam.markers[0])
    for name in ("the farthest cell", "10,000 entries", "an entity from a server"):
        make, code = REFUSED[name]
        answer = client.post(page(exam), {"file": SimpleUploadedFile("x.xlsx", make()), "step": "look"})
        said = {one.code for one in answer.context["form"].non_field_errors().as_data()}
        assert (answer.status_code, said) == (400, {code})


def test_marks_alone_follow_the_order_of_the_grid(exam: Exam) -> None:
    client = signed_in(exam.markers[0])
    shown = client.post(page(exam), {"column": "82.5\r\n60\r\n", "step": "look"})
    assert (len(shown.context["judged"].new), shown.context["judged"].missing) == (2, 1)
    assert client.post(page(exam), {"column": "1\n2\n3\n4", "step": "look"}).status_code == 400
    mixed = f"{exam.entries[0].ticket.number}\t82\n60"
    assert client.post(page(exam), {"column": mixed, "step": "look"}).status_code == 400


def test_the_good_lines_alone_are_a_second_act(exam: Exam) -> None:
    client = signed_in(exam.markers[0])
    text = "\n".join(f"{one.ticket.number}\t{mark}" for one, mark in zip(exam.entries, ["82", "101", "q"], strict=True))
    assert "只录入无误的 2 行" in client.post(page(exam), {"column": text, "step": "look"}).content.decode()
    assert client.post(page(exam), {"column": text, "step": "all"}).status_code == 400
    assert not MarkEntry.objects.exists()
    client.post(page(exam), {"column": text, "step": "good"})
    assert MarkEntry.objects.count() == 2


def post_grid(client: Client, exam: Exam, **more: str) -> Any:
    seats = [exam.seats(one)[0].pk for one in exam.entries]
    marks = {f"seat-{pk}": value for pk, value in zip(seats, ["82.5", "60", "缺考"], strict=True)}
    return client.post(reverse("mark-grid", args=[exam.sittings[0].pk]), marks | more, follow=True)


def test_totals_from_the_paper_are_kept_and_compared(exam: Exam) -> None:
    client = signed_in(exam.markers[0])
    assert "与纸面合计不一致" in post_grid(client, exam, papers="2", total="142.4").content.decode()
    assert "本人录入与纸面合计一致" in post_grid(client, exam, papers="2", total="142.5").content.decode()
    kept = PaperTotal.objects.get()
    assert (kept.papers, kept.total, kept.stated_by) == (2, Decimal("142.5"), exam.markers[0])
    assert Line.objects.filter(action="mark.totals_stated").count() == 2


@pytest.mark.parametrize("more", [{"papers": "2"}, {"papers": "-1", "total": "3"}, {"papers": "1", "total": "100.1"}])
def test_totals_that_cannot_be_are_refused_and_the_marks_stay_saved(exam: Exam, more: dict[str, str]) -> None:
    answer = post_grid(signed_in(exam.markers[0]), exam, **more)
    assert answer.context["form"].errors
    assert (PaperTotal.objects.count(), MarkEntry.objects.count()) == (0, 3)


@pytest.fixture
def school(exam: Exam) -> Institution:
    """The first person was filed by a school."""
    school = Institution.objects.create(name="样例学校", credit_code="91310000MA1FL0000N")
    Entry.objects.filter(pk=exam.entries[0].pk).update(institution=school)
    return school


def refused(exam: Exam, marker: int = 0, entry: int = 0) -> str:
    seat, by = exam.seats(exam.entries[entry])[0], act(exam.markers[marker], exam.ends_at)
    return code_of(enter_mark, seat.pk, value="80", by=by)


def test_a_marker_of_the_same_institution_stands_back(exam: Exam, school: Institution) -> None:
    Membership.objects.create(user=exam.markers[0], institution=school)
    assert refused(exam) == "conflict_of_interest"
    assert [row.task for row in grid(exam.sittings[0], marker=exam.markers[0])] == ["away", "first", "first"]
    judged, _ = preview(exam.sittings[0], lines(exam, "80"), by=act(exam.markers[0], exam.ends_at))
    assert [one.code for one in judged.wrong] == ["conflict_of_interest"]
    enter_mark(exam.seats(exam.entries[0])[0].pk, value="80", by=act(exam.markers[1], exam.ends_at))


def test_nobody_marks_the_own_paper(exam: Exam) -> None:
    exam.entries[0].candidate.user = exam.markers[0]
    exam.entries[0].candidate.save()
    assert refused(exam) == "conflict_of_interest"


def test_a_declared_relation_holds_until_another_ends_it(exam: Exam, school: Institution) -> None:
    marker, publisher = exam.markers[0], a_user("publisher")
    client = signed_in(marker)
    address, ticket = reverse("mark-relations"), exam.entries[1].ticket.number
    assert client.post(address, {"words": "亲属"}).status_code == 400
    assert client.post(address, {"words": "亲属", "ticket": "250700000000"}).status_code == 400
    for more in ({"institution": school.pk, "words": "曾任教"}, {"ticket": ticket, "words": "亲属"}):
        assert client.post(address, more).status_code == 302
    assert [refused(exam), refused(exam, entry=1)] == ["conflict_of_interest"] * 2
    first = Relation.objects.get()
    assert code_of(end, first.pk, reason="误报", by=act(marker, exam.ends_at)) == "four_eyes"
    signed_in(publisher).post(reverse("relation-end", args=[first.pk]), {"reason": "误报"})
    enter_mark(exam.seats(exam.entries[1])[0].pk, value="80", by=act(marker, exam.ends_at))
    Tie.objects.filter(user=marker, institution=school).update(ended_on=date(2025, 7, 16))
    enter_mark(exam.seats(exam.entries[0])[0].pk, value="80", by=act(marker, exam.ends_at))


def test_declaring_twice_is_once_and_needs_one_side(exam: Exam, school: Institution) -> None:
    by = act(exam.markers[0], exam.ends_at)
    made = declare(words="曾任教", institution_id=school.pk, by=by)
    assert declare(words="又一次", institution_id=school.pk, by=by) == made
    assert code_of(declare, words="都填", institution_id=school.pk, ticket="1", by=by) == "relation_to_one"
    assert code_of(declare, words=" ", institution_id=school.pk, by=by) == "reason_missing"


def test_error_rates_count_against_what_stands_in_the_end(exam: Exam) -> None:
    first, second = (exam.seats(one)[0] for one in exam.entries[:2])
    marked(exam, first, "80", "81", "81")
    marked(exam, second, "60", "60")
    found = {one.person: (one.entries, one.wrong) for one in error_rates()}
    assert [found[one] for one in exam.markers] == [(2, 1), (2, 0), (1, 0)]
    shown = signed_in(a_user("supervisor")).get(reverse("mark-quality")).content.decode()
    assert "500.0" in shown
    assert signed_in(exam.markers[0]).get(reverse("mark-quality")).status_code == 403
