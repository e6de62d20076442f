"""1 March 2026, within a window of the plan that follows the notice's pattern: the day of the bad inputs."""

from __future__ import annotations

from exams.enums import PlanStatus
from exams.models import Plan, Window
from exams.rules import notice_plan
from exams.rules.calendar import plan_by_pattern
from tests import builders

TODAY = "2026-03-01T10:00"


def open_window(year: int = 2026) -> None:
    """The plan of a year, published."""
    plan = Plan.objects.create(year=year, status=PlanStatus.PUBLISHED, published_at=builders.at(f"{year}-01-01T08:00"))
    Window.objects.bulk_create(
        Window(plan=plan, opens_on=one.opens_on, closes_on=one.closes_on, exam_month=one.exam_month)
        for one in plan_by_pattern(year, notice_plan())
    )
