"""What leads an institution on after the payment: letters, the next step, one draft of retakes, files to hand out."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from pypdf import PdfReader

from exams.enums import EntryStatus
from exams.models import AdmissionTicket, Entry, ExamSession
from kupasi.errors import Refusal
from kupasi.notices.models import Notice
from kupasi.people.masking import mask_document
from registration.models import Application, Roster, RosterRow
from registration.services.rosters import after, next_draft, overview, papers, signing, telling, ticket_books
from tests import builders

from . import group, lists
from .rosters.made import work
from .test_roster_after import certified, sat, ticketed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
LATER, AUGUST = "2025-07-09T09:06", "2025-08-01T09:00"


def told(when: str) -> list[str]:
    """What a run of the sweep tells of."""
    found = telling.due(builders.at(when))
    for one in found:
        telling.tell_one(one, by=builders.act(when=when, job="tell-institutions"))
    return [one.what for one in found]


def step(made: group.Group) -> str:
    roster = Roster.objects.get(pk=made.roster.pk)
    return str(overview.next_step(roster, overview.facts_of(roster), may_sign=False, may_collect=True)["page"])


def confirm_all(made: group.Group, when: str = "2025-07-09T10:00") -> after.Answered:
    seen = {one.ticket.pk: one.ticket.version for one in after.tickets(made.roster)}
    return after.answer_tickets(made.roster, seen=seen, exceptions={}, by=builders.act(made.clerk, when))


# --- letters ---------------------------------------------------------------------------------------------------------
def test_tickets_are_told_of_once_to_everybody_who_acts_for_the_institution() -> None:
    made = ticketed(2)
    assert (told("2025-07-09T09:01"), told(LATER), told("2025-07-09T09:30")) == ([], ["tickets"], [])
    readers = set(Notice.objects.filter(kind="roster.tickets").values_list("user", flat=True))
    assert readers == {made.clerk.pk, made.approver.pk}


def test_tickets_that_were_answered_are_not_told_of() -> None:
    assert confirm_all(ticketed(1)).confirmed == 1
    assert told(LATER) == []


def test_an_answered_report_of_an_error_is_told_of_again() -> None:
    made = ticketed(1)
    assert told(LATER) == ["tickets"]
    AdmissionTicket.objects.update(sent_at=builders.at("2025-07-10T09:00"))
    assert told("2025-07-10T09:10") == ["tickets"]
    assert Notice.objects.filter(kind="roster.tickets", user=made.clerk, channel="in_app").count() == 2


def test_results_and_certificates_are_told_of() -> None:
    certified()
    assert sorted(told("2025-07-21T10:00")) == ["certificates", "results"]


def test_a_letter_names_nobody() -> None:
    made = ticketed(1)
    told(LATER)
    words = " ".join(Notice.objects.filter(kind="roster.tickets").values_list("body", flat=True))
    assert made.people[0].name not in words
    assert made.roster.number in words


# --- the next step, the first page -----------------------------------------------------------------------------------
def test_a_list_leads_to_tickets_and_then_to_results() -> None:
    made = ticketed(1)
    pages = [step(made)]
    confirm_all(made)
    pages.append(step(made))
    Application.objects.filter(roster_row__roster=made.roster).update(status="concluded")
    Entry.objects.update(status=EntryStatus.PUBLISHED)
    pages.append(step(made))
    assert pages == ["institution-tickets", "institution-tickets", "institution-results"]


def test_a_list_leads_to_certificates_that_wait_to_be_collected() -> None:
    assert step(certified()) == "institution-certificates"


def test_the_first_page_counts_what_waits() -> None:
    made = ticketed(2)
    rosters = Roster.objects.select_related("window")
    (window,) = [
        one
        for one in overview.windows_of(made.roster.institution, rosters, on=builders.at(LATER).date())
        if one.rosters
    ]
    assert [(one.tickets, one.certificates) for one in window.rosters] == [(2, 0)]
    assert window.counts == [("已缴费确认", 2, "good")]


def test_a_clerk_is_not_led_to_the_certificates_that_only_the_approver_collects() -> None:
    made = certified()
    address = reverse("institution-certificates", args=[made.roster.pk])
    shown = [builders.signed_in(who).get("/institution/").content.decode() for who in (made.clerk, made.approver)]
    assert [address in one for one in shown] == [False, True]


# --- tickets ---------------------------------------------------------------------------------------------------------
def test_confirming_twice_says_that_nothing_changed() -> None:
    made = ticketed(2)
    assert (confirm_all(made), confirm_all(made)) == ((2, 0, 0), (0, 0, 2))


def test_after_the_exam_nobody_is_asked_to_confirm() -> None:
    made = ticketed(1)
    Entry.objects.update(status=EntryStatus.SAT)
    assert confirm_all(made) == (0, 0, 1)
    assert after.waiting_tickets([made.roster.pk])[made.roster.pk] == 0


def test_a_ticket_that_is_renewed_meanwhile_stops_no_other() -> None:
    made = ticketed(2)
    shown = after.tickets(made.roster)
    AdmissionTicket.objects.filter(pk=shown[0].ticket.pk).update(version=2)
    by = builders.act(made.clerk, "2025-07-09T10:00")
    assert [after._answer(one, text="", version=1, by=by) for one in shown] == ["left", "confirmed"]


def test_each_class_has_a_pdf_of_its_own_in_one_zip() -> None:
    made = ticketed(3)
    with ticket_books.by_class(after.tickets(made.roster)) as made_file, zipfile.ZipFile(made_file) as archive:
        pages = {one: len(PdfReader(io.BytesIO(archive.read(one))).pages) for one in archive.namelist()}
    assert pages == {"一班.pdf": 2, "二班.pdf": 1}


def test_classes_whose_names_look_alike_as_files_are_kept_apart() -> None:
    made = ticketed(2)
    for row, name in zip(made.rows, ("一/班", "一?班"), strict=True):
        RosterRow.objects.filter(pk=row.pk).update(class_name=name)
    with ticket_books.by_class(after.tickets(made.roster)) as made_file, zipfile.ZipFile(made_file) as archive:
        assert sorted(archive.namelist()) == ["一_班.pdf", "一_班_2.pdf"]


def test_more_than_one_book_holds_comes_class_by_class_in_several(monkeypatch: pytest.MonkeyPatch) -> None:
    made = ticketed(4)
    monkeypatch.setattr(ticket_books, "MOST", 2)
    with pytest.raises(Refusal) as refused:
        ticket_books.one_pdf(after.tickets(made.roster))
    assert refused.value.code == "too_many"
    with ticket_books.by_class(after.tickets(made.roster)) as made_file, zipfile.ZipFile(made_file) as archive:
        assert sorted(archive.namelist()) == ["一班.pdf", "一班_2.pdf", "二班.pdf"]
    address = reverse("institution-tickets-pdf", args=[made.roster.pk])
    page = builders.signed_in(made.clerk).get(f"/institution/rosters/{made.roster.pk}/tickets/").content.decode()
    assert address not in page


def test_a_file_of_one_person_says_whose_it_is() -> None:
    made = ticketed(1)
    with ticket_books.zipped(after.tickets(made.roster)) as made_file, zipfile.ZipFile(made_file) as archive:
        assert archive.namelist() == [f"二班/{AdmissionTicket.objects.get().number}_{made.people[0].name}.pdf"]


@pytest.mark.parametrize("path", ["tickets.pdf?class=二班", "tickets.zip?by=class", "tickets.zip"])
def test_the_downloads_answer_to_the_own_institution_only(path: str) -> None:
    made, stranger = ticketed(1), lists.a_member("institution_clerk", lists.a_school(1))
    address = f"/institution/rosters/{made.roster.pk}/{path}"
    answer = builders.signed_in(made.clerk).get(address)
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content)
    assert builders.signed_in(stranger).get(address).status_code == 404


# --- retakes ---------------------------------------------------------------------------------------------------------
def test_retakes_asked_for_twice_are_one_list() -> None:
    made = sat("82,55", "80")
    by = builders.act(made.clerk, AUGUST)
    first, second = next_draft.draft_retakes(made.roster, by=by), next_draft.draft_retakes(made.roster, by=by)
    assert (first, first.uploads.count()) == (second, 1)
    assert made.roster.retake_lists.count() == 1


def test_whoever_does_not_look_first_is_refused_by_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    made = sat("82,55")
    by = builders.act(made.clerk, AUGUST)
    next_draft.draft_retakes(made.roster, by=by)
    monkeypatch.setattr(next_draft, "waiting", lambda roster: None)
    with pytest.raises(IntegrityError), transaction.atomic():
        next_draft.draft_retakes(made.roster, by=by)


def test_a_suggestion_that_was_thrown_away_comes_again_in_the_same_list() -> None:
    made = sat("82,55")
    by = builders.act(made.clerk, AUGUST)
    first = next_draft.draft_retakes(made.roster, by=by)
    work(first.uploads.get(), when=AUGUST)
    first.uploads.update(state="discarded")
    assert next_draft.draft_retakes(made.roster, by=by) == first
    assert first.uploads.count() == 2


def test_a_withdrawn_list_of_retakes_gives_way_to_another() -> None:
    made = sat("82,55")
    by = builders.act(made.clerk, AUGUST)
    first = next_draft.draft_retakes(made.roster, by=by)
    work(first.uploads.get(), when=AUGUST)
    signing.withdraw(first.pk, by=by)
    assert next_draft.draft_retakes(made.roster, by=by) != first


def test_whoever_has_another_open_application_is_not_suggested() -> None:
    made, other = sat("82,55"), group.filed(1, school=1, first=70)
    (before,) = made.people
    later = ExamSession.objects.create(occupation=before.occupation, exam_month=date(2025, 10, 1))
    Application.objects.filter(roster_row__roster=other.roster).update(candidate=before.candidate, exam_session=later)
    (one,) = after.results(made.roster, on=builders.at(AUGUST).date())
    assert (one.retake, one.is_filed) == (None, True)


def test_the_button_leads_to_the_list_that_was_begun() -> None:
    made = sat("82,55")
    browser = builders.signed_in(made.clerk)
    draft = next_draft.draft_retakes(made.roster, by=builders.act(made.clerk, AUGUST))
    assert (
        reverse("institution-roster", args=[draft.pk])
        in browser.get(f"/institution/rosters/{made.roster.pk}/results/").content.decode()
    )


# --- paper -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("people", [1, 3, 11, 12, 13])
def test_a_signature_never_stands_on_a_page_without_people(people: int) -> None:
    roster = lists.a_roster(lists.a_member("institution_clerk", lists.a_school()), people=people, photos=False)
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(papers.list_pdf(roster))).pages]
    assert "审核人签字" in texts[-1]
    assert all("****" in one for one in texts)


@pytest.mark.parametrize("times", [4, 5, 6])
def test_a_list_to_sign_for_certificates_keeps_its_foot_with_its_rows(times: int) -> None:
    made = certified()
    lines = [(one, mask_document(one.document.number)) for one in after.certificates(made.roster)] * times
    content = after.laid_out(made.roster, lines)
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    assert "业务受理点签字" in texts[-1]
    assert all("****" in one for one in texts)
