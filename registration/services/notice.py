"""Loading what the notice states: occupations, subjects, fees, the 2025 plan, clauses, texts, known years."""

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
from kupasi.people.enums import ConsentKind
from kupasi.people.models import ConsentText

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
TEXTS = {
    ConsentKind.PRIVACY: (
        "为办理职业技能评价的申报、考试、成绩和证书，我们需要处理您的姓名、证件类型与号码、出生日期、性别、手机、"
        "照片以及考试记录。证件号码与手机加密保存，页面上只显示部分数字；查看完整号码须说明理由并留下记录。"
        "成绩与证书信息将按规定报送人力资源和社会保障部门。您可以随时查看、复制、更正自己的资料，"
        "并在没有法定保存义务时申请删除。"
    ),
    ConsentKind.DOCUMENT_IMAGE: "同意保存本人证件影像，仅用于核对身份；不同意不影响申报，可改为到现场出示原件。",
    ConsentKind.PLEDGE: (
        "本人确认：所填信息和所交材料真实、有效，符合所报职业的申报条件；已阅读参评人员须知，愿意遵守考场纪律。"
        "若查实不符合条件或材料虚假，参评资格和成绩将被取消，材料和费用不退，已取得的证书作废（须知 一）。"
    ),
}


@transaction.atomic
def load_notice(*, by: Act) -> dict[str, int]:
    """Create what is missing and leave what staff have changed; returns how many rows of each kind were created."""
    made: Counter[str] = Counter()
    _occupations(made)
    _plan(made, by=by)
    _years(made)
    _clauses(made)
    for kind, text in TEXTS.items():
        _, created = ConsentText.objects.get_or_create(
            kind=kind, version=1, defaults={"text": text, "effective_from": PLAN_FROM}
        )
        made["文本"] += created
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
            defaults={"name": name, "order": order, "seat_word": seat_word, "what_to_bring": bring},
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
