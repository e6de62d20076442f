"""How seats are drawn, for everybody: the commitments, and the seeds once they are revealed."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exams.models import SeatSeed


@require_safe
def verification(request: HttpRequest) -> HttpResponse:
    """Each session's commitment with its time, its arrangements, and the revealed seed."""
    page = Paginator(SeatSeed.objects.public(), 20).get_page(request.GET.get("page"))
    return render(request, "exams/seating/verification.html", {"page": page, "nav": "calendar"})
