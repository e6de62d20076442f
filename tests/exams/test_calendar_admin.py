"""The office keeps plans, years, prices, settings and notices; roles by the matrix, refusals as form errors."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from exams.enums import PlanStatus
from exams.models import (
    Document,
    Fee,
    Occupation,
    Plan,
    ResultFlag,
    Setting,
    SpecialDay,
    Subject,
    Window,
    WindowChange,
)
from exams.services.deadlines import flag_results
from exams.services.plans import plan_year
from exams.services.settings import number
from kupasi import clock, queues
from kupasi.approvals.models import Proposal
from kupasi.audit.models import Entry as Line
from kupasi.notices.enums import Channel
from kupasi.notices.models import Notice
from tests.builders import a_user, act, an_application, at, signed_in
from tests.exams.marking import an_exam, everybody_came

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands in May 2025."""
    monkeypatch.setattr(clock, "now", lambda: at("2025-05-20T09:00"))


@pytest.fixture
def supervisor(notice: None) -> Client:
    return signed_in(a_user("supervisor"))


@pytest.fixture
def clerk_desk(notice: None) -> Client:
    return signed_in(a_user("clerk"))


def admin_url(name: str, *args: object) -> str:
    return reverse(f"admin:exams_{name}", args=args)


def days_of(window: Window, **more: str) -> dict[str, str]:
    """The window's days as the form sends them."""
    names = ("opens_on", "closes_on", "exam_month")
    return {name: getattr(window, name).isoformat() for name in names} | {"reason": ""} | more


def ask_url(kind: str, pk: int) -> str:
    return reverse("admin:approvals_proposal_ask", args=[kind, pk])


def approved_in(desk: Client) -> int:
    """The open proposal, approved on its page; the answer's status."""
    proposal = Proposal.objects.get(status="open")
    page = reverse("admin:approvals_proposal_page", args=[proposal.pk])
    return desk.post(page, {"act": "approve", "seen": proposal.digest, "reason": ""}).status_code


def test_a_clerk_drafts_and_asks_and_a_supervisor_publishes(clerk_desk: Client, supervisor: Client) -> None:
    clerk_desk.post(admin_url("plan_add"), {"year": "2026"})
    plan = Plan.objects.get(year=2026)
    action = {"action": "publish", "_selected_action": [plan.pk]}
    supervisor.post(admin_url("plan_changelist"), action)
    door = clerk_desk.post(admin_url("plan_changelist"), action)["Location"]
    clerk_desk.post(door, {"reason": "按上年规律"})
    plan.refresh_from_db()
    assert plan.status == PlanStatus.DRAFT
    assert (approved_in(clerk_desk), approved_in(supervisor)) == (403, 302)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.PUBLISHED
    assert supervisor.get(admin_url("plan_change", plan.pk)).status_code == 200


def test_changing_a_published_window_asks_for_a_reason_and_tells_those_affected(
    clerk_desk: Client, supervisor: Client
) -> None:
    application = an_application(when="2025-05-20T09:00")
    window = Window.objects.get(opens_on=date(2025, 5, 16))
    door = ask_url("plan_change", window.pk)
    assert door in clerk_desk.get(admin_url("window_change", window.pk)).content.decode()
    assert "请写明理由" in clerk_desk.post(door, days_of(window, closes_on="2025-06-14")).content.decode()
    assert clerk_desk.post(door, days_of(window, closes_on="2025-06-14", reason="系统维护")).status_code == 302
    assert not WindowChange.objects.exists()
    assert approved_in(supervisor) == 302
    assert WindowChange.objects.get().reason == "系统维护"
    letter = Notice.objects.get(kind="window_change", channel=Channel.IN_APP)
    assert letter.candidate == application.candidate
    assert "2025-06-14" in letter.body


def test_an_overlap_is_a_form_error(clerk_desk: Client) -> None:
    window = Window.objects.get(opens_on=date(2025, 5, 16))
    sent = days_of(window, closes_on="2025-06-16", reason="延长")
    assert "重叠" in clerk_desk.post(ask_url("plan_change", window.pk), sent).content.decode()
    window.refresh_from_db()
    assert window.closes_on == date(2025, 6, 15)


