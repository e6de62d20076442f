"""The letters that the office's acts cause: rows written in the causing transaction, sent later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.formats import date_format

from exams.models import GivenUpPass
from exams.services.settings import office_facts
from kupasi.acts import Act
from kupasi.clock import SHANGHAI
from kupasi.notices import services as notices
from kupasi.people.models import User
from registration.models import Application, CoreChange, LateAdmission, Order, Payment, Refund, ReturnedItem

MOMENT = "Y年n月j日 H:i"


def moment(value: datetime | None) -> str:
    """A moment in Shanghai as people read it; the last second of a day reads 24:00."""
    if value is None:
        return "规定时间"
    local = value.astimezone(SHANGHAI)
    if (local.hour, local.minute, local.second) == (23, 59, 59):
        return date_format(local, "Y年n月j日") + " 24:00"
    return date_format(local, MOMENT)


def approved(application: Application, order: Order, *, by: Act) -> None:
    """Approved: what is still to be paid, until when and how."""
    left = order.total - order.net
    until = moment(application.pay_until)
    body = (
        f"您的申报 {application.number}（{application.occupation}）已审核通过。请在 {until} 前缴清 {left} 元，"
        f"缴费参考号 {order.reference}。缴费方式见“缴费”页面；逾期未缴清的，本次申报失效，名额释放。依据：通知 二(四)。"
    )
    _send(application, by=by, what="approved", subject="审核已通过，请按时缴费", body=body, page="fee/")


def approved_in_group(*applications: Application, by: Act) -> None:
    """Approved: the institution pays for everybody. One statement, however many they are."""
    notices.queue_many(by, [_approved_in_group(one) for one in applications])


def _approved_in_group(application: Application) -> notices.Letter:
    body = (
        f"您由机构团体申报的 {application.number}（{application.occupation}）已审核通过，"
        "费用由申报机构统一缴纳，您不用缴费；缴清后会来信告知。"
        "如对团体申报有疑问，请与申报机构或业务受理点联系。依据：通知 二(二)、二(四)。"
    )
    return _letter(application, what="approved", subject="审核已通过", body=body)


def returned(application: Application, items: list[ReturnedItem], *, by: Act) -> None:
    """Sent back: each part with its reason, and until when it may be corrected."""
    lines = "\n".join(f"· {item.get_step_display()}：{item.reason}" for item in items)
    until = moment(application.correct_until)
    body = (
        f"您的申报 {application.number} 需要补正以下内容，其他内容不用重填：\n{lines}\n"
        f"请在 {until} 前修改并重新提交；提交后请重新打印报名表、签名并交原件。依据：须知 一。"
    )
    what = f"returned-{items[0].pk}"
    _send(application, by=by, what=what, subject="申报需要补正", body=body)


def rejected(application: Application, reason: str, *, by: Act) -> None:
    """Not accepted, and why."""
    office = office_facts()
    body = (
        f"您的申报 {application.number}（{application.occupation}）未予受理，原因：{reason}\n"
        f"如有异议，可致电 {office.phone} 咨询，或拨打监督电话 {office.supervision_phone}。依据：通知 二(一)、须知 一。"
    )
    _send(application, by=by, what="rejected", subject="申报未予受理", body=body)


def original_in(application: Application, *, by: Act) -> None:
    """The signed original is in."""
    body = f"您的申报 {application.number} 的签名报名表原件已收到。原件留存在业务受理点，不用再次提交。依据：须知 一。"
    _send(
        application,
        by=by,
        what=f"original-{application.original_at:%Y%m%d%H%M%S}",
        subject="已收到报名表原件",
        body=body,
    )


def extended(application: Application, *, by: Act) -> None:
    """More time to correct, for this person."""
    until = moment(application.correct_until)
    body = f"您的申报 {application.number} 的补正时间已延长到 {until}，请在此之前修改并重新提交。依据：通知 附件1。"
    what = f"extended-{application.correct_until:%Y%m%d}"
    _send(application, by=by, what=what, subject="补正时间已延长", body=body)


def paid(payment: Payment, order: Order, *, by: Act) -> None:
    """Money arrived: how much, and what is still open or too much."""
    assert order.application is not None
    left = order.total - order.net
    if left > 0:
        rest = f"还差 {left} 元，请按期补足。"
    elif left < 0:
        rest = f"比应缴多 {-left} 元，财务人员会与您联系处理。"
    else:
        rest = "已全部缴清。"
    body = (
        f"申报 {order.application.number} 收到 {payment.amount} 元（{payment.get_method_display()}），{rest}"
        f"收据号 {payment.receipt_number}，可在“缴费”页面下载收据。依据：通知 二(四)。"
    )
    subject = "费用已到账"
    _send(order.application, by=by, what=f"payment-{payment.pk}", subject=subject, body=body, page="fee/")


def ended_in_group(application: Application, *, by: Act) -> None:
    """The fee goes back to the institution that paid it, and the application ends with it."""
    body = (
        f"您由机构团体申报的 {application.number}（{application.occupation}）已取消，费用退回申报机构。"
        "需要参加评价的，可在申报时间内重新申报。依据：须知 一。"
    )
    _send(application, by=by, what="ended-in-group", subject="申报已取消", body=body)


def refunded(application: Application, refund: Refund, *, by: Act) -> None:
    """Money goes back, and what that means for the application."""
    ends = "这份申报随之取消，名额已释放。" if application.status == "cancelled" else ""
    body = (
        f"您的申报 {application.number} 已批准退费 {refund.amount} 元，退费单号 {refund.number}，"
        f"款项按原缴费方式退回。{ends}依据：须知 一。"
    )
    _send(application, by=by, what=f"refund-{refund.pk}", subject="退费已批准", body=body, page="fee/")


def late_admitted(late: LateAdmission, *, by: Act) -> None:
    """One person may still apply, until when."""
    body = (
        f"经批准，您可以补报“{late.occupation}”{date_format(late.window.exam_month, 'Y年n月')}的评价，"
        f"请在 {moment(late.until)} 前提交申报，逾期不再受理。依据：通知 附件1。"
    )
    notices.queue(
        by,
        key=f"late-{late.pk}",
        kind="late_admission",
        subject="可以补报，请按时提交",
        body=body,
        candidate=late.candidate,
        url="/me/apply/",
        about=late,
    )


def core_changed(change: CoreChange, *, by: Act) -> None:
    """Name or document changed; the letter names neither."""
    body = (
        "您的姓名或证件信息已按申请变更，进行中的申报和准考证随之更新。如非本人申请，请立即与我们联系。依据：须知 一。"
    )
    notices.queue(
        by,
        key=f"core-change-{change.pk}",
        kind="core_change",
        subject="姓名或证件信息已变更",
        body=body,
        candidate=change.candidate,
        about=change,
    )


def confirmed(application: Application, *, by: Act) -> None:
    """Approved and paid: what comes next."""
    papers = "" if application.original_at else "请尽快把签名的报名表原件交到业务受理点，收到后才能排座和制作准考证。"
    month = date_format(application.exam_session.exam_month, "Y年n月") if application.exam_session else ""
    body = (
        f"您的申报 {application.number}（{application.occupation}）已确认参加 {month} 的评价。"
        f"{_given_up(application)}{papers}准考证一般在考前 3 天发给您核对。依据：通知 二(五)、须知 一。"
    )
    _send(application, by=by, what="confirmed", subject="报名已确认", body=body)


def _given_up(application: Application) -> str:
    """What the confirmed application took with it (rules T4)."""
    lost = GivenUpPass.objects.filter(entry=application.entry_id).select_related("mark__seat__subject")
    listed = "、".join(f"{one.mark.seat.subject} {one.mark.value}" for one in lost)
    return f"补考机会已放弃，原合格成绩（{listed}）不再保留（通知 四(二)）。" if listed else ""


def pay_soon(application: Application, order: Order, *, by: Act) -> None:
    """The deadline comes nearer."""
    left = order.total - order.net
    body = (
        f"您的申报 {application.number} 还有 {left} 元未到账，请在 {moment(application.pay_until)} 前缴清，"
        f"缴费参考号 {order.reference}。逾期未缴的，本次申报失效。如已转账，请忽略本提醒。依据：通知 二(四)。"
    )
    _send(application, by=by, what="pay-soon", subject="缴费即将截止", body=body, page="fee/")


def lapsed(application: Application, *, by: Act) -> None:
    """Out of time."""
    why = "截至缴费截止时间未收到费用" if application.reviewed_at and application.pay_until else "补正时间已过"
    body = (
        f"您的申报 {application.number}（{application.occupation}）因{why}，已失效，名额已释放。"
        "需要参加评价的，可在下一个申报时间段重新申报。依据：通知 二(四)、附件1。"
    )
    _send(application, by=by, what="lapsed", subject="申报已失效", body=body)


def ended_without_original(application: Application, *, by: Act) -> None:
    """The exam month is over and the signed original never came."""
    body = (
        f"您的申报 {application.number}（{application.occupation}）因评价月结束前没有收到签名的报名表原件，"
        "未能安排考试，现已结束。已缴费用按缺考处理，不予退还；有特殊情况的，可联系业务受理点申请退费。您可以在申报时间内重新申报。"
        "依据：须知 一。"
    )
    _send(application, by=by, what="ended-without-original", subject="申报已结束", body=body)


def part_paid_overdue(application: Application, order: Order, *, by: Act, readers: Iterable[User]) -> None:
    """To finance: money is partly in and the deadline is over; a person decides."""
    body = (
        f"申报 {application.number} 的缴费已截止：应缴 {order.total} 元，到账 {order.paid} 元。"
        "系统没有自动判为失效，请核对后联系本人补足，或按规定办理。依据：本单位规定：缴费期限与款项登记。"
    )
    for reader in readers:
        notices.queue(
            by,
            key=f"part-paid-{application.pk}-{reader.pk}",
            kind="part_paid_overdue",
            subject="部分到账且已过缴费期限",
            body=body,
            user=reader,
            about=order,
        )


def _send(application: Application, *, by: Act, what: str, subject: str, body: str, page: str = "") -> None:
    notices.queue_many(by, [_letter(application, what=what, subject=subject, body=body, page=page)])


def _letter(application: Application, *, what: str, subject: str, body: str, page: str = "") -> notices.Letter:
    return notices.Letter(
        key=f"application-{application.pk}-{what}",
        kind=f"application_{what.partition('-')[0]}",
        subject=subject,
        body=body,
        candidate=application.candidate,
        url=f"/me/applications/{application.pk}/{page}",
        about=application,
    )
