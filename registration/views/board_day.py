"""The office's day: what is due today and tomorrow in each session and at each site, with fill and attendance."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from exams.services import day_board
from kupasi import clock
from kupasi.charts import Chart, Table
from kupasi.notices import posting
from kupasi.people.roles import has_cell, may_any
from registration.enums import ChoiceStatus
from registration.models import DisruptionChoice

from .desk_doors import needs

ACTION = "seat.arrange"


def _fill() -> Table:
    rows = [
        (f"{one.exam_month:%Y-%m} {one.occupation}", (str(places), str(seated)))
        for one, places, seated in day_board.fill()
    ]
    return Table("各评价场次的座位与已排人数", ("评价场次", "座位", "已排"), rows)


def _attendance() -> Table:
    rows = [(f"{day:%m-%d}", (str(came), str(absent))) for day, came, absent in day_board.attendance(clock.today())]
    return Table("最近的考试日：已结束登记的考场，到考与缺考人次", ("考试日", "到考", "缺考"), rows)


CHARTS = (
    Chart("board-fill", "排座", ACTION, _fill, ("bar", "bar"), "人"),
    Chart("board-attendance", "到考", ACTION, _attendance, ("bar", "bar"), "人次"),
)


@require_safe
@needs((ACTION, ""))
def day(request: HttpRequest) -> HttpResponse:
    """Everything that is to be done for the exams today and tomorrow."""
    today = clock.today()
    tomorrow = today + timedelta(days=1)
    sessions = day_board.sessions(today)
    days = day_board.site_days((today, tomorrow), at=clock.now())
    open_choices = DisruptionChoice.objects.visible_to(request.user).filter(status=ChoiceStatus.OPEN)
    shown: dict[str, Any] = {
        "title": "考务日程",
        "today": today,
        "tomorrow": tomorrow,
        "waiting": [one for one in sessions if one.is_waiting],
        "quiet": [one for one in sessions if not one.is_waiting],
        "days": [
            (label, on, [one for one in days if one.on == on]) for label, on in (("今天", today), ("明天", tomorrow))
        ],
        "letters": posting.undelivered().count() if may_any(request.user, "app.review") else None,
        "choices": open_choices.count(),
        "charts": [one.shown() for one in CHARTS],
        "arranges": has_cell(request.user, ACTION, "Y"),
    }
    return TemplateResponse(request, "board/day.html", {**admin.site.each_context(request), **shown})
