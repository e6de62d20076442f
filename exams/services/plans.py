"""Plans of windows: drafts by the previous pattern, publishing, changes that are told (通知 附件1; rules C1, C3)."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from exams import signals
from exams.enums import PlanStatus
from exams.models import Plan, Window, WindowChange
from exams.rules.calendar import WindowFact, plan_by_pattern, plan_problems
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal, raise_first

CLAUSE = "通知 附件1"


@transaction.atomic
def plan_year(year: int, *, by: Act) -> Plan:
    """A draft for a year by the pattern of the latest plan before it; it opens nothing until published (C3).

    A year that has a plan keeps it. Refuses with `no_pattern` when no earlier plan has windows.
    """
    found = Plan.objects.filter(year=year).first()
    if found is not None:
        return found
    windows = draft_windows(year)
    previous = _previous(year)
    plan = Plan.objects.create(year=year, source=f"按 {previous.year if previous else ''} 年计划沿用，待核定")
    Window.objects.bulk_create(
        Window(plan=plan, opens_on=one.opens_on, closes_on=one.closes_on, exam_month=one.exam_month) for one in windows
    )
    record(by, "plan.drafted", plan, after={"year": year, "windows": len(windows)})
    return plan


def draft_windows(year: int) -> tuple[WindowFact, ...]:
    """The windows that a draft for the year would have. Refuses with `no_pattern`."""
    previous = _previous(year)
    windows = plan_by_pattern(year, _facts(previous)) if previous else ()
    if not windows:
        raise Refusal("no_pattern", "没有更早年度的计划可以沿用，请先录入一个年度的计划。", CLAUSE)
    return windows


@transaction.atomic
def publish_plan(plan_id: int, *, by: Act) -> Plan:
    """Publish a draft, so that its windows open. Publishing twice changes nothing.

    Refuses with `windows_overlap`, `window_order`, `month_too_early`, `no_windows`.
    """
    plan = Plan.objects.select_for_update().get(pk=plan_id)
    if plan.status == PlanStatus.PUBLISHED:
        return plan
    facts = _facts(plan)
    if not facts:
        raise Refusal("no_windows", "计划里还没有申报时间段，请先录入。", CLAUSE)
    raise_first(plan_problems([*facts, *_published_beside(plan)]))
    plan.status, plan.published_at, plan.published_by = PlanStatus.PUBLISHED, by.at, by.actor
    plan.save(update_fields=["status", "published_at", "published_by"])
    record(by, "plan.published", plan, before={"status": PlanStatus.DRAFT}, after={"status": plan.status})
    return plan


@transaction.atomic
def add_window(plan_id: int, *, opens_on: date, closes_on: date, exam_month: date, by: Act) -> Window:
    """Add a window to a draft. Refuses with `plan_published` and the problems of the plan."""
    plan = Plan.objects.select_for_update().get(pk=plan_id)
    if plan.status == PlanStatus.PUBLISHED:
        raise Refusal("plan_published", "计划已公布，不能再增加时间段；可以调整现有的时间段并写明理由。", CLAUSE)
    raise_first(plan_problems([*_facts(plan), WindowFact(opens_on, closes_on, exam_month)]))
    window = Window.objects.create(plan=plan, opens_on=opens_on, closes_on=closes_on, exam_month=exam_month)
    record(by, "window.added", window, after=_words(window))
    return window


@transaction.atomic
def change_window(
    window_id: int, *, opens_on: date, closes_on: date, exam_month: date, by: Act, reason: str = ""
) -> Window:
    """Change a window. In a published plan this needs a reason, is kept, and everyone affected is told (C3).

    Asking for what is there already changes nothing. Refuses with `reason_missing` and the problems of the plan.
    """
    plan = Plan.objects.select_for_update().get(windows=window_id)
    window = Window.objects.select_for_update().get(pk=window_id)
    wanted = WindowFact(opens_on, closes_on, exam_month)
    if wanted == _fact(window):
        return window
    is_public = plan.status == PlanStatus.PUBLISHED
    if is_public and not reason.strip():
        raise Refusal("reason_missing", "计划已公布，调整请写明理由；受影响的人员会收到通知。", CLAUSE)
    others = [_fact(one) for one in plan.windows.exclude(pk=window.pk)]
    raise_first(plan_problems([wanted, *others, *(_published_beside(plan) if is_public else [])]))
    before = _words(window)
    window.opens_on, window.closes_on, window.exam_month = opens_on, closes_on, exam_month
    window.save(update_fields=["opens_on", "closes_on", "exam_month"])
    record(by, "window.changed", window, before=before, after=_words(window), reason=reason.strip())
    if is_public:
        _keep_change(window, before, reason=reason.strip(), by=by)
    return window


@transaction.atomic
def remove_window(window_id: int, *, by: Act) -> None:
    """Take a window out of a draft. Refuses with `plan_published`."""
    window = Window.objects.select_for_update().select_related("plan").get(pk=window_id)
    if window.plan.status == PlanStatus.PUBLISHED:
        raise Refusal("plan_published", "计划已公布，不能删除时间段。", CLAUSE)
    record(by, "window.removed", window, before=_words(window))
    window.delete()


def _keep_change(window: Window, before: dict[str, str], *, reason: str, by: Act) -> None:
    change = WindowChange.objects.create(
        window=window, before=before, after=_words(window), reason=reason, changed_by=by.person, changed_at=by.at
    )
    signals.window_changed.send(Window, window_id=window.pk, change_id=change.pk, by=by)


def _previous(year: int) -> Plan | None:
    return Plan.objects.filter(year__lt=year, windows__isnull=False).order_by("-year").first()


def _published_beside(plan: Plan) -> list[WindowFact]:
    rows = Window.objects.public().exclude(plan=plan)
    return [_fact(one) for one in rows]


def _facts(plan: Plan) -> list[WindowFact]:
    return [_fact(one) for one in plan.windows.order_by("opens_on")]


def _fact(window: Window) -> WindowFact:
    return WindowFact(window.opens_on, window.closes_on, window.exam_month)


def _words(window: Window) -> dict[str, str]:
    return {
        "opens_on": window.opens_on.isoformat(),
        "closes_on": window.closes_on.isoformat(),
        "exam_month": f"{window.exam_month:%Y-%m}",
    }
