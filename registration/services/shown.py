"""What the candidate's pages show of an application, gathered once for the screen and for paper."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.formats import date_format

from exams.enums import EntryKind
from exams.rules import fee_on
from exams.services.kept_passes import entitlement
from kupasi.ics import Event
from registration.enums import ApplicationStatus, Step
from registration.models import Application

from . import facts
from .applications import open_steps
from .sheet import token as token
from .status import next_step, papers_due


def first_open(application: Application) -> Step | None:
    """The first step that still has to be filled in: not yet saved, or returned and not yet corrected."""
    allowed = open_steps(application)
    if application.status == ApplicationStatus.RETURNED:
        waiting = set(application.returned_items.filter(resolved_at=None).values_list("step", flat=True))
        return next((step for step in Step if step in allowed and step.value in waiting), None)
    return next((step for step in Step if step in allowed and step.value not in application.done_steps), None)


def is_filling(application: Application) -> bool:
    """Whether somebody still goes from step to step; later a changed step leads back to the whole."""
    return application.status == ApplicationStatus.RETURNED or len(application.done_steps) < len(Step)


def giving_up_sentence(application: Application, *, on: date, told: facts.SheetFacts | None = None) -> str:
    """What a new application gives up, in words to be confirmed; empty where nothing is kept (rules T4)."""
    if application.number or application.occupation_id is None or application.kind == EntryKind.RETAKE:
        return ""
    entered = told.entered if told else facts.has_entered(application.candidate_id, application.occupation_id)
    if not entered or application.occupation is None:
        return ""
    kept = facts.kept_at_stake(application.candidate, application.occupation, on=on)
    if not kept:
        return ""
    listed = "；".join(f"{one.subject} {one.value}，有效至 {date_format(one.valid_until, 'Y年n月j日')}" for one in kept)
    return f"我知道：这份申报缴费确认后，将放弃补考机会，以下合格成绩不再保留，不能恢复：{listed}。"


def summary(application: Application, *, on: date, told: facts.SheetFacts | None = None) -> dict[str, Any]:
    """The rows of the 报名表: subjects with their amounts (as fixed, or the price of the day), total, window.

    `told` is what `facts.of_sheet` answered, where that was asked already.
    """
    rows = list(application.items.select_related("subject").order_by("subject__order"))
    fee = None
    if application.occupation is not None and application.fee_total is None:
        codes = [row.subject.code for row in rows]
        prices = told.prices if told else facts.prices_of(application.occupation)
        fee = fee_on(on, prices, codes)
    priced = {item.subject: item.amount for item in fee.items} if fee else {}
    return {
        "items": [(row.subject.name, row.amount or priced.get(row.subject.code)) for row in rows],
        "total": fee.total if fee else application.fee_total,
        "window": application.window or (told.window if told else facts.window_for(application, on=on)),
        "kept": _kept_shown(application, on=on),
        "open": open_steps(application),
        "missing": first_open(application),
    }


def _kept_shown(application: Application, *, on: date) -> list[str]:
    """The kept passes behind a retake, in words: as handed in, or as they stand on the day."""
    if application.kind != EntryKind.RETAKE or application.occupation_id is None:
        return []
    if application.number:
        marks = application.kept_marks.select_related("seat__subject").order_by("seat__subject__order")
        return [f"{one.seat.subject} {one.value}" for one in marks]
    found = entitlement(application.candidate_id, application.occupation_id, on=on)
    return [f"{one.subject} {one.value}，有效至 {date_format(one.valid_until, 'Y年n月j日')}" for one in found.kept]


def coming_events(application: Application, *, site: str) -> list[Event]:
    """The application's dates for a phone's calendar: papers, payment, sittings. No name, no number of a document."""
    events = []
    what = str(application.occupation or "职业技能评价")
    if application.exam_session is not None and application.original_at is None:
        due = papers_due(application, exam_month=application.exam_session.exam_month)
        title, text = "交报名表原件（最迟）", f"{what}：打印、签字后交到业务受理点。依据：须知 一。"
        events.append(Event(f"papers-{application.pk}@kupasi", title, due.on, due.on, text, url=site))
    if application.status == ApplicationStatus.APPROVED and application.pay_until is not None:
        day = application.pay_until.date()
        events.append(Event(f"pay-{application.pk}@kupasi", "缴费截止", day, day, what, url=site))
    if application.entry is not None:
        for seat in application.entry.seats.select_related("subject", "sitting__room__site"):
            if seat.sitting is not None:
                place = f"{seat.sitting.room.site.address} {seat.sitting.room.name}"
                title = f"{what} {seat.subject}"
                uid = f"sitting-{application.pk}-{seat.pk}@kupasi"
                times = (seat.sitting.starts_at, seat.sitting.ends_at)
                events.append(Event(uid, title, *times, "开考前 20 分钟入场，请带身份证件和准考证。", place, site))
    if not events and application.window is not None:
        month = date_format(application.window.exam_month, "Y年n月")
        day = application.window.exam_month
        events.append(Event(f"month-{application.pk}@kupasi", f"{month}评价月开始", day, day, what, url=site))
    return events


def listed(applications: list[Application]) -> list[dict[str, Any]]:
    """Each application with its sentence, for the dashboard."""
    return [{"application": one, "next": next_step(one)} for one in applications]
