"""Late applications, core data, whole-number lists: two people, and nothing beyond what was shown (C2, A1, E9)."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client

from exams.models import ExamSession, Occupation, Window
from kupasi import clock
from kupasi.approvals.enums import ProposalStatus
from kupasi.approvals.models import Proposal
from kupasi.audit.models import Entry
from kupasi.notices.models import Notice
from kupasi.people.models import Candidate, IdentityDocument, User
from registration.enums import ApplicationStatus
from registration.models import Application, CoreChange, FullExport, LateAdmission
from registration.services import applications, exports, judging
from tests.builders import a_candidate, a_draft, a_user, act, at, resident_id, signed_in
from tests.registration.desk import approved as reviewed
from tests.registration.desk import pay

from .steps import approved, asked, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
OVER = "2025-06-16T09:00"  # the next window is open already
LAST = "2025-06-20T23:59:59"
NEXT = "2025-06-21T00:00:00"


@pytest.fixture
def supervisor() -> User:
    return a_user("supervisor")


@pytest.fixture(autouse=True)
def a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands on the day after the window's end."""
    monkeypatch.setattr(clock, "now", lambda: at(OVER))


def the_window() -> Window:
    return Window.objects.get(opens_on="2025-05-16")


def late(until: str = "2025-06-20", **more: Any) -> dict[str, Any]:
    occupation = Occupation.objects.get(code="data-annotation").pk
    return {"occupation": occupation, "window": the_window().pk, "until": until, **more}


def admitted(person: Candidate, *, clerk: User, supervisor: User) -> LateAdmission:
    proposal = asked("late_acceptance", person, late(), by=clerk, when=OVER)
    assert not LateAdmission.objects.exists()
    approved(proposal, by=supervisor, when=OVER)
    return LateAdmission.objects.get()


def test_one_person_applies_late_for_the_window_that_is_over(clerk: User, supervisor: User) -> None:
    person, other = a_candidate(), a_candidate()
    row = admitted(person, clerk=clerk, supervisor=supervisor)
    assert Notice.objects.filter(candidate=person, kind="late_admission").exists()
    mine, theirs = a_draft(person, when=OVER), a_draft(other, when=OVER)
    assert applications.submit(mine.pk, by=act(person.user, LAST)).window == the_window()
    assert applications.submit(theirs.pk, by=act(other.user, LAST)).window != the_window()
    row.refresh_from_db()
    assert row.application == mine
    mine.refresh_from_db()
    assert "in_window" not in [item.code for item in judging.problems(mine)]


def test_after_its_last_second_the_exception_is_over(clerk: User, supervisor: User) -> None:
    person = a_candidate()
    admitted(person, clerk=clerk, supervisor=supervisor)
    draft = a_draft(person, when=OVER)
    assert applications.submit(draft.pk, by=act(person.user, NEXT)).window != the_window()


def test_another_occupation_is_not_opened(clerk: User, supervisor: User) -> None:
    person = a_candidate()
    admitted(person, clerk=clerk, supervisor=supervisor)
    draft = a_draft(person, occupation="model-application", when=OVER)
    assert applications.submit(draft.pk, by=act(person.user, LAST)).window != the_window()


@pytest.mark.parametrize(("until", "code"), [("2025-06-15", "until_past"), ("2025-07-01", "until_late")])
def test_a_late_day_that_cannot_be_is_refused_when_asked(clerk: User, until: str, code: str) -> None:
    with refused(code):
        asked("late_acceptance", a_candidate(), late(until), by=clerk, when=OVER)
    with refused("window_not_over"):
        asked("late_acceptance", a_candidate(), late(), by=clerk, when="2025-06-15T09:00")


@pytest.mark.parametrize("role", ["clerk", "finance", "auditor", "admin"])
def test_only_a_supervisor_admits_late(clerk: User, role: str) -> None:
    proposal = asked("late_acceptance", a_candidate(), late(), by=clerk, when=OVER)
    with refused("not_allowed"):
        approved(proposal, by=a_user(role), when=OVER)
    assert not LateAdmission.objects.exists()


def new_document(person: Candidate) -> str:
    """A number that fits the person's sex and birth date."""
    return resident_id(person.birth_date, seq=991 if person.sex == "male" else 992)


def test_a_name_and_document_change_by_two_and_the_old_ones_stay(clerk: User, other_clerk: User) -> None:
    application = reviewed(clerk)
    person = application.candidate
    old, number = person.documents.get(), new_document(person)
    payload = {"name": "改名后", "kind": "resident_id", "number": number, "country": ""}
    proposal = asked("core_change", person, payload, by=clerk, when=OVER)
    assert [one.after for one in proposal.lines][-1] != number
    with refused("four_eyes"):
        approved(proposal, by=clerk, when=OVER)
    approved(proposal, by=other_clerk, when=OVER)
    person.refresh_from_db()
    application.refresh_from_db()
    change = CoreChange.objects.get()
    assert (person.name, application.name, application.document) == ("改名后", "改名后", change.new_document)
    assert (change.old_document, IdentityDocument.objects.get(pk=old.pk).is_primary) == (old, False)
    assert number not in str([*Entry.objects.values_list("before", "after", "reason")])


