"""What an institution has after the payment: tickets, results, the next draft, certificates (K1, M7, T1, X4)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date

import pikepdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from certificates import services as certificate_services
from exams.enums import EntryStatus, TicketStatus
from exams.models import AdmissionTicket, Entry, Mark, Seat, Subject, TicketVersion
from exams.rules.marks import Outcome
from exams.rules.tickets import make_ticket_number
from exams.services import tickets
from exams.services.results import SubjectResult
from kupasi.audit.models import Entry as AuditEntry
from kupasi.errors import Refusal
from registration.models import Application, Roster, RosterRow
from registration.services import status
from registration.services.rosters import after, next_draft, states, ticket_books
from tests import builders
from tests.certificates.made import a_series, approve_all
from tests.exams.marking import all_marked, an_exam, everybody_came, publish_now
from tests.exams.seating import a_session, seat_all

from . import group
from .rosters.made import work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
ISSUED = "2025-07-09T09:00"


def ticketed(people: int = 2) -> group.Group:
    """Seated in a room, each with a ticket; the first is in a class of its own."""
    made = group.confirmed(people)
    RosterRow.objects.filter(pk=made.rows[0].pk).update(class_name="二班")
    seat_all(a_session())
    for one in made.people:
        tickets.issue(one.entry_id or 0, by=builders.act(when=ISSUED))
    return made


def sat(*marks: str) -> group.Group:
    """A roster whose people have sat; results are out."""
    made = group.confirmed(len(marks))
    exam = an_exam(people=0)
    exam.entries = [one.entry for one in made.people if one.entry]
    for place, entry in enumerate(exam.entries, start=1):
        for sitting in exam.sittings:
            Seat.objects.filter(entry=entry, subject=sitting.subject).update(sitting=sitting, number=place)
        number = make_ticket_number(
            exam.session.exam_month, occupation=exam.session.occupation.number_code, serial=place
        )
        AdmissionTicket.objects.create(entry=entry, number=number, version=1)
        Entry.objects.filter(pk=entry.pk).update(status=EntryStatus.TICKETED)
    everybody_came(exam)
    all_marked(exam, *marks)
    publish_now(exam, builders.a_user("publisher"))
    return made


def certified() -> group.Group:
    """Everybody passed, certificates are made."""
    made = sat("80", "85")
    a_series()
    by = builders.act(when="2025-07-21T09:00")
    opened = certificate_services.open_certificates(by=by, barred=certificate_services.barred_on(by.on))
    approve_all("2025-07-21T09:00")
    for one in opened:
        certificate_services.issue(one.pk, by=by)
    return made


def page(made: group.Group, path: str, *, who: str = "approver") -> Client:
    return builders.signed_in(getattr(made, who)).get(f"/institution/rosters/{made.roster.pk}/{path}")


def test_one_pdf_for_a_class_and_a_file_for_each_person() -> None:
    made = ticketed(3)
    whole, second = after.tickets(made.roster), after.tickets(made.roster, class_name="二班")
    assert (len(whole), len(second), after.classes(made.roster)) == (3, 1, ["一班", "二班"])
    with ticket_books.one_pdf(second) as made_file, pikepdf.open(made_file) as book:
        assert len(book.pages) == 1
    with ticket_books.zipped(whole) as made_file, zipfile.ZipFile(made_file) as archive:
        assert sorted(name.split("/")[0] for name in archive.namelist()) == ["一班", "一班", "二班"]


def test_a_separate_file_holds_one_portrait_only() -> None:
    made = ticketed(2)
    with ticket_books.zipped(after.tickets(made.roster)) as made_file, zipfile.ZipFile(made_file) as archive:
        for name in archive.namelist():
            with pikepdf.open(io.BytesIO(archive.read(name))) as paper:
                pictures = [one for one in paper.objects if isinstance(one, pikepdf.Stream)]
                assert sum(one.get("/Filter") == "/DCTDecode" for one in pictures) == 1


def test_a_class_named_to_lead_elsewhere_stays_a_folder() -> None:
    made = ticketed(1)
    RosterRow.objects.filter(roster=made.roster).update(class_name="../../etc")
    with ticket_books.zipped(after.tickets(made.roster)) as made_file, zipfile.ZipFile(made_file) as archive:
        assert [".." in name or name.startswith("/") for name in archive.namelist()] == [False]


def test_before_the_tickets_are_made_there_is_nothing_to_download() -> None:
    made = group.confirmed(1)
    with pytest.raises(Refusal) as refused:
        ticket_books.zipped(after.tickets(made.roster))
    assert refused.value.code == "no_tickets"
    assert page(made, "tickets.pdf").status_code == 302


@pytest.mark.parametrize("make", [ticket_books.one_pdf, ticket_books.zipped, ticket_books.by_class])
def test_a_ticket_whose_paper_is_gone_is_not_left_out_without_a_word(make: Callable[..., object]) -> None:
    made = ticketed(2)
    TicketVersion.objects.filter(ticket__entry__application=made.people[0]).update(file="")
    with pytest.raises(Refusal) as refused:
        make(after.tickets(made.roster))
    assert refused.value.code == "paper_missing"


def test_all_are_confirmed_but_those_with_a_report() -> None:
    made = ticketed(3)
    wrong = made.people[1].entry.ticket
    seen = {one.ticket.pk: one.ticket.version for one in after.tickets(made.roster)}
    by = builders.act(made.clerk, "2025-07-10T09:00")
    assert after.answer_tickets(made.roster, seen=seen, exceptions={wrong.pk: "照片不对"}, by=by) == (2, 1, 0)
    assert sorted(AdmissionTicket.objects.values_list("status", flat=True)) == ["confirmed", "confirmed", "disputed"]


def test_a_version_that_was_not_on_the_page_is_not_confirmed() -> None:
    made = ticketed(1)
    by = builders.act(made.clerk, "2025-07-10T09:00")
    stale = {one.ticket.pk: one.ticket.version + 1 for one in after.tickets(made.roster)}
    assert [after.answer_tickets(made.roster, seen=one, exceptions={}, by=by) for one in ({}, stale)] == [
        (0, 0, 0),
        (0, 0, 1),
    ]
    assert AdmissionTicket.objects.get().status == TicketStatus.SENT


def test_tickets_of_another_institution_are_never_touched() -> None:
    made = ticketed(1)
    other = group.submitted(1, school=1, first=60)
    seen = {one.ticket.pk: one.ticket.version for one in after.tickets(made.roster)}
    assert after.answer_tickets(other.roster, seen=seen, exceptions={}, by=builders.act(other.clerk)) == (0, 0, 0)
    assert builders.signed_in(other.clerk).get(f"/institution/rosters/{made.roster.pk}/tickets/").status_code == 404


def test_the_page_confirms_what_it_showed() -> None:
    made = ticketed(2)
    browser = builders.signed_in(made.clerk)
    first, second = after.tickets(made.roster)
    given = {f"v{one.ticket.pk}": one.ticket.version for one in (first, second)} | {f"t{second.ticket.pk}": "座位重复"}
    assert browser.post(f"/institution/rosters/{made.roster.pk}/tickets/", given).status_code == 302
    assert [AdmissionTicket.objects.get(pk=one.ticket.pk).status for one in (first, second)] == [
        "confirmed",
        "disputed",
    ]


def test_results_are_read_subject_by_subject_and_retakes_suggested() -> None:
    made = sat("82,55", "80", "40")
    first, second, third = after.results(made.roster, on=date(2025, 8, 1))
    assert [(one.subject.code, one.outcome) for one in first.subjects] == [
        ("theory", "passed"),
        ("practical", "failed"),
    ]
    assert first.retake is not None
    assert first.retake.codes == ["practical"]
    assert (second.retake, third.retake) == (None, None)


def test_results_and_certificates_say_their_columns_where_rows_are_cards() -> None:
    made = sat("80")
    a_series()
    by = builders.act(when="2025-07-21T09:00")
    (opened,) = certificate_services.open_certificates(by=by, barred=certificate_services.barred_on(by.on))
    approve_all("2025-07-21T09:00")
    certificate_services.issue(opened.pk, by=by)
    for path, column in (("results/", "可补考"), ("certificates/", "证书编号")):
        shown = page(made, path).content.decode()
        assert "k-as-cards" in shown
        assert f'data-label="{column}"' in shown


def test_before_publication_no_mark_is_shown() -> None:
    made = ticketed(1)
    (one,) = after.results(made.roster, on=date(2025, 7, 13))
    assert [subject.value for subject in one.subjects] == [None, None]


def test_suggested_retakes_become_a_file_of_a_new_draft_and_nothing_more() -> None:
    made = sat("82,55", "80")
    draft = next_draft.draft_retakes(made.roster, by=builders.act(made.clerk, "2025-08-01T09:00"))
    assert (draft.status, draft.institution, draft.rows.current().count()) == ("draft", made.roster.institution, 0)
    upload = work(draft.uploads.get(), when="2025-08-01T09:01")
    assert (upload.rows, upload.valid, upload.findings) == (1, 1, [])
    row = upload.lines.get()
    assert (row.kind, row.subjects, str(row.fee)) == ("retake", ["practical"], "385.00")


def test_nobody_to_retake_makes_no_draft() -> None:
    made = sat("80")
    with pytest.raises(Refusal) as refused:
        next_draft.draft_retakes(made.roster, by=builders.act(made.clerk, "2025-08-01T09:00"))
    assert refused.value.code == "nothing_to_retake"
    assert Roster.objects.count() == 1


def test_certificates_are_collected_by_the_institution_and_recorded_one_by_one() -> None:
    made = certified()
    assert after.handover_pdf(made.roster).startswith(b"%PDF")
    office = builders.act(builders.a_user("clerk"), "2025-07-22T10:00")
    assert (after.hand_over_all(made.roster, by=office), after.hand_over_all(made.roster, by=office)) == (2, 0)
    assert {one.handover.collector for one in after.certificates(made.roster)} == {"institution"}


def test_a_certificate_that_a_case_keeps_back_is_not_collected_with_the_others() -> None:
    made = certified()
    kept, other = after.certificates(made.roster)
    Mark.objects.filter(seat__entry=kept.entry_id).update(is_held=True)
    assert after.waiting_certificates([made.roster.pk]) == {made.roster.pk: 1}
    assert page(made, "certificates/").content.decode().count("暂缓领取") == 1
    list_to_sign = "".join(one.extract_text() for one in PdfReader(io.BytesIO(after.handover_pdf(made.roster))).pages)
    assert [str(one.number) in list_to_sign for one in (kept, other)] == [False, True]
    office = builders.act(builders.a_user("clerk"), "2025-07-22T10:00")
    assert after.hand_over_all(made.roster, by=office) == 1
    assert [one.status for one in after.certificates(made.roster) if one.is_held] == ["issued"]


def test_whoever_has_a_certificate_kept_back_is_not_sent_to_collect_it() -> None:
    kept, other = after.certificates(certified().roster)
    Mark.objects.filter(seat__entry=kept.entry_id).update(is_held=True)
    led = [status.next_step(one.entry.application).page for one in (kept, other)]
    assert led == ["results", "my-certificates"]


def test_a_whole_number_is_shown_for_a_reason_and_recorded() -> None:
    made = group.confirmed(1)
    (one,) = made.people
    browser, path = builders.signed_in(made.clerk), f"/institution/people/{one.pk}/number/"
    assert one.document.number.encode() not in browser.post(path, {"reason": ""}).content
    assert one.document.number.encode() in browser.post(path, {"reason": "核对学籍"}).content
    assert AuditEntry.objects.get(action="candidate.reveal").actor == made.clerk


def test_only_the_approver_withdraws_a_person() -> None:
    made = group.reviewed(2)
    path = f"/institution/people/{made.people[0].pk}/withdraw/"
    answers = [
        builders.signed_in(who).post(path, {"reason": "退学"}).status_code for who in (made.clerk, made.approver)
    ]
    assert (answers, made.states) == ([404, 302], ["withdrawn", "approved"])


def test_the_list_says_nothing_of_what_the_office_holds() -> None:
    made = group.submitted(2)
    RosterRow.objects.filter(pk=made.rows[0].pk).update(is_held=True, exceptions=["identity_mismatch"])
    assert {(one.code, one.words, one.note) for one in states.listed(made.roster)} == {("pending", "待受理", "")}


def test_the_exported_list_masks_the_numbers() -> None:
    made = group.filed(1)
    with zipfile.ZipFile(io.BytesIO(states.workbook(made.roster))) as book:
        words = book.read("xl/sharedStrings.xml").decode()
    number = made.people[0].document.number
    assert number not in words
    assert number[-4:] in words


@pytest.mark.parametrize("path", ["order/", "tickets/", "results/", "certificates/"])
def test_a_page_asks_as_often_for_a_hundred_people_as_for_one(path: str) -> None:
    def asked(made: group.Group) -> int:
        browser = builders.signed_in(made.approver)
        browser.get("/institution/")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"/institution/rosters/{made.roster.pk}/{path}").status_code == 200
        return len(queries)

    few, many = group.confirmed(1, first=900), group.confirmed(25, school=1, first=100)
    assert asked(few) == asked(many)


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((), "待成绩公布"),
        (("passed", "held"), "待成绩公布"),
        (("passed", "passed"), "全部合格，不用补考"),
        (("failed", "failed"), "没有合格科目，只能按新考申报"),
        (("passed", "failed"), "现在不能补考"),
    ],
)
def test_whoever_may_not_retake_anything_reads_why(outcomes: tuple[Outcome, ...], said: str) -> None:
    subjects = [SubjectResult(Subject(), None, None, outcome) for outcome in outcomes]
    assert after.ResultShown(Application(), "一班", subjects, None).without_retake == said