@pytest.mark.parametrize(("role", "draft_ends"), [("clerk", date(2026, 2, 14)), ("supervisor", date(2026, 2, 15))])
def test_alone_the_clerk_changes_windows_of_drafts_only_and_the_supervisor_none(
    notice: None, role: str, draft_ends: date
) -> None:
    desk = signed_in(a_user(role))
    plan = plan_year(2026, by=act())
    draft, public = plan.windows.all()[0], Window.objects.get(opens_on=date(2025, 5, 16))
    desk.post(admin_url("window_change", draft.pk), days_of(draft, closes_on="2026-02-14"))
    desk.post(admin_url("window_change", public.pk), days_of(public, closes_on="2025-06-14", reason="试"))
    draft.refresh_from_db()
    public.refresh_from_db()
    assert (draft.closes_on, public.closes_on) == (draft_ends, date(2025, 6, 15))


@pytest.mark.parametrize("name", ["plan_add", "window_add", "workdayyear_add", "document_add"])
def test_whoever_approves_the_plan_writes_none_of_it(supervisor: Client, name: str) -> None:
    assert supervisor.get(admin_url(name)).status_code == 403
    assert supervisor.post(admin_url(name), {"year": "2031", "title": "通告"}).status_code == 403


def test_a_year_is_imported_and_flags_follow(clerk_desk: Client) -> None:
    exam = an_exam(on="2026-12-12")
    everybody_came(exam)
    flag_results(by=act(when="2026-12-13T08:00"))
    assert ResultFlag.objects.get().is_provisional
    file = SimpleUploadedFile("2027.csv", "日期,休/班,名称\n2027-01-01,休,元旦\n2027-01-03,班,\n".encode("gb18030"))
    sent = {"year": "2027", "document_no": "样例〔2026〕1 号", "days": "", "file": file}
    assert clerk_desk.post(admin_url("workdayyear_add"), sent).status_code == 302
    assert SpecialDay.objects.filter(year=2027).count() == 2
    flag_results(by=act(when="2026-12-13T08:00"))
    flag = ResultFlag.objects.get()
    assert (flag.due_on, flag.is_provisional) == (date(2027, 1, 10 - 2), False)


def test_typed_days_are_shown_again_and_errors_name_their_line(clerk_desk: Client) -> None:
    sent = {"year": "2027", "document_no": "样例 1 号", "days": "2027-01-01,休,元旦\n2027-01-32,休"}
    assert "第 2 行日期有误" in clerk_desk.post(admin_url("workdayyear_add"), sent).content.decode()
    sent["days"] = "2027-01-01,休,元旦"
    clerk_desk.post(admin_url("workdayyear_add"), sent)
    assert "2027-01-01,休,元旦" in clerk_desk.get(admin_url("workdayyear_change", 2027)).content.decode()
    changed = {"document_no": "样例 2 号", "days": "2027-01-01,休,元旦"}
    assert clerk_desk.post(admin_url("workdayyear_change", 2027), changed).status_code == 302


def test_unknown_years_are_called_provisional(clerk_desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at("2026-11-20T09:00"))
    page = clerk_desk.get(admin_url("workdayyear_changelist")).content.decode()
    assert "2027 年的节假日安排尚未录入" in page
    plan_year(2027, by=act())
    lines = {line.queue.code: line.count for line in queues.board(a_user("clerk"), on=clock.today())}
    assert (lines["provisional-years"], lines["draft-plans"]) == (1, 1)


def test_a_clerk_asks_for_a_price_and_finance_sets_it(clerk_desk: Client) -> None:
    subject, finance = Subject.objects.filter(code="theory")[0], signed_in(a_user("finance"))
    assert finance.get(admin_url("fee_add")).status_code == 403
    door = clerk_desk.get(admin_url("fee_add"), {"subject": subject.pk})["Location"]
    sent = {"amount": "100.00", "effective_from": "2025-09-01", "reason": "物价部门核定"}
    clerk_desk.post(door, sent)
    assert (approved_in(clerk_desk), approved_in(finance)) == (403, 302)
    assert [fee.amount for fee in Fee.objects.filter(subject=subject)] == [Decimal("100.00"), Decimal("95.00")]
    early = clerk_desk.post(door, {**sent, "effective_from": "2025-08-01"}).content.decode()
    assert "新标准应在其后生效" in early


