"""Applicants, pass rates and fees of a year for the office: charts, their tables, and the same as files."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from kupasi import clock
from kupasi.acts import Act
from kupasi.charts import SECONDS
from kupasi.people.roles import may, may_any
from registration.services import statistics_files
from registration.services.statistics import AXES, KINDS, Axis, Kind, Statistic, statistic

from .desk_doors import needs

ACTION = "export.masked"
FIRST_YEAR = 2025


def sees_whole(user: Any) -> bool:
    """Whether the person reads applications with whole names: then a small group tells nothing new."""
    return may(user, "app.review", how="approve") or may(user, "app.create_counter")


@require_safe
@needs((ACTION, ""))
def statistics(request: HttpRequest) -> HttpResponse:
    """The tables that this person's role may read, by one axis."""
    axis, year = _asked(request)
    kinds = [one for one in KINDS.values() if may_any(request.user, one.action)]
    tables = [_counted(one, axis, year, whole=sees_whole(request.user)) for one in kinds]
    shown = {
        "title": "统计",
        "axis": axis,
        "axes": [(one.value, label) for one, label in AXES.items()],
        "year": year,
        "years": list(range(FIRST_YEAR, clock.today().year + 1)),
        "tables": [(one, [(row.label, one.cells(row)) for row in one.rows], _drawn(one)) for one in tables],
        "is_merged": any(one.is_merged for one in tables),
    }
    return TemplateResponse(request, "board/statistics.html", {**admin.site.each_context(request), **shown})


@require_safe
@needs((ACTION, ""))
def export(request: HttpRequest, axis: str, table: str, form: str) -> HttpResponse:
    """One table as a file; that it was taken is recorded."""
    kind = KINDS.get(table)
    if kind is None or axis not in list(Axis) or form not in statistics_files.FORMS:
        raise Http404
    if not may_any(request.user, kind.action):
        raise PermissionDenied
    _, year = _asked(request)
    counted = _counted(kind, Axis(axis), year, whole=sees_whole(request.user))
    content, media = statistics_files.export(counted, form, by=Act.of(request))
    headers = {"Content-Disposition": f'attachment; filename="{table}-{axis}-{year}.{form}"'}
    return HttpResponse(content, content_type=media, headers=headers)


def _asked(request: HttpRequest) -> tuple[Axis, int]:
    axis, year, now = request.GET.get("by", ""), request.GET.get("year", ""), clock.today().year
    found = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else now
    return Axis(axis) if axis in list(Axis) else Axis.OCCUPATION, found if FIRST_YEAR <= found <= now else now


def _counted(kind: Kind, axis: Axis, year: int, *, whole: bool) -> Statistic:
    """Counted at most once a minute for everybody who sees the same."""
    key = f"statistics:{kind.code}:{axis}:{year}:{whole}"
    found: tuple[Any, ...] | None = cache.get(key)
    if found is None:
        fresh = statistic(kind, axis, year, whole=whole)
        found = (fresh.rows, fresh.sum, fresh.is_merged)
        cache.set(key, found, SECONDS)
    return Statistic(kind, axis, year, *found)


def _drawn(table: Statistic) -> list[tuple[str, str]]:
    """How each column is drawn: two of them as bars, the others only stand in the table."""
    return [(head, "bar" if at in table.kind.drawn else "") for at, head in enumerate(table.heads[1:])]
