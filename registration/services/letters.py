"""Letters about a candidate's own acts, written in the causing transaction; none holds personal data but the number."""

from __future__ import annotations

from kupasi.acts import Act
from kupasi.notices.services import queue
from registration.models import Application


def submitted(application: Application, *, by: Act) -> None:
    """The application has arrived; what the person does next."""
    body = (
        f"您的申报已提交，编号 {application.number}，费用 {application.fee_total} 元。\n"
        "请打印报名表，核对后签字，并把原件交到业务受理点；审核通过后按通知缴费。"
    )
    _queue(application, by=by, kind="application.submitted", subject="申报已提交", body=body)


def filed_by_institution(application: Application, *, institution: str, by: Act) -> None:
    """An institution has filed for the person, who may look and object."""
    body = (
        f"{institution}已为您团体申报，编号 {application.number}，费用由机构统一缴纳。\n"
        "请核对内容，在打印的报名表上签字后交给机构；并非本人意愿的，请尽快联系业务受理点。"
    )
    _queue(application, by=by, kind="application.filed_in_group", subject="机构已为您团体申报", body=body)


def resubmitted(application: Application, *, by: Act) -> None:
    """The corrected application has arrived."""
    body = f"编号 {application.number} 的补正内容已提交，我们会尽快重新审核。"
    _queue(application, by=by, kind="application.resubmitted", subject="补正已提交", body=body)


def withdrawn(application: Application, *, by: Act) -> None:
    """The application was withdrawn."""
    body = f"编号 {application.number} 的申报已撤回，不产生费用。在申报时间内可以重新申报。"
    _queue(application, by=by, kind="application.withdrawn", subject="申报已撤回", body=body)


def _queue(application: Application, *, by: Act, kind: str, subject: str, body: str) -> None:
    key = f"{kind}:{application.pk}:{int(by.at.timestamp())}"
    url = f"/me/applications/{application.pk}/"
    queue(
        by, key=key, kind=kind, subject=subject, body=body, candidate=application.candidate, url=url, about=application
    )
