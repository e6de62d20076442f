"""The working-day board: what has a last day, how sure that day is, and what the pace foretells (rules C5, M5)."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from kupasi import clock
from registration.services import deadline_board

from .desk_doors import office


@require_safe
@office
def deadlines(request: HttpRequest) -> HttpResponse:
    """The deadlines that this person's role has to do with."""
    groups = deadline_board.board(request.user, on=clock.today())
    lines = [line for group in groups for line in group.lines]
    shown = {
        "title": "期限",
        "groups": groups,
        "late": sum(line.state == "late" for line in lines),
        "soon": sum(line.state == "soon" for line in lines),
        "foretold": sum(line.is_foretold_late for line in lines),
        "provisional": sum(line.is_provisional for line in lines),
    }
    return TemplateResponse(request, "board/deadlines.html", {**admin.site.each_context(request), **shown})
