"""One roster on the office's desk: the exceptions one by one, everybody else at once, the originals in one go."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kupasi.acts import Act
from kupasi.errors import Refusal
from kupasi.people.roles import may, may_any
from registration.enums import ApplicationStatus, RosterStatus
from registration.forms.roster_review import FORMS
from registration.models import Roster
from registration.services import roster_orders
from registration.services.rosters import deciding, office
from registration.services.rosters.contents import findings_of

PAGE = "admin/registration/roster/review.html"
PER_PAGE = 100
VIEWS = {"exceptions": "例外", "waiting": "待审核", "all": "全部"}
SEES = ("app.review", "app.create_counter", "ledger.read")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The list with what the rules say; POST does the act that its button names."""
    if not any(may_any(request.user, action) for action in SEES):
        raise PermissionDenied
    rows = Roster.objects.visible_to(request.user).select_related("institution", "window", "signed_by", "reviewed_by")
    roster = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        act = FORMS.get(request.POST.get("act", ""))
        if act is None:
            return HttpResponseBadRequest()
        if not may(request.user, act.action, how=act.how):
            raise PermissionDenied
        form = act(request.POST)
        if _carry_out(request, roster, form):
            return redirect(
                f"{reverse('admin:registration_roster_review', args=[roster.pk])}?{request.GET.urlencode()}"
            )
        return TemplateResponse(request, PAGE, _shown(request, roster, form), status=400)
    return TemplateResponse(request, PAGE, _shown(request, roster, None))


def _carry_out(request: HttpRequest, roster: Roster, form: Any) -> bool:
    if not form.is_valid():
        return False
    try:
        messages.success(request, form.carry_out(roster.pk, by=Act.of(request)))
    except Refusal as refusal:
        form.add_error(None, refusal)
        return False
    return True


def _shown(request: HttpRequest, roster: Roster, tried: Any) -> dict[str, Any]:
    user, everybody = request.user, office.lines(roster)
    counts = _counts(roster)
    tab = request.GET.get("show", "exceptions" if counts["exceptions"] else "all")
    tab = tab if tab in VIEWS else "all"
    listed = Paginator(_rows(everybody, tab), PER_PAGE).get_page(request.GET.get("page"))
    reviews = may(user, "app.review", how="approve") and roster.status == RosterStatus.SUBMITTED
    whole = may(user, "app.review", how="approve") or may(user, "app.create_counter")
    return {
        **admin.site.each_context(request),
        "title": f"团体申报 {roster.number}",
        "roster": roster,
        "counts": counts,
        "tab": tab,
        "tabs": [(code, label, counts[code]) for code, label in VIEWS.items()],
        "page": listed,
        "lines": [(row, findings_of(row)) for row in listed.object_list],
        "whole_names": whole,
        "may_review": reviews,
        "may_receive": may(user, "app.create_counter"),
        "may_decide": may(user, "app.review", how="approve"),
        "objections": deciding.undecided(roster),
        "to_refund": deciding.still_paid(roster),
        "tried": tried,
        "forms": {
            name: form() if tried is None or not isinstance(tried, form) else tried for name, form in FORMS.items()
        },
    }


def _counts(roster: Roster) -> dict[str, int]:
    rows = office.lines(roster).order_by()
    by_status = dict(rows.values_list("application__status").annotate(number=Count("pk")))
    return {
        "all": sum(by_status.values()),
        "unfiled": by_status.get(None, 0),
        "waiting": by_status.get(ApplicationStatus.SUBMITTED, 0),
        "returned": by_status.get(ApplicationStatus.RETURNED, 0),
        "passed": sum(by_status.get(one, 0) for one in ("approved", "confirmed", "concluded")),
        "exceptions": office.exceptional(rows).count(),
        "rest": office.to_approve(roster).count(),
        "left": roster_orders.waiting(roster).count(),
        "no_original": office.without_original(roster).count(),
    }


def _rows(everybody: Any, tab: str) -> Any:
    if tab == "exceptions":
        return office.exceptional(everybody)
    return everybody.filter(application__status=ApplicationStatus.SUBMITTED) if tab == "waiting" else everybody