def test_the_settings_page_lists_the_catalogue_and_keeps_who_changed(notice: None) -> None:
    desk = signed_in(a_user("admin"))
    assert "成绩公布期限（工作日）" in desk.get(admin_url("setting_changelist")).content.decode()
    address = admin_url("setting_edit", "result_working_days")
    assert desk.post(address, {"value": "15", "reason": ""}).status_code == 200
    assert desk.post(address, {"value": "15", "reason": "提前公布"}).status_code == 302
    assert approved_in(signed_in(a_user("auditor"))) == 302
    assert number("result_working_days") == 15
    line = Line.objects.get(action="setting.changed")
    assert (line.before, line.after, line.reason) == ({"value": 20}, {"value": 15}, "提前公布")
    assert Setting.objects.get().changed_by is not None


def test_only_the_system_role_changes_settings(notice: None) -> None:
    address = admin_url("setting_edit", "result_working_days")
    assert signed_in(a_user("auditor")).get(admin_url("setting_changelist")).status_code == 200
    assert signed_in(a_user("auditor")).get(address).status_code == 404
    assert signed_in(a_user("clerk")).get(admin_url("setting_changelist")).status_code == 404


def test_a_notice_is_uploaded_published_and_withdrawn(clerk_desk: Client) -> None:
    def file(words: bytes) -> SimpleUploadedFile:
        return SimpleUploadedFile("公告.pdf", b"%PDF-1.7 " + words)

    clerk_desk.post(admin_url("document_add"), {"title": "评价公告", "body": "", "file": file(b"one")})
    document = Document.objects.get()
    sent = {"title": "评价公告（更新）", "body": "正文", "file": file(b"two")}
    assert clerk_desk.post(admin_url("document_change", document.pk), sent).status_code == 302
    assert document.versions.count() == 2
    for action in ("publish", "withdraw"):
        clerk_desk.post(admin_url("document_changelist"), {"action": action, "_selected_action": [document.pk]})
    document.refresh_from_db()
    assert document.withdrawn_at is not None
    assert (
        document.versions.first().sha256 in clerk_desk.get(admin_url("document_change", document.pk)).content.decode()
    )


def test_an_occupation_is_data_and_its_changes_are_recorded(supervisor: Client) -> None:
    occupation = Occupation.objects.get(code="data-annotation")
    page = supervisor.get(admin_url("occupation_change", occupation.pk))
    form = page.context["adminform"].form
    sent = {name: form.initial[name] for name in form.fields} | {"involves_marking": "on"}
    for inline in page.context["inline_admin_formsets"]:
        for one in [inline.formset.management_form, *inline.formset.forms]:
            sent |= {one.add_prefix(name): one[name].value() or "" for name in one.fields}
    assert supervisor.post(admin_url("occupation_change", occupation.pk), sent).status_code == 302
    assert Line.objects.get(action="occupation.changed").after == {"involves_marking": "True"}


def test_lists_are_exported_by_those_who_may_and_recorded(supervisor: Client) -> None:
    Occupation.objects.create(code="=1+1", number_code="09", name="样例职业")
    answer = supervisor.get(admin_url("occupation_export"))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    codes = [row[rows[0].index("code")] for row in rows[1:]]
    assert codes == ["1+1", "data-annotation", "model-application"]
    assert Line.objects.filter(action="occupation.exported").count() == 1


@pytest.mark.parametrize("name", ["publication", "resultflag", "window", "occupation", "fee", "document"])
def test_the_lists_open_for_their_readers(notice: None, name: str) -> None:
    role = {"publication": "publisher", "resultflag": "publisher", "fee": "finance"}.get(name, "supervisor")
    everybody_came(an_exam(on="2025-03-15"))
    flag_results(by=act(when="2025-04-20T08:00"))
    assert signed_in(a_user(role)).get(admin_url(f"{name}_changelist")).status_code == 200
    assert signed_in(a_user("marker")).get(admin_url(f"{name}_changelist")).status_code == 403


def test_overdue_results_stand_on_the_publishers_board(notice: None) -> None:
    everybody_came(an_exam(on="2025-03-15"))
    flag_results(by=act(when="2025-04-20T08:00"))
    lines = {line.queue.code: line.count for line in queues.board(a_user("publisher"), on=date(2025, 4, 20))}
    assert (lines["results-overdue"], lines["results-due-soon"], lines["results-to-publish"]) == (1, 0, 1)
