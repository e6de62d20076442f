"""What two people decide at the front desk: refunds, late applications, core data, lists with whole numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet, Subquery
from django.urls import reverse

from exams.models import ExamSession, Occupation, Window
from kupasi import clock
from kupasi.approvals.kinds import AskForm, Granted, Kind, Line, Payload
from kupasi.people.enums import DocumentKind
from kupasi.people.models import Candidate
from kupasi.people.services.persons import Judged
from registration.enums import ApplicationStatus
from registration.models import Application, Order
from registration.services import exceptions, exports, refunds, roster_orders

PLAIN = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
YUAN = "{:.2f} 元"


class PersonField(forms.ModelChoiceField):
    """Somebody on a roster's order, by number, name and class: whoever may ask sees the names on the order's page."""

    def label_from_instance(self, obj: Application) -> str:
        """With what went back already."""
        row, back = obj.roster_row, getattr(obj, "back", None)
        where = f"（{row.class_name}）" if row.class_name else ""
        return f"{obj.number} {obj.name}{where}" + (f" 已退 {back:.2f} 元" if back else "")


class RefundForm(AskForm):
    """How much is to be given back; what was shown as available goes along, so that a change is noticed."""

    amount = forms.DecimalField(
        label="退费金额（元）", max_digits=10, decimal_places=2, min_value=Decimal("0.01"), localize=False
    )
    available = forms.DecimalField(max_digits=10, decimal_places=2, widget=forms.HiddenInput)
    person = PersonField(
        label="退谁的费用",
        queryset=Application.objects.none(),
        required=False,
        empty_label="不是退某一人：退多缴的部分",
    )
    field_order = ("person", "amount", "available", "reason")

    def prepare(self) -> None:
        if self.about.roster_id is None:
            del self.fields["person"]
            self.initial["available"] = self.initial["amount"] = self.about.net
            self.fields["amount"].help_text = f"可退金额 {self.about.net} 元。"
            return
        del self.fields["available"]
        people = Application.objects.filter(group_items__order=self.about).distinct().order_by("number")
        people = people.select_related("candidate", "roster_row")
        people = people.annotate(back=Subquery(roster_orders.given_back(self.about)))
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["amount"].help_text = f"订单现有 {self.about.net} 元；退一人的，最多为此人的费用。"

    def payload(self) -> dict[str, Any]:
        given = self.cleaned_data
        payload: dict[str, Any] = {"amount": f"{given['amount']:.2f}"}
        if self.about.roster_id is None:
            return payload | {"available": f"{given['available']:.2f}"}
        return payload | ({"person": given["person"].pk} if given["person"] else {})


class LateForm(AskForm):
    """For which occupation and which window that is over, and until when."""

    occupation = forms.ModelChoiceField(label="申报职业", queryset=Occupation.objects.public())
    window = forms.ModelChoiceField(label="申报时间段", queryset=Window.objects.none())
    until = forms.DateField(
        label="补报截止日（含）",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="在评价月开始之前。",
    )

    def prepare(self) -> None:
        today = clock.today()
        over = Window.objects.public().filter(closes_on__lt=today, exam_month__gt=today)
        self.fields["window"].queryset = over.order_by("-closes_on")  # type: ignore[attr-defined]

    def payload(self) -> dict[str, Any]:
        given = self.cleaned_data
        until = given["until"].isoformat()
        return {"occupation": given["occupation"].pk, "window": given["window"].pk, "until": until}


class CoreForm(AskForm):
    """The new name, and the new document where that changes too."""

    name = forms.CharField(label="姓名", max_length=60, widget=PLAIN, help_text="与证件一致；不变的请保留。")
    kind = forms.ChoiceField(label="新证件类型", choices=DocumentKind.choices(), required=False)
    number = forms.CharField(
        label="新证件号码", max_length=40, required=False, widget=PLAIN, help_text="证件不变的请留空。"
    )
    country = forms.CharField(label="签发国家（护照）", max_length=3, required=False, widget=PLAIN)

    def prepare(self) -> None:
        self.initial["name"], self.initial["kind"] = self.about.name, exceptions.in_use(self.about).kind

    def payload(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "kind", "number", "country")}


def _net_left(user: Any) -> QuerySet[Order]:
    return Order.objects.visible_to(user).holding()


def _order_state(order: Order, given: Payload) -> Payload:
    person = refunds.person_of(order, given.get("person"))
    return {"net": order.net, "total": order.total, "application": person.status if person else order.status}


def _refund_lines(order: Order, given: Payload) -> list[Line]:
    amount, seen = Decimal(given["amount"]), given.get("available")
    person = given.get("person")
    refunds.judge(order, amount=amount, seen=Decimal(seen) if seen is not None else None, person=person)
    lines = [
        Line("应缴", YUAN.format(order.total), YUAN.format(order.total)),
        Line("已到账", YUAN.format(order.paid), YUAN.format(order.paid)),
        Line("已退", YUAN.format(order.refunded), YUAN.format(order.refunded + amount)),
        Line("退费金额", "", YUAN.format(amount)),
    ]
    application = refunds.person_of(order, person)
    if application is not None and person is not None:
        lines.insert(0, Line("退谁的费用", "", application.number or ""))
    if application is not None and refunds.ends_application(order, amount=amount, person=person):
        status = ApplicationStatus(application.status)
        lines.append(Line("申报", status.label, ApplicationStatus.CANCELLED.label))
    return lines


def _refund(granted: Granted) -> object:
    amount = Decimal(granted.payload["amount"])
    person = granted.payload.get("person")
    return refunds.pay_out(granted.about.pk, amount=amount, proposal=granted.proposal, by=granted.by, person=person)


def _order_page(pk: Any, user: Any) -> str:
    return reverse("admin:registration_order_pay", args=[pk]) if user.is_staff else ""


def _payer(pk: Any) -> int | None:
    return Order.objects.values_list("application__candidate__user", flat=True).get(pk=pk)


def _late_lines(candidate: Candidate, given: Payload) -> list[Line]:
    return [
        Line("参评人员", "", candidate.name, "name"),
        Line("证件", "", exceptions.in_use(candidate).number, "document"),
        Line("申报职业", "", str(Occupation.objects.get(pk=given["occupation"]))),
        Line("申报时间段", "已截止", str(Window.objects.get(pk=given["window"]))),
        Line("可补报至", "", f"{given['until']}（含当日）"),
    ]


def _admit(granted: Granted) -> object:
    given = granted.payload
    return exceptions.admit_late(
        granted.about.pk,
        occupation_id=given["occupation"],
        window_id=given["window"],
        until=date.fromisoformat(given["until"]),
        proposal=granted.proposal,
        by=granted.by,
    )


def _judged(candidate: Candidate, given: Payload, on: date) -> Judged:
    words = {name: str(given.get(name, "")) for name in ("kind", "number", "country")}
    return exceptions.judge_core(candidate, name=str(given["name"]), on=on, **words)


def _core_lines(candidate: Candidate, given: Payload) -> list[Line]:
    old, new = exceptions.in_use(candidate), _judged(candidate, given, clock.today()).facts
    return [
        Line("姓名", candidate.name, new.name, "name"),
        Line("证件类型", old.get_kind_display(), DocumentKind(new.kind).label),
        Line("证件号码", old.number, new.number, "document"),
    ]


def _change_core(granted: Granted) -> object:
    facts = _judged(granted.about, granted.payload, granted.by.on).facts
    return exceptions.change_core(granted.about.pk, facts=facts, proposal=granted.proposal, by=granted.by)


def _person_page(pk: Any, user: Any) -> str:
    return reverse("admin:people_candidate_change", args=[pk]) if user.is_staff else ""


def _person(pk: Any) -> int | None:
    return Candidate.objects.values_list("user", flat=True).get(pk=pk)


def _core_state(candidate: Candidate, given: Payload) -> Payload:
    return {"name": candidate.name, "document": exceptions.in_use(candidate).pk}


def _listed(session: ExamSession) -> int:
    return Application.objects.filter(exam_session=session, status__in=exports.LISTED).count()


def _export_lines(session: ExamSession, given: Payload) -> list[Line]:
    return [
        Line("评价场次", "", str(session)),
        Line("现有人数", "", f"{_listed(session)} 人"),
        Line("内容", "", "姓名、完整证件号码、性别、出生日期"),
        Line("下载", "", "仅申请人本人，24 小时内，一次"),
    ]


KINDS = [
    Kind(
        "refund",
        "退费",
        "refund.approve",
        Order,
        _net_left,
        _order_state,
        _refund_lines,
        _refund,
        form=RefundForm,
        ask_action="refund.ask",
        hint="缴费后一般不退费；评价场次取消、改期，多缴，或有特殊情况的，写明理由后审批。缺考、材料不真实的不退。",
        clause="须知 一",
        rehearse=False,
        lock=lambda pk: refunds.locked(int(pk)),
        subject=_payer,
        url=_order_page,
    ),
    Kind(
        "late_acceptance",
        "逾期受理",
        "app.late",
        Candidate,
        lambda user: Candidate.objects.visible_to(user),
        _core_state,
        _late_lines,
        _admit,
        form=LateForm,
        hint="只对这一位、这一职业、这一时间段有效，不为其他人重新开放申报。",
        clause="通知 附件1",
        subject=_person,
        url=_person_page,
    ),
    Kind(
        "core_change",
        "变更姓名或证件",
        "account.id_change",
        Candidate,
        lambda user: Candidate.objects.visible_to(user),
        _core_state,
        _core_lines,
        _change_core,
        form=CoreForm,
        hint="审批人须核对证件原件。原姓名和原证件留存；进行中的申报和准考证随之更新，已发的证书不变。",
        clause="须知 一",
        rehearse=False,
        subject=_person,
        url=_person_page,
    ),
    Kind(
        "full_export",
        "导出完整证件号码名单",
        "export.full",
        ExamSession,
        lambda user: ExamSession.objects.all(),
        lambda session, given: {"status": session.status},
        _export_lines,
        lambda granted: exports.grant(granted.about, proposal=granted.proposal, by=granted.by),
        hint="须监督和审计两人批准。批准后申请人在“完整号码名单”中下载一次，下载留有记录。",
        clause="权限表",
        seats=("supervisor", "auditor"),
        url=lambda pk, user: reverse("admin:registration_fullexport_changelist"),
    ),
]
