"""Plans and prices: the clerk asks, the supervisor or finance approves (rules C3, P2; matrix plan.edit, fee.edit)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse

from exams.enums import PlanStatus
from exams.models import Fee, Plan, Subject, Window
from exams.services.plans import change_window, publish_plan
from exams.services.programme import set_price
from kupasi.approvals.kinds import AskForm, Granted, Kind, Line, Payload
from kupasi.errors import Refusal

DAYS = ("opens_on", "closes_on", "exam_month")
DAY_BOX = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class WindowForm(AskForm):
    """The three days of a window of a published plan."""

    opens_on = forms.DateField(label="开始日", widget=DAY_BOX)
    closes_on = forms.DateField(label="截止日（含）", widget=DAY_BOX)
    exam_month = forms.DateField(label="评价月", widget=DAY_BOX, help_text="填该月第一天")

    def prepare(self) -> None:
        for name in DAYS:
            self.initial[name] = getattr(self.about, name)

    def payload(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name].isoformat() for name in DAYS}


class PriceForm(AskForm):
    """A subject's new price from a day on."""

    amount = forms.DecimalField(label="金额（元）", max_digits=8, decimal_places=2, min_value=Decimal(0))
    effective_from = forms.DateField(label="生效日", widget=DAY_BOX, help_text="不早于今天；此前提交的申报仍按原标准")

    def payload(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"amount": f"{given['amount']:.2f}", "effective_from": given["effective_from"].isoformat()}


def _days(window: Window) -> dict[str, str]:
    return {name: getattr(window, name).isoformat() for name in DAYS}


def _window_lines(window: Window, given: Payload) -> list[Line]:
    if _days(window) == dict(given):
        raise Refusal("no_change", "日期与现在的安排相同，没有需要调整的内容。", "通知 附件1")
    labels = {"opens_on": "开始日", "closes_on": "截止日", "exam_month": "评价月"}
    now = _days(window)
    return [Line(label, now[name], given[name]) for name, label in labels.items()]


def _change(granted: Granted) -> object:
    days = {name: date.fromisoformat(granted.payload[name]) for name in DAYS}
    return change_window(
        granted.about.pk,
        opens_on=days["opens_on"],
        closes_on=days["closes_on"],
        exam_month=days["exam_month"],
        by=granted.by,
        reason=granted.reason,
    )


def _plan_state(plan: Plan, given: Payload) -> Payload:
    return {"status": plan.status, "windows": [_days(one) for one in plan.windows.order_by("opens_on")]}


def _plan_lines(plan: Plan, given: Payload) -> list[Line]:
    windows = [Line("时间段", "", str(one)) for one in plan.windows.order_by("opens_on")]
    return [Line("计划", plan.get_status_display(), PlanStatus.PUBLISHED.label), *windows]


def _last(subject: Subject) -> Fee | None:
    return Fee.objects.filter(subject=subject).order_by("-effective_from").first()


def _price_lines(subject: Subject, given: Payload) -> list[Line]:
    last = _last(subject)
    return [
        Line("科目", "", f"{subject.occupation} · {subject}"),
        Line("金额", f"{last.amount} 元" if last else "", f"{given['amount']} 元"),
        Line("生效日", f"{last.effective_from}" if last else "", given["effective_from"]),
    ]


def _set_price(granted: Granted) -> object:
    given = granted.payload
    start = date.fromisoformat(given["effective_from"])
    return set_price(granted.about.pk, amount=Decimal(given["amount"]), effective_from=start, by=granted.by)


def _price_state(subject: Subject, given: Payload) -> Payload:
    last = _last(subject)
    return {"last": [last.pk, last.amount, last.effective_from, last.effective_until] if last else None}


KINDS = [
    Kind(
        "plan_change",
        "调整申报时间段",
        "plan.edit",
        Window,
        lambda user: Window.objects.public(),
        lambda window, given: {**_days(window), "plan": window.plan.status},
        _window_lines,
        _change,
        form=WindowForm,
        hint="批准后立即生效，受影响的人员会收到通知。",
        clause="通知 附件1",
        url=lambda pk, user: reverse("admin:exams_window_change", args=[pk]),
    ),
    Kind(
        "plan_publish",
        "公布年度计划",
        "plan.edit",
        Plan,
        lambda user: Plan.objects.filter(status=PlanStatus.DRAFT),
        _plan_state,
        _plan_lines,
        lambda granted: publish_plan(granted.about.pk, by=granted.by),
        hint="公布后按计划开放申报，以后的调整须再经审批并通知受影响的人员。",
        clause="通知 附件1",
        url=lambda pk, user: reverse("admin:exams_plan_change", args=[pk]),
    ),
    Kind(
        "fee_change",
        "调整收费标准",
        "fee.edit",
        Subject,
        lambda user: Subject.objects.select_related("occupation"),
        _price_state,
        _price_lines,
        _set_price,
        form=PriceForm,
        hint="新标准自生效日起适用，已提交的申报金额不变。",
        clause="通知 二(四)",
    ),
]
