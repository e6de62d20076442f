"""Loading what the notice states: occupations, subjects, fees, the 2025 plan, clauses, known years."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import chinese_calendar
from django.db import transaction

from discipline.models import Clause
from discipline.rules import CLAUSES
from exams.enums import DayKind, PlanStatus
from exams.models import Fee, Occupation, OccupationCondition, Plan, SpecialDay, Subject, Window, WorkdayYear
from exams.rules.calendar import notice_plan
from kupasi.acts import Act
from kupasi.audit.services import record

NOTICE_ON = date(2025, 2, 26)
PLAN_FROM = date(2025, 1, 1)  # the first window opened before the notice was signed (rules C4)
CONDITION = "我已阅读该职业的考核规范，并符合其中写明的申报条件。"
OCCUPATIONS = (
    ("data-annotation", "01", "人工智能数据标注", "为人工智能系统采集、清洗、标注数据并检查质量的专项职业能力。"),
    ("model-application", "02", "人工智能模型运用", "选择、调用和调试人工智能模型以完成实际任务的专项职业能力。"),
)
SUBJECTS = (
    ("theory", "理论知识", Decimal("95.00"), "座位", "身份证件原件、准考证、黑色签字笔"),
    ("practical", "操作技能", Decimal("385.00"), "考位", "身份证件原件、准考证"),
)


@transaction.atomic
def load_notice(*, by: Act) -> dict[str, int]:
    """Create what is missing and leave what staff have changed; returns how many rows of each kind were created."""
    made: Counter[str] = Counter()
    _occupations(made)
    _plan(made, by=by)
    _years(made)
    _clauses(made)
    if made.total():
        record(by, "notice.loaded", Plan.objects.get(year=2025), after=dict(made))
    return dict(made)


def _occupations(made: Counter[str]) -> None:
    for order, (code, number_code, name, summary) in enumerate(OCCUPATIONS, start=1):
        occupation, created = Occupation.objects.get_or_create(
            code=code, defaults={"number_code": number_code, "name": name, "summary": summary, "order": order}
        )
        made["职业"] += created
        if created:
            OccupationCondition.objects.create(occupation=occupation, text=CONDITION, order=1)
        _subjects(occupation, made)


def _subjects(occupation: Occupation, made: Counter[str]) -> None:
    for order, (code, name, amount, seat_word, bring) in enumerate(SUBJECTS, start=1):
        subject, created = Subject.objects.get_or_create(
            occupation=occupation,
            code=code,
            defaults={
                "name": name,
                "order": order,
                "seat_word": seat_word,
                "uses_station": seat_word == "考位",
                "what_to_bring": bring,
            },
        )
        made["科目"] += created
        if created:
            Fee.objects.create(subject=subject, amount=amount, effective_from=PLAN_FROM)


def _plan(made: Counter[str], *, by: Act) -> None:
    plan, created = Plan.objects.get_or_create(
        year=2025,
        defaults={"status": PlanStatus.PUBLISHED, "published_at": by.at, "source": "通知 附件1（2025-02-26）"},
    )
    if created:
        windows = [
            Window(plan=plan, opens_on=one.opens_on, closes_on=one.closes_on, exam_month=one.exam_month)
            for one in notice_plan()
        ]
        Window.objects.bulk_create(windows)
        made["申报时间段"] += len(windows)


def _years(made: Counter[str]) -> None:
    """The years whose arrangement the library knows; the next ones are entered by staff when they are announced."""
    known = set(WorkdayYear.objects.values_list("year", flat=True))
    years = sorted({day.year for day in chinese_calendar.constants.holidays} - known)
    WorkdayYear.objects.bulk_create(WorkdayYear(year=year, document_no=f"国务院办公厅 {year} 年安排") for year in years)
    days = [
        SpecialDay(year_id=day.year, day=day, kind=kind)
        for kind, table in (
            (DayKind.OFF, chinese_calendar.constants.holidays),
            (DayKind.WORK, chinese_calendar.constants.workdays),
        )
        for day in table
        if day.year in years
    ]
    SpecialDay.objects.bulk_create(days, batch_size=500)
    made["节假日年份"] += len(years)


def _clauses(made: Counter[str]) -> None:
    for one in CLAUSES:
        _, created = Clause.objects.get_or_create(
            code=one.code,
            effective_from=PLAN_FROM,
            defaults={"tier": one.tier, "text": one.text, "needs_reminder": one.needs_reminder},
        )
        made["条款"] += created
