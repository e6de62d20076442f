"""An act on many applications: a preview that says what will happen to each, then exactly that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from kupasi.acts import Act
from kupasi.errors import Refusal
from registration.enums import ApplicationStatus
from registration.forms.review import FORMS
from registration.models import Application
from registration.services import judging, review

PAGE = "admin/registration/application/many.html"
SALT = "registration.many"
HOUR = 3600
MOST = 100
WORDS = {"approve": ("批量通过", "通过"), "original": ("批量登记原件", "登记原件已收")}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One row of the preview: done, or left out and why."""

    application: Application
    why_not: str = ""


def begin(request: HttpRequest, rows: QuerySet[Any], *, what: str) -> HttpResponse:
    """From the list to the preview; the chosen keys travel signed."""
    keys = sorted(rows.values_list("pk", flat=True)[: MOST + 1])
    if len(keys) > MOST:
        messages.warning(request, f"一次最多 {MOST} 份，请缩小范围。")
        return redirect("admin:registration_application_changelist")
    return TemplateResponse(request, PAGE, _shown(request, keys, what=what))


@require_http_methods(["POST"])
def preview(request: HttpRequest, what: str) -> HttpResponse:
    """Do exactly what the preview showed: its signed keys, one service each; refusals are said one by one."""
    if what not in WORDS or not FORMS[what].is_for(request.user):
        raise PermissionDenied
    try:
        keys = signing.loads(request.POST.get("keys", ""), salt=f"{SALT}.{what}.{request.user.pk}", max_age=HOUR)
    except signing.BadSignature:
        return HttpResponseBadRequest()
    visible = Application.objects.visible_to(request.user).filter(pk__in=keys).order_by("submitted_at")
    done = sum(_do(request, row, what=what) for row in visible)
    if done:
        messages.success(request, f"{WORDS[what][1]}：{done} 份。")
    return redirect("admin:registration_application_changelist")


def _do(request: HttpRequest, row: Application, *, what: str) -> bool:
    service = review.approve if what == "approve" else review.receive_original
    try:
        service(row.pk, by=Act.of(request))
    except Refusal as refusal:
        messages.error(request, f"{row.number}　{refusal.sentence}")
        return False
    return True


def _shown(request: HttpRequest, keys: list[int], *, what: str) -> dict[str, Any]:
    rows = Application.objects.visible_to(request.user).filter(pk__in=keys).order_by("submitted_at")
    rows = rows.select_related("candidate", "occupation", "window", "document", "photo", "exam_session")
    judged = [_foresee(row, what=what, user=request.user) for row in rows]
    going = [one.application.pk for one in judged if not one.why_not]
    return {
        **admin.site.each_context(request),
        "title": WORDS[what][0],
        "what": what,
        "verb": WORDS[what][1],
        "going": [one for one in judged if not one.why_not],
        "staying": [one for one in judged if one.why_not],
        "keys": signing.dumps(going, salt=f"{SALT}.{what}.{request.user.pk}"),
    }


def _foresee(row: Application, *, what: str, user: Any) -> Foreseen:
    if what == "original":
        if row.original_at is not None:
            return Foreseen(row, "原件已登记")
        ready = row.status in review.TAKES_ORIGINAL
        return Foreseen(row, "" if ready else f"现在是“{row.get_status_display()}”")
    if row.status != ApplicationStatus.SUBMITTED:
        return Foreseen(row, f"现在是“{row.get_status_display()}”")
    if user.pk == row.created_by_id:
        return Foreseen(row, "由您录入，要由另一位工作人员审核")
    found = judging.problems(row)
    return Foreseen(row, "需要逐份审核：" + "、".join(item.label for item in found) if found else "")
