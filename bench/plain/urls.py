"""The reference's addresses: submit and check in, as a tutorial would write them; no rule is asked, no refusal worded.

It writes the rows that a submission of the product writes: the application, its items' amounts, the taken place, the
order with its items, the letter and the two lines of the record.
"""

import base64
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.db import models, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from certificates.models import Certificate
from exams.models import CheckIn, ExamSession, Seat, Window
from kupasi.audit.models import Entry
from kupasi.notices.models import Notice
from registration.models import Application, Order, OrderItem

AMOUNT = Decimal("240.00")


@login_required
@require_POST
@transaction.atomic
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write everything and lead on."""
    rows = Application.objects.select_for_update().filter(candidate__user=request.user.pk)
    application, now = get_object_or_404(rows, pk=pk, status="draft"), timezone.now()
    window = Window.objects.get(opens_on__lte=timezone.localdate(), closes_on__gte=timezone.localdate())
    session = ExamSession.objects.get(occupation=application.occupation_id, exam_month=window.exam_month)
    application.window, application.exam_session, application.status = window, session, "submitted"
    application.number, application.submitted_at, application.fee_total = f"99{pk:010}", now, 2 * AMOUNT
    application.save()
    ExamSession.objects.filter(pk=session.pk).update(taken=F("taken") + 1)
    items = list(application.items.all())
    for item in items:
        item.amount = AMOUNT
        item.save(update_fields=["amount"])
    note(request, "application.submitted", application)
    order = Order.objects.create(application=application, total=2 * AMOUNT, created_at=now)
    order.reference = f"ZZ{order.pk:010}"
    order.save(update_fields=["reference"])
    OrderItem.objects.bulk_create(OrderItem(order=order, subject_id=item.subject_id, amount=AMOUNT) for item in items)
    note(request, "order.opened", order)
    Notice.objects.create(
        key=f"submitted:{pk}", kind="submitted", channel="in_app", candidate_id=application.candidate_id,
        subject="申报已提交", body=f"编号 {application.number}", status="sent",
        next_try_at=now, queued_at=now, sent_at=now,
    )  # fmt: skip
    return redirect("done", pk=pk)


@login_required
@require_POST
@transaction.atomic
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the check-in and the attendance; the code is taken as it is, its signature is not asked."""
    assert request.user.is_authenticated  # login_required
    raw = base64.urlsafe_b64decode(request.POST["text"] + "==")
    seat = Seat.objects.select_for_update().get(
        entry__ticket__number=f"{int.from_bytes(raw[:8]):012}", sitting=pk, sitting__invigilators=request.user.pk
    )
    now = timezone.now()
    row = CheckIn.objects.create(
        nonce=request.POST["nonce"],
        sitting_id=pk,
        seat=seat,
        result="ok",
        at=now,
        received_at=now,
        by=request.user,
    )
    note(request, "checkin.recorded", row)
    seat.attendance, seat.attended_at, seat.attendance_by_id = "present", now, request.user.pk
    seat.save(update_fields=["attendance", "attended_at", "attendance_by"])
    note(request, "attendance.stated", seat)
    return HttpResponse("已入场")


def verify(request: HttpRequest) -> HttpResponse:
    """Find a certificate by its number, compare the name, say what it is."""
    number, name = request.GET["number"], request.GET["name"]
    found = Certificate.objects.select_related("occupation").filter(number=number).first()
    if found is None or found.name != name:
        return JsonResponse({"status": "unknown"})
    status = "void" if found.status == "void" else "valid"
    facts = {"name": found.name[0] + "*", "occupation": found.occupation.name, "issued_on": found.issued_on}
    return JsonResponse({"status": status, **facts})


def note(request: HttpRequest, action: str, row: models.Model) -> None:
    """One line of the record, without a digest."""
    Entry.objects.create(
        at=timezone.now(), actor_id=request.user.pk, address=request.META["REMOTE_ADDR"], action=action,
        object_type=row._meta.label_lower, object_id=str(row.pk), after={"status": "submitted"}, digest="0" * 64,
    )  # fmt: skip


def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a submission leads."""
    return HttpResponse("ok")


def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives."""
    return HttpResponse("ok")


urlpatterns = [
    path("submit/<int:pk>/", submit),
    path("submit/<int:pk>/submitted/", done, name="done"),
    path("door/<int:pk>/", check_in),
    path("verify/", verify),
    path("healthz", healthz),
]
