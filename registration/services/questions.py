"""What every submission asks the database and writes of its items, put in words once a process (`kupasi.prepared`)."""

from __future__ import annotations

from functools import cache

from django.db.models import BigIntegerField, Case, DateField, DateTimeField, DecimalField, Exists, F, When

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from discipline.models import Bar
from exams.models import Entry, ExamSession, Fee, OccupationCondition, Window
from exams.services.settings import STORED
from kupasi.people.enums import ConsentKind
from kupasi.people.models import Candidate, ConsentText
from kupasi.prepared import Change, Prepared, Together, slot
from registration.enums import LIVE
from registration.models import Application, ApplicationItem, LateAdmission

PERSON, OCCUPATION = slot("candidate", BigIntegerField()), slot("occupation", BigIntegerField())
BESIDES, DAY, MOMENT = slot("besides", BigIntegerField()), slot("on", DateField()), slot("at", DateTimeField())

WINDOW = ("id", "plan_id", "opens_on", "closes_on", "exam_month")
OPEN_WINDOW = Prepared(lambda: Window.objects.open_on(DAY).values_list(*WINDOW).order_by("opens_on")[:1])
CONDITIONS = Prepared(
    lambda: OccupationCondition.objects.filter(occupation=OCCUPATION, is_active=True).values_list("text").order_by()
)
PLEDGE = Prepared(
    lambda: (
        ConsentText.objects.filter(kind=ConsentKind.PLEDGE, effective_from__lte=DAY)
        .values_list("pk")
        .order_by("-version")[:1]
    )
)
MONTH = slot("month", DateField())
SESSION = Prepared(
    lambda: ExamSession.objects.filter(occupation=OCCUPATION, exam_month=MONTH).values_list(
        "pk", "status", "capacity", "taken"
    )
)
SESSION_NOW = Prepared(
    lambda: ExamSession.objects.filter(
        occupation=OCCUPATION, exam_month=Window.objects.open_on(DAY).order_by("opens_on").values("exam_month")[:1]
    ).values_list("pk", "status", "capacity", "taken")
)
PRICES = Prepared(
    lambda: (
        Fee.objects.filter(subject__occupation=OCCUPATION)
        .values_list("subject__code", "amount", "effective_from", "effective_until")
        .order_by()
    )
)
ENTERED = Prepared(
    lambda: Entry.objects.filter(candidate=PERSON, exam_session__occupation=OCCUPATION).values_list("pk")[:1]
)
LATE = Prepared(
    lambda: LateAdmission.objects.usable(MOMENT).filter(candidate=PERSON, occupation=OCCUPATION).values_list("pk")[:1]
)
TRACES = Prepared(
    lambda: Candidate.objects.filter(pk=PERSON).values_list(
        Exists(Bar.objects.in_force().filter(candidate=PERSON, barred_until__gte=DAY)),
        Exists(
            Certificate.objects.filter(candidate=PERSON, occupation=OCCUPATION).exclude(status=CertificateStatus.VOID)
        ),
        Exists(
            Application.objects.filter(candidate=PERSON, occupation=OCCUPATION, status__in=LIVE).exclude(pk=BESIDES)
        ),
        Exists(Entry.objects.filter(candidate=PERSON, exam_session__occupation=OCCUPATION)),
        Exists(LateAdmission.objects.usable(MOMENT).filter(candidate=PERSON, occupation=OCCUPATION)),
    )
)
BRIEFING = Together(OPEN_WINDOW, SESSION_NOW, CONDITIONS, PLEDGE, PRICES, STORED)
SHEET = Together(ENTERED, LATE, OPEN_WINDOW, PRICES)


@cache
def amounts_of(count: int) -> Change:
    """The amounts of so many items of one `application`, in one UPDATE: `item0`, `amount0`, `item1` and so on."""
    money = DecimalField(max_digits=8, decimal_places=2)
    chosen = [
        When(pk=slot(f"item{at}", BigIntegerField()), then=slot(f"amount{at}", money)) for at in range(count)
    ]  # fmt: skip
    rows = ApplicationItem.objects.filter(application=slot("application", BigIntegerField()))
    return Change(lambda: (rows, {"amount": Case(*chosen, default=F("amount"), output_field=money)}))
