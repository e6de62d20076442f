"""The web form, sent by a candidate of 1 March 2026 who asks for what there is not (families RR, at the candidate)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from exams.enums import PlanStatus
from exams.models import Plan, Window
from exams.rules import notice_plan
from exams.rules.calendar import plan_by_pattern
from kupasi import clock
from registration.enums import ApplicationStatus
from registration.models import Application
from tests.builders import a_candidate, a_draft, at
from tests.exams.retaking import a_part_passed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_of_march")]
TODAY = at("2026-03-01T10:00")


@pytest.fixture
def first_of_march(notice: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan of 2026 by the notice's pattern, on a day within one of its windows."""
    plan = Plan.objects.create(year=2026, status=PlanStatus.PUBLISHED, published_at=at("2026-01-01T08:00"))
    Window.objects.bulk_create(
        Window(plan=plan, opens_on=one.opens_on, closes_on=one.closes_on, exam_month=one.exam_month)
        for one in plan_by_pattern(2026, notice_plan())
    )
    monkeypatch.setattr(clock, "now", lambda: TODAY)
    monkeypatch.setattr(clock, "today", TODAY.date)


def own(draft: Application) -> Client:
    assert draft.candidate.user is not None
    client = Client()
    client.force_login(draft.candidate.user)
    return client


def step(draft: Application, name: str) -> str:
    return reverse("apply-step", args=[draft.pk, name])


@pytest.mark.parametrize("asked", ["不存在的职业", "no-such", "", "data-annotation\r\nBCC:x", "<script>", "{{7*7}}"])
def test_an_occupation_that_is_not_offered_is_refused_on_the_form(asked: str) -> None:
    draft = a_draft(a_candidate(), when=TODAY)
    before = draft.occupation_id
    page = own(draft).post(step(draft, "subjects"), {"occupation": asked})
    assert page.status_code in (200, 400, 422)
    told = page.context["form"].errors.as_data()["occupation"]
    assert {error.code for error in told} <= {"required", "invalid_choice"}
    assert "<script>" not in page.content.decode().split("<main")[1].split("</main")[0]
    assert Application.objects.get(pk=draft.pk).occupation_id == before


def test_subjects_a_fee_and_a_state_of_ones_own_are_not_read() -> None:
    draft = a_draft(a_candidate(), when=TODAY)
    client, preview = own(draft), reverse("apply-preview", args=[draft.pk])
    more = {"fee": "0.01", "fee_total": "0.01", "status": "qualified", "is_paid": "true", "score": "100"}
    client.post(step(draft, "subjects"), {"occupation": "data-annotation", "subjects": ["理论", "理论"], **more})
    token = client.get(preview).context["form"].expected
    assert client.post(preview, {"token": token, **more}).status_code == 302
    done = Application.objects.get(pk=draft.pk)
    assert (done.status, done.fee_total) == (ApplicationStatus.SUBMITTED, Decimal("480.00"))
    assert done.items.count() == 2


NO_NAMES = ["张三\n李四", "<script>alert(1)</script>", "{{7*7}}{% debug %}", "张\u202e三", "=1+1"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_is_none_is_never_taken_nor_run(name: str) -> None:
    draft = a_draft(a_candidate(name="测试甲"), when=TODAY)
    page = own(draft).post(step(draft, "identity"), {"name": name, "education": "bachelor"})
    assert page.status_code in (200, 302, 400, 422)
    assert "<script>alert" not in page.content.decode()
    assert Application.objects.get(pk=draft.pk).candidate.name == "测试甲"


def test_without_a_pass_there_is_no_retake() -> None:
    draft = a_draft(a_candidate(), when=TODAY)
    page = own(draft).post(reverse("retake", args=["data-annotation"]))
    assert page.status_code in (400, 403, 409, 422)
    assert not Application.objects.filter(kind="retake").exists()


def test_a_pass_of_more_than_two_years_ago_gives_no_retake(monkeypatch: pytest.MonkeyPatch) -> None:
    person = a_part_passed()
    draft = a_draft(person, when=TODAY)
    late = at("2027-09-01T10:00")
    monkeypatch.setattr(clock, "now", lambda: late)
    monkeypatch.setattr(clock, "today", late.date)
    page = own(draft).post(reverse("retake", args=["data-annotation"]))
    assert page.status_code in (400, 403, 409, 422)
    assert not Application.objects.filter(kind="retake").exists()


def test_every_fault_of_a_step_is_told_at_once_and_what_was_typed_stays() -> None:
    draft = a_draft(a_candidate(), when=TODAY)
    page = own(draft).post(step(draft, "identity"), {"name": "张3", "education": "", "employer": "样例公司"})
    assert (page.status_code, set(page.context["form"].errors)) == (400, {"name", "education"})
    assert page.context["form"].has_error("name", "name_chars")
    assert "样例公司" in page.content.decode()
