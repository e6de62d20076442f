"""The stage of the demonstration: plans, sites, rooms, an institution, a fictitious number prefix, notices."""

from __future__ import annotations

from datetime import date

from certificates.services import enter_series
from exams.enums import Numbering, PlanStatus
from exams.models import Occupation, Plan, Room, Site
from exams.services.notice import add_version, publish_document, write_document
from exams.services.plans import plan_year, publish_plan
from exams.services.room_plans import Change, Layout, draw_plan, mark_places
from kupasi import pdf
from kupasi.acts import Act
from kupasi.people.models import Institution

SAMPLE_PREFIX = "S000099000000"  # province 99 does not exist: nobody can take it for a real number
ROOMS = (("演示第一考核点", "演示路 1 号 3 楼", 30), ("演示第二考核点", "演示路 88 号 2 楼", 20))
WELCOME = (
    "本页展示的是演示数据，人物、机构和编号均为虚构。\n\n"
    "申报时间段、评价月与收费以通知及其附件1为准：全年十一个时间段，每个时间段对应一个评价月；"
    "每个职业理论知识 95 元、操作技能 385 元，合计 480 元。"
)
BRING = "考试当天请携带身份证件原件和准考证，开考前 20 分钟入场，开考 30 分钟后不再入场。"


def plans(by: Act) -> None:
    """Plans up to the present year are published; from November on, the next one lies ready as a draft."""
    for year in range(2026, by.on.year + 1):
        plan = Plan.objects.filter(year=year).first() or plan_year(year, by=by)
        if plan.status != PlanStatus.PUBLISHED:
            publish_plan(plan.pk, by=by)
    if by.on.month >= 11 and not Plan.objects.filter(year=by.on.year + 1).exists():
        plan_year(by.on.year + 1, by=by)


def institution() -> Institution:
    """A training institution that does not exist; its code has a right check character."""
    return Institution.objects.get_or_create(
        credit_code="91310000MA1FL0000N", defaults={"name": "演示职业技能培训学校", "contact": "演示联系人"}
    )[0]


def rooms(by: Act) -> list[Room]:
    """Two sites with two rooms each and a spare one, all with a plan: an aisle, accessible seats in front."""
    made = []
    for name, address, capacity in ROOMS:
        site, _ = Site.objects.get_or_create(
            name=name,
            defaults={"address": f"上海市徐汇区{address}", "directions": "轨道交通 11 号线龙耀路站步行 8 分钟"},
        )
        for number in (1, 2):
            made.append(_room(site, f"第 {number} 考场", capacity, by=by))
        _room(site, "备用考场", capacity, by=by, is_spare=True)
    return made


def _room(site: Site, name: str, capacity: int, *, by: Act, is_spare: bool = False) -> Room:
    """Five seats a row, an aisle after the second."""
    room, is_new = Room.objects.get_or_create(
        site=site, name=name, defaults={"capacity": capacity, "is_spare": is_spare}
    )
    if is_new:
        layout = Layout(rows=capacity // 5, columns=6, numbering=Numbering.ROWS_SNAKE, aisles=(3,))
        draw_plan(room.pk, layout=layout, by=by)
        mark_places(room.pk, numbers={1, 2}, change=Change(is_accessible=True), by=by)
    return room


def number_series(by: Act) -> None:
    """A prefix that cannot be mistaken for a real one; every certificate of the demonstration says 样本."""
    for occupation in Occupation.objects.all():
        enter_series(
            by, occupation=occupation, prefix=SAMPLE_PREFIX, level_digit="0", source="演示，无来文", is_sample=True
        )


def documents(by: Act, *, on: date) -> None:
    """Two published notices, one with a file."""
    first = write_document(title=f"{on.year} 年度申报及评价安排说明", body=WELCOME, by=by)
    paragraphs = "".join(f"<p>{line}</p>" for line in WELCOME.splitlines() if line)
    content = pdf.render(f"<h1>{on.year} 年度申报及评价安排说明</h1>{paragraphs}", css=())
    add_version(first.pk, content=content, file_name="安排说明.pdf", by=by)
    publish_document(first.pk, by=by)
    second = write_document(title="考试当天须知", body=BRING, by=by)
    publish_document(second.pk, by=by)
