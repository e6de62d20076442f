"""Letters about a cancelled or moved exam: what happened, what may be chosen until when, what came of it (rules A4)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.formats import date_format

from exams.models import Disruption
from kupasi.acts import Act
from kupasi.notices import services as notices
from kupasi.people.models import User
from registration.models import Application, DisruptionChoice

from .choice_rows import has_place

CLAUSE = "依据：须知 一。"
DAY = "Y年n月j日"


def happened(disruption: Disruption) -> str:
    """What the organiser did, in one sentence."""
    where = f"，新安排：{disruption.after}" if disruption.after else ""
    reason = disruption.reason.rstrip("。.！； ")
    return f"{disruption.before}：{disruption.get_kind_display()}{where}。原因：{reason}。"


def until(disruption: Disruption) -> str:
    """The last day for the choice."""
    sure = "（当年放假安排未公布，暂定）" if disruption.is_provisional else ""
    return date_format(disruption.answer_until, DAY) + sure


def choose(choice: DisruptionChoice, application: Application, *, by: Act) -> None:
    """What happened, and the choice."""
    disruption = choice.disruption
    stays = has_place(application)
    silence = "视为接受新安排" if stays else "按退费办理，费用全额退回"
    ways = "接受新安排、改到其他评价月或全额退费" if stays else "改到其他评价月或全额退费"
    ticket = "此前的准考证如已作废，会另行来信。" if stays else "已经收到准考证的，准考证已作废，请不要前往考核点。"
    if application.institution_id is not None:
        body = (
            f"{happened(disruption)}您的申报 {application.number} 由申报机构统一选择改期或退费，"
            f"结果会来信告知。{CLAUSE}"
        )
    else:
        body = (
            f"{happened(disruption)}您的申报 {application.number} 受到影响，责任不在您。"
            f"请在 {until(disruption)} 24:00 前选择{ways}；逾期没有选择的，{silence}。"
            f"也可以到业务受理点当面选择。{ticket}{CLAUSE}"
        )
    _send(
        choice,
        application,
        by=by,
        what="open",
        subject=f"考试{disruption.get_kind_display()}，请选择改期或退费",
        body=body,
    )


def moved_along(choice: DisruptionChoice, application: Application, *, by: Act) -> None:
    """Not paid yet: the application is in the new month now."""
    body = (
        f"{happened(choice.disruption)}您的申报 {application.number} 尚未确认，已随之改到新的评价月，"
        f"审核和缴费照常办理；不再需要的，缴费前可以自行撤回。{CLAUSE}"
    )
    _send(choice, application, by=by, what="along", subject="评价场次改期，申报随之改期", body=body)


def ended(choice: DisruptionChoice, application: Application, *, by: Act) -> None:
    """Not paid: nothing is owed on either side."""
    body = (
        f"{happened(choice.disruption)}您的申报 {application.number} 尚未缴费，已随场次取消，不产生费用。"
        f"可以在申报时间内重新申报。{CLAUSE}"
    )
    _send(choice, application, by=by, what="ended", subject="评价场次取消，申报已结束", body=body)


def kept(choice: DisruptionChoice, application: Application, *, by: Act) -> None:
    """The new arrangement stands."""
    arranged = choice.disruption.after or str(application.exam_session)
    body = (
        f"您的申报 {application.number} 已记为接受新安排：{arranged}。"
        f"新的准考证制好后会来信，旧版请不要再使用。{CLAUSE}"
    )
    _send(choice, application, by=by, what="kept", subject="已接受新安排", body=body)


def moved(choice: DisruptionChoice, application: Application, *, by: Act) -> None:
    """Another month."""
    month = date_format(application.exam_session.exam_month, "Y年n月") if application.exam_session else ""
    body = (
        f"您的申报 {application.number} 已改到 {month}的评价，已交的费用和材料继续有效。"
        f"排好座位后制作新的准考证，并写明改了什么；准考证号不变。{CLAUSE}"
    )
    _send(choice, application, by=by, what="moved", subject=f"已改到 {month}的评价", body=body)


def refund_asked(choice: DisruptionChoice, application: Application, *, amount: Decimal, by: Act) -> None:
    """The application ends; finance is asked to pay the whole fee back."""
    whose = "退回申报机构" if application.institution_id else "按原缴费方式退回"
    back = f"应退 {amount} 元已提交财务批准，批准后{whose}并来信告知" if amount > 0 else "按规定不予退费"
    body = f"{happened(choice.disruption)}您的申报 {application.number} 已取消，{back}。{CLAUSE}"
    _send(choice, application, by=by, what="refund", subject="申报已取消，正在办理退费", body=body)


def to_institutions(disruption: Disruption, application_ids: Sequence[int], *, by: Act) -> None:
    """One letter to everybody who acts for an institution with people in it; it names nobody."""
    affected = Application.objects.filter(pk__in=application_ids, institution__isnull=False)
    schools = list(affected.order_by("institution").values_list("institution", flat=True).distinct())
    for user in User.objects.filter(membership__institution__in=schools, is_active=True).order_by("pk"):
        notices.queue(
            by,
            key=f"disruption-{disruption.pk}-{user.pk}",
            kind="disruption",
            subject=f"考试{disruption.get_kind_display()}，请为本机构人员选择",
            body=(
                f"{happened(disruption)}请在 {until(disruption)} 24:00 前为受影响的人员选择接受新安排、"
                f"改到其他评价月或全额退费。逾期没有选择的：有新安排的视为接受，没有的按退费办理。{CLAUSE}"
            ),
            user=user,
            url="/institution/changes/",
            about=disruption,
        )


def _send(choice: DisruptionChoice, application: Application, *, by: Act, what: str, subject: str, body: str) -> None:
    notices.queue(
        by,
        key=f"disruption-choice-{choice.pk}-{what}",
        kind=f"disruption_{what}",
        subject=subject,
        body=body,
        candidate=application.candidate,
        url=f"/me/applications/{application.pk}/change/" if what == "open" else f"/me/applications/{application.pk}/",
        about=application,
    )
