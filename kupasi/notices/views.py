"""The letter box on the page."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kupasi.acts import Act
from kupasi.people.models import User

from . import services
from .models import Notice

PER_PAGE = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def letters(request: HttpRequest) -> HttpResponse:
    """One's own letters, the newest first; a button marks them all as read."""
    if request.method == "POST":
        services.mark_read(cast(User, request.user), by=Act.of(request))
        messages.success(request, "已全部标为已读。")
        return redirect("letters")
    mine = Notice.objects.visible_to(request.user).in_app()
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    unread = mine.filter(read_at=None).count()
    return render(request, "notices/letters.html", {"page": page, "unread": unread, "nav": "mine"})