def test_a_candidate_asks_and_a_document_of_another_says_nothing(clerk: User) -> None:
    person = a_candidate(number=resident_id(seq=881))
    other = a_candidate(number=resident_id(seq=883))
    payload = {"name": person.name, "kind": "resident_id", "number": other.documents.get().number, "country": ""}
    door = f"/me/requests/ask/core_change/{person.pk}/"
    assert person.user is not None
    browser = signed_in(person.user)
    assert browser.post(door, {**payload, "reason": "证件换发"}).status_code == 302
    with refused("document_known"):
        approved(Proposal.objects.get(), by=clerk, when=OVER)
    proposal = Proposal.objects.get()
    assert (proposal.status, CoreChange.objects.count()) == (ProposalStatus.FAILED, 0)
    assert "另一人" not in proposal.decision_reason
    assert signed_in(other.user).get(door).status_code == 404  # type: ignore[arg-type]  # has an account


def test_a_faulty_number_is_said_at_once(clerk: User) -> None:
    payload = {"name": "测试", "kind": "resident_id", "number": "310104199003070000", "country": ""}
    with refused("bad_checksum"):
        asked("core_change", a_candidate(), payload, by=clerk, when=OVER)


def test_a_change_meanwhile_makes_it_stale(clerk: User, other_clerk: User) -> None:
    person = a_candidate()
    payload = {"name": "改名后", "kind": "", "number": "", "country": ""}
    proposal = asked("core_change", person, payload, by=clerk, when=OVER)
    Candidate.objects.filter(pk=person.pk).update(name="另改名")
    with refused("stale"):
        approved(proposal, by=other_clerk, when=OVER)


def test_whole_names_on_the_page_need_a_reason(clerk: User, other_clerk: User) -> None:
    person = a_candidate()
    number = new_document(person)
    payload = {"name": person.name, "kind": "resident_id", "number": number, "country": ""}
    proposal = asked("core_change", person, payload, by=clerk, when=OVER)
    desk, page = signed_in(other_clerk), f"/admin/approvals/proposal/{proposal.pk}/page/"
    assert number not in desk.get(page).content.decode()
    assert number not in desk.post(page, {"act": "reveal", "reveal-reason": ""}).content.decode()
    assert number in desk.post(page, {"act": "reveal", "reveal-reason": "核对原件"}).content.decode()
    assert Entry.objects.get(action="proposal.reveal").reason == "核对原件"


@pytest.fixture
def session(clerk: User, finance: User) -> ExamSession:
    application = reviewed(clerk)
    pay(application, finance)
    Application.objects.filter(pk=application.pk).update(name="=1+1")
    application.refresh_from_db()
    assert application.status == ApplicationStatus.CONFIRMED
    assert application.exam_session is not None
    return application.exam_session


def granted(session: ExamSession, *, clerk: User, supervisor: User) -> FullExport:
    proposal = asked("full_export", session, {}, by=clerk, when=OVER)
    approved(proposal, by=supervisor, when=OVER)
    assert not FullExport.objects.exists()
    with refused("four_eyes"):
        approved(proposal, by=a_user("supervisor"), when=OVER)
    approved(proposal, by=a_user("auditor"), when=OVER)
    return FullExport.objects.get()


def test_a_whole_list_takes_both_posts_and_is_fetched_once(session: ExamSession, clerk: User, supervisor: User) -> None:
    export = granted(session, clerk=clerk, supervisor=supervisor)
    door, desk = f"/admin/registration/fullexport/{export.pk}/file/", signed_in(clerk)
    assert signed_in(a_user("clerk")).post(door).status_code == 404
    assert door in desk.get("/admin/registration/fullexport/").content.decode()
    sheet = openpyxl.load_workbook(io.BytesIO(desk.post(door).content)).active
    cells = next(iter(sheet.iter_rows(min_row=2)))
    assert (cells[1].value, cells[1].data_type) == ("=1+1", "s")
    assert cells[3].value == Application.objects.get().document.number  # type: ignore[union-attr]  # submitted
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    assert desk.post(door).status_code == 302
    assert Entry.objects.filter(action="export.full").count() == 1


def test_a_list_not_fetched_in_time_is_gone(session: ExamSession, clerk: User, supervisor: User) -> None:
    export = granted(session, clerk=clerk, supervisor=supervisor)
    with refused("export_expired"):
        exports.download(export.pk, by=act(clerk, at(OVER) + timedelta(hours=24)))
    with refused("export_used"):
        exports.download(export.pk, by=act(a_user("clerk"), OVER))


def test_the_office_pages_open(session: ExamSession, clerk: User, client: Client) -> None:
    desk = signed_in(clerk)
    for name in ("refund", "lateadmission", "corechange", "fullexport"):
        assert desk.get(f"/admin/registration/{name}/").status_code == 200, name
    for kind, pk in (("late_acceptance", a_candidate().pk), ("core_change", a_candidate().pk), ("refund", 1)):
        assert desk.get(f"/admin/approvals/proposal/ask/{kind}/{pk}/").status_code in {200, 404}
    asks = desk.get("/admin/registration/fullexport/", {"exam_session": session.pk})
    assert asks["Location"].endswith(f"/full_export/{session.pk}/")
    assert signed_in(a_user("marker")).get("/admin/registration/refund/").status_code == 403
