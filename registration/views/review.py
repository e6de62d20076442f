"""The review page inside the admin: the application, the checklist, the decision, then the next one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from discipline.services.standing import cases_about
from kupasi.acts import Act
from kupasi.people.roles import may, may_any
from registration.enums import ApplicationStatus
from registration.forms.review import FORMS, forms_for
from registration.models import Application
from registration.services import judging, status
from registration.services.office_letters import moment

PAGE = "admin/registration/application/review.html"
DECISIONS = frozenset({"approve", "return", "reject"})
WITH = ("candidate", "document", "photo", "occupation", "window", "exam_session", "pledge", "order", "entry")
PEOPLE = ("created_by", "reviewed_by", "original_by")


@require_http_methods(["GET", "HEAD", "POST"])
def review_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One application; POST does the act that its button names, then goes on to the next of the queue."""
    if not (may_any(request.user, "app.review") or may(request.user, "app.create_counter")):
        raise PermissionDenied
    rows = Application.objects.visible_to(request.user).select_related(*WITH, *PEOPLE)
    application = get_object_or_404(rows, pk=pk)
    forms = forms_for(application, request.user)
    if request.method == "POST":
        name = request.POST.get("act", "")
        if name not in FORMS:
            return HttpResponseBadRequest()
        if not FORMS[name].is_for(request.user):
            raise PermissionDenied
        forms[name] = form = FORMS[name](request.POST, prefix=name)
        if form.carry_out(pk, by=Act.of(request)):
            messages.success(request, f"{application.number}　{form.done}。")
            return _onward(request, application, name)
    return TemplateResponse(request, PAGE, _shown(request, application, forms))


def _onward(request: HttpRequest, application: Application, name: str) -> HttpResponse:
    """To the next of the queue after a decision, otherwise back to the same page."""
    if name not in DECISIONS:
        return redirect("admin:registration_application_review", application.pk)
    following = _next(request.user, application)
    if following is None:
        messages.info(request, "待审核的都办完了。")
        return redirect("admin:registration_application_changelist")
    return redirect("admin:registration_application_review", following.pk)


def _next(user: Any, application: Application) -> Application | None:
    """The one after this in the reviewer's queue, or its first."""
    queue = Application.objects.visible_to(user).to_review().exclude(created_by=user).exclude(pk=application.pk)
    at = application.submitted_at
    after = Q(submitted_at__gt=at) | Q(submitted_at=at, pk__gt=application.pk)
    return queue.filter(after).order_by("submitted_at", "pk").first() or queue.order_by("submitted_at", "pk").first()


def _shown(request: HttpRequest, application: Application, forms: dict[str, BaseForm]) -> dict[str, Any]:
    user: Any = request.user
    waiting = Application.objects.visible_to(user).to_review().exclude(created_by=user)
    complete = application.status != ApplicationStatus.DRAFT and application.submitted_at is not None
    checklist = judging.review_checklist(application) if complete else []
    return {
        **admin.site.each_context(request),
        "title": f"申报 {application}",
        "application": application,
        "items": application.items.select_related("subject"),
        "returned": application.returned_items.all(),
        "checklist": checklist,
        "forms": forms,
        "own": application.created_by_id == user.pk and application.status == ApplicationStatus.SUBMITTED,
        "masked": not (may(user, "app.review", how="approve") or may(user, "app.create_counter")),
        "may_see_photo": may_any(user, "pii.photo"),
        "problem": any(item.tick == "problem" for item in checklist),
        "events": [replace(one, who="本人") if one.who == status.SELF else one for one in status.timeline(application)],
        "pay_until": moment(application.pay_until) if application.pay_until else "",
        "correct_until": moment(application.correct_until) if application.correct_until else "",
        "cases": cases_about(user, entry_id=application.entry_id, number=application.number or ""),
        "waiting": waiting.count(),
        "following": _next(user, application),
    }
