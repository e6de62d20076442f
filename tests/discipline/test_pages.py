"""The pages of a case: the room's record, the office's steps, the candidate's own; complaints; the API."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from discipline.enums import LetterKind, ServedHow
from discipline.models import Case, Complaint, Evidence, RegisterTask
from discipline.services import complaints, hearing, inbox, papers
from exams.models import Mark
from kupasi import clock
from kupasi.audit.models import Entry as AuditEntry
from kupasi.people.privacy import sections
from kupasi.people.services import privacy
from tests.builders import a_user, act, at, photo_bytes, signed_in
from tests.exams.marking import Exam, a_published_exam

from . import making

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture
def exam() -> Exam:
    return a_published_exam("80,70")[0]


@pytest.fixture
def people() -> making.Staff:
    return making.staff()


def test_an_invigilator_records_at_the_seat_with_a_photo(exam: Exam) -> None:
    room, seat = signed_in(exam.invigilator), making.theory(exam.entries[0])
    page = f"/discipline/seats/{seat.pk}/record/"
    typed = {
        "clause": "二1",
        "act_at": "2025-07-12T10:00",
        "place": "第一考场",
        "facts": "带资料",
        "signature": "refused",
    }
    assert "提醒后仍不改正" in room.post(page, typed).content.decode()
    photos = [SimpleUploadedFile("a.jpg", photo_bytes(width=590 + n), content_type="image/jpeg") for n in range(8)]
    reminder = {"reminder_at": "2025-07-12T09:50", "reminder_by": "监考甲", "reminder_how": "当面", "file": photos[:2]}
    assert room.post(page, typed | reminder | {"file": photos[2:]}).context["form"].has_error("file", "too_many")
    assert room.post(page, typed | reminder).status_code == 302
    case = Case.objects.get()
    assert (case.is_reminded, case.signature) == (True, "refused")
    assert list(Evidence.objects.values_list("title", "is_own")) == [("现场证据", False), ("现场证据 2", False)]
    page = room.get(f"/discipline/cases/{case.pk}/").content.decode()
    assert 'enctype="multipart/form-data"' in page
    assert not re.findall(r"<(?:button|h2)[^>]*>\s*</", page)  # every step says what it is


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"act_at": "0001-01-01T00:00"}, "bad_time"),
        ({"act_at": "2025-07-11T10:00"}, "bad_time"),  # not the day of the sitting
        ({"clause": "二1", "reminder_at": "0001-01-01T00:00"}, "bad_time"),
        ({"clause": "二1", "reminder_at": "2025-07-12T10:30"}, "reminder_late"),
    ],
)
def test_a_moment_that_cannot_be_is_refused(exam: Exam, changed: dict[str, str], code: str) -> None:
    seat = making.theory(exam.entries[0])
    typed = {"clause": "三1", "act_at": "2025-07-12T10:00", "place": "第一考场", "facts": "手机", "signature": "signed"}
    typed |= {"reminder_by": "监考甲", "reminder_how": "当面"} | changed
    page = signed_in(exam.invigilator).post(f"/discipline/seats/{seat.pk}/record/", typed)
    errors = page.context["form"].errors.as_data()
    assert code in {one.code for found in errors.values() for one in found}
    assert not Case.objects.exists()


def test_the_page_says_who_confirms_and_leads_to_entering_the_head(exam: Exam, people: making.Staff) -> None:
    case = making.recorded(making.theory(exam.entries[0]), people)
    desk, page = signed_in(people.clerk), f"/discipline/cases/{case.pk}/"
    form = desk.get(page)
    assert "confirm" not in dict(form.context["forms"])
    entering = f"/admin/exams/duty/add/?site={exam.sittings[0].room.site_id}&amp;on=2025-07-12&amp;role=head"
    assert entering in form.content.decode()
    assert desk.get(html.unescape(entering)).status_code == 200
    assert desk.post(page, {"act": "confirm"}).status_code == 403
    head = signed_in(making.head_for(case, people))
    assert head.post(page, {"act": "confirm"}).status_code == 302
    case.refresh_from_db()
    assert (case.status, case.confirmed_by) == ("confirmed", people.head)


def test_a_supervisor_looks_at_the_effects_and_signs_exactly_them(exam: Exam, people: making.Staff) -> None:
    case = making.noticed(making.recorded(making.theory(exam.entries[0]), people), people)
    Case.objects.filter(pk=case.pk).update(hearing_until=date(2025, 7, 22))
    desk, page = signed_in(people.decider), f"/discipline/cases/{case.pk}/"
    typed = {"outcome": "uphold", "reason": "事实清楚", "act": "preview"}
    shown = desk.post(page, typed).content.decode()
    found = re.search(r'name="plan_hash" value="([0-9a-f]{64})"', shown)
    assert found is not None
    assert "80.0 → 成绩取消" in shown
    assert desk.post(page, typed | {"act": "decide", "plan_hash": "0" * 64}).status_code == 200
    case.refresh_from_db()
    assert case.status == "noticed"
    assert desk.post(page, typed | {"act": "carry_out"}).status_code == 409


def test_a_step_clicked_twice_is_told_as_done_and_not_as_forbidden(exam: Exam, people: making.Staff) -> None:
    case = making.noticed(making.recorded(making.theory(exam.entries[0]), people), people)
    again = signed_in(people.clerk).post(f"/discipline/cases/{case.pk}/", {"act": "notice"})
    assert again.status_code == 409
    assert "已办过或不能办理" in again.content.decode()
    assert case.letters.count() == 1


def test_the_candidate_answers_on_their_own_page_and_nobody_elses(exam: Exam, people: making.Staff) -> None:
    case = making.noticed(making.recorded(making.theory(exam.entries[0]), people), people)
    assert case.candidate.user is not None
    own, page = signed_in(case.candidate.user), f"/discipline/mine/{case.pk}/"
    assert own.get(f"{page}letters/notice/").content.startswith(b"%PDF")
    assert own.post(page, {"act": "state", "text": "不是我的手机。"}).status_code == 302
    case.refresh_from_db()
    assert (case.status, case.statement) == ("heard", "不是我的手机。")
    assert signed_in(people.clerk).get(page).status_code == 404
    assert own.get(f"/discipline/cases/{case.pk}/").status_code == 403


def test_a_case_is_part_of_what_is_held_about_a_person_and_goes_in_time(exam: Exam, people: making.Staff) -> None:
    case = making.a_case(making.theory(exam.entries[0]), people, clause="四2")
    assert [record.title for record in sections["cases"].records(case.candidate)] == [f"违纪事项 {case.number}"]
    assert any(
        case.number in duty.what for duty in privacy.duties_of(case.candidate, on=date(2032, 7, 12)) if case.number
    )
    assert case.candidate_id not in set(sections["cases"].due(date(2032, 7, 12)))
    assert case.candidate_id in set(sections["cases"].due(date(2032, 7, 13)))
    assert sections["cases"].clear(case.candidate, act(when="2032-07-13T09:00")) == 1
    case.refresh_from_db()
    assert (case.facts, case.letters.exclude(file="").count()) == ("已删除", 0)


def test_anybody_complains_without_a_name_and_asks_by_number_and_word(client: Client, people: making.Staff) -> None:
    shown = client.post("/discipline/complaints/", {"text": "有人作弊"}).content.decode()
    row = Complaint.objects.get()
    key = re.search(r'查询口令</dt><dd class="k-num">(\w+)<', shown)
    assert key is not None
    assert row.number is not None
    complaints.reply(row.pk, by=act(people.clerk), answer="已核实。")
    asked = {"number": row.number, "key": key[1]}
    assert "已核实" in client.post("/discipline/complaints/status/", asked).content.decode()
    assert "已核实" not in client.post("/discipline/complaints/status/", asked | {"key": "X"}).content.decode()


def test_registers_outside_are_told_and_told_again(exam: Exam, people: making.Staff) -> None:
    making.a_case(making.theory(exam.entries[0]), people)
    task, desk = RegisterTask.objects.first(), signed_in(people.clerk)
    assert task is not None
    desk.post("/discipline/cases/tasks/", {"task": task.pk, "receipt": "受理 1"})
    task.refresh_from_db()
    assert (task.receipt, task.done_by) == ("受理 1", people.clerk)


def test_the_api_records_and_states(exam: Exam) -> None:
    seat = making.theory(exam.entries[0])
    body = {
        "seat": seat.pk,
        "clause": "三1",
        "act_at": "2025-07-12T10:00:00+08:00",
        "place": "第一考场",
        "facts": "手机",
    }
    room = signed_in(exam.invigilator)
    answer = room.post("/api/v1/cases/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["holds_results"]) == (201, True)
    again = room.post("/api/v1/cases/", body, content_type="application/json")
    assert again.json()["id"] == answer.json()["id"]
    assert set(Mark.objects.values_list("is_held", flat=True)) == {True}
    user = exam.entries[0].candidate.user
    assert user is not None
    assert signed_in(user).get(f"/api/v1/cases/{answer.json()['id']}/").status_code == 404


def test_past_decisions_are_counted_by_clause_for_whoever_decides(exam: Exam, people: making.Staff) -> None:
    for entry in exam.entries[:2]:
        making.a_case(making.theory(entry), making.staff(), clause="四2", severity="serious")
    found = [(code, [(one.words, one.count) for one in rows]) for code, rows in inbox.outcomes()]
    assert found == [("四2", [("按拟处理意见决定：须知 四2，情节严重（5 年）", len(exam.entries[:2]))])]
    assert "过往的决定" in signed_in(people.decider).get("/discipline/cases/").content.decode()
    assert "过往的决定" not in signed_in(people.first).get("/discipline/cases/").content.decode()


def test_the_auditor_reads_complaints_masked_recorded_and_presses_nothing() -> None:
    row, _ = complaints.receive(act(), text="有人替考。", name="赵六六", contact="13900001111")
    reader, page = signed_in(a_user("auditor")), f"/discipline/complaints/office/{row.pk}/"
    assert row.number in reader.get("/discipline/complaints/office/").content.decode()
    shown = reader.get(page).content.decode()
    assert [word in shown for word in ("有人替考", "赵六六", "13900001111", "赵**", "139****1111")] == [
        True, False, False, True, True,
    ]  # fmt: skip
    assert AuditEntry.objects.filter(action="complaint.read", object_id=str(row.pk)).count() == 1
    assert reader.post(page, {"answer": "已核实"}).status_code == 403
    assert signed_in(a_user("supervisor")).get(page).status_code == 403


def test_until_a_public_notice_is_over_the_page_says_when_and_nothing_is_signed_twice(
    exam: Exam, people: making.Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = making.decided(making.noticed(making.recorded(making.theory(exam.entries[0]), people), people), people)
    by = act(people.clerk, making.SERVED)
    papers.serve(case.pk, LetterKind.DECISION, by=by, how=ServedHow.PUBLIC, on=by.on, proof="公告栏 1 号")
    monkeypatch.setattr(clock, "now", lambda: at(making.DONE))
    page = signed_in(people.decider).get(f"/discipline/cases/{case.pk}/")
    steps = dict(page.context["forms"])
    assert "sign" not in steps
    assert "2025-08-17" in steps["carry_out"].hint
    assert "2025-08-17 公告期满，视为送达" in page.content.decode()


def test_the_inbox_names_the_one_step_that_is_next(exam: Exam, people: making.Staff) -> None:
    def words() -> list[str]:
        lines = inbox.inbox(Case.objects.all(), on=date(2025, 7, 15))
        assert [one.words for one in inbox.load(lines, on=date(2025, 7, 15))] == [lines[0].next_step]
        return [one.next_step for one in lines]

    case = making.recorded(making.theory(exam.entries[0]), people)
    assert words() == [inbox.NEXT_STEP["recorded"]]
    Case.objects.update(second_by=None)
    assert words() == [inbox.FIRST["recorded"]]
    Case.objects.update(second_by=people.second)
    making.examined(case, people)
    hearing.give_notice(case.pk, by=act(people.clerk, making.NOTICED))
    assert words() == [inbox.FIRST["noticed"]]
    making.serve(case, LetterKind.NOTICE, people, when=making.NOTICED)
    assert words() == [inbox.NEXT_STEP["noticed"]]
