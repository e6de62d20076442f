"""The public site: what anyone may read without an account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from exams.models import Document, DocumentVersion
from exams.rules.calendar import find_window
from exams.services.calendar import public_windows, work_calendar
from exams.services.settings import number, office_facts
from kupasi import clock, ics
from kupasi.people.enums import ConsentKind
from kupasi.people.models import ConsentText
from registration.forms.public import CheckForm
from registration.services import public_site, self_check

PAGE = "registration/public/{}.html"
LATEST = 4
NOTICES_PER_PAGE = 20


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Which window is open, what it costs, the year, the latest notices and the office."""
    now, today = clock.now(), clock.today()
    windows = public_windows()
    answer = find_window(today, windows)
    year = public_site.year_shown(windows, today=today)
    shown = {
        "nav": "home",
        "today": today,
        "window": answer.window,
        "days_left": (answer.window.closes_on - today).days if answer.window else None,
        "next_window": answer.next_window,
        "year": year,
        "windows": public_site.window_rows([item for item in windows if item.opens_on.year == year], today=today),
        "occupations": public_site.occupation_cards(on=today),
        "notices": Document.objects.public()[:LATEST],
        "office_state": public_site.office_state(now, work_calendar(), hours=office_facts().spans),
    }
    return render(request, PAGE.format("home"), shown)


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Every published year with its windows, this year's first."""
    shown = {"nav": "calendar", "years": public_site.years(public_windows(), today=clock.today())}
    return render(request, PAGE.format("calendar"), shown)


@require_safe
def calendar_ics(request: HttpRequest) -> HttpResponse:
    """The published windows as a calendar file (RFC 5545)."""
    site = settings.SITE_URL + reverse("calendar")
    events = public_site.calendar_events(public_windows(), site=site)
    content = ics.calendar("职业技能评价申报日历", events=events, stamp=clock.now())
    disposition = {"Content-Disposition": 'attachment; filename="kupasi-calendar.ics"'}
    return HttpResponse(content, content_type=ics.MEDIA_TYPE, headers=disposition)


@require_safe
def fees(request: HttpRequest) -> HttpResponse:
    """The occupations and what they cost today (通知 二(四))."""
    today = clock.today()
    shown = {"nav": "fees", "today": today, "occupations": public_site.occupation_cards(on=today)}
    return render(request, PAGE.format("fees"), shown)


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """All published notices, the newest first."""
    pages = Paginator(Document.objects.public(), NOTICES_PER_PAGE)
    return render(request, PAGE.format("notices"), {"nav": "notices", "page": pages.get_page(request.GET.get("page"))})


@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """One published notice with the versions of its file, the newest first."""
    found = get_object_or_404(Document.objects.public(), pk=pk)
    return render(request, PAGE.format("notice"), {"nav": "notices", "notice": found, "files": found.versions.all()})


@require_safe
def notice_file(request: HttpRequest, pk: int) -> FileResponse:
    """A version of a published notice's file, always as a download."""
    found = get_object_or_404(DocumentVersion.objects.filter(document__in=Document.objects.public()), pk=pk)
    headers = {"ETag": f'"{found.sha256}"', "Content-Security-Policy": "sandbox"}
    return FileResponse(found.file.open(), as_attachment=True, filename=found.file_name, headers=headers)


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Where the office is, when it is open, whom to call (通知 六)."""
    state = public_site.office_state(clock.now(), work_calendar(), hours=office_facts().spans)
    return render(request, PAGE.format("contact"), {"nav": "contact", "office_state": state})


@never_cache
@sensitive_post_parameters("birth_date", "number")
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """资格自查: the rules' answer to what was typed; nothing is kept, and nothing personal is in an address."""
    form = CheckForm(request.POST or None, today=clock.today())
    shown: dict[str, Any] = {"nav": "check", "form": form}
    if form.is_valid():
        age = number("minimum_age")
        answers = self_check.check(at=clock.now(), windows=public_windows(), minimum_age=age, **form.facts())
        shown["answers"] = answers
        shown["conditions"] = form.cleaned_data["occupation"].conditions.filter(is_active=True)
        shown["verdict"] = self_check.verdict(answers)
    return render(request, PAGE.format("check"), shown)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about people, why and how long (rules 10)."""
    texts = ConsentText.objects.filter(kind=ConsentKind.PRIVACY, effective_from__lte=clock.today())
    return render(request, PAGE.format("privacy"), {"text": texts.order_by("-version").first()})
