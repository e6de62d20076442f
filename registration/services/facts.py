"""The facts that the rules are asked about: windows, bars, other applications, certificates, prices, kept passes."""

from __future__ import annotations

from datetime import date

from certificates.enums import CertificateStatus
from certificates.models import Certificate
from discipline.models import Bar
from exams.models import Entry, Fee, Occupation, Window
from exams.rules import FeeAnswer, PriceFact, fee_on
from exams.services.kept_passes import Kept, at_stake
from kupasi.dates import Span, last_second
from kupasi.people.enums import ConsentKind
from kupasi.people.models import Candidate, ConsentText
from registration.enums import LIVE, OPEN
from registration.models import Application, LateAdmission
from registration.rules import ApplicantFacts


def open_window(on: date) -> Window | None:
    """The published window that a day falls in."""
    return Window.objects.open_on(on).first()


def late_admission(candidate_id: int, occupation_id: int | None, *, on: date) -> LateAdmission | None:
    """What two people allowed this one person: a window that is over, for one occupation, not used yet."""
    found = LateAdmission.objects.usable(last_second(on)).filter(candidate=candidate_id, occupation=occupation_id)
    return found.select_related("window").order_by("-pk").first()


def window_for(application: Application, *, on: date) -> Window | None:
    """The window that a draft would be submitted in on a day: the person's own exception, or the open one."""
    late = late_admission(application.candidate_id, application.occupation_id, on=on)
    return late.window if late else open_window(on)


def applicant(
    candidate: Candidate,
    *,
    occupation: Occupation | None,
    on: date,
    exam_month: date | None,
    besides: int = 0,
    excused: bool = False,
) -> ApplicantFacts:
    """What is known about a person who wants an occupation; `besides` is the application that is being judged."""
    held = Certificate.objects.filter(candidate=candidate, occupation=occupation)
    others = Application.objects.filter(candidate=candidate, occupation=occupation, status__in=LIVE).exclude(pk=besides)
    standing = list(others.values_list("status", "exam_session__exam_month")) if occupation else []
    return ApplicantFacts(
        birth_date=candidate.birth_date,
        on=on,
        exam_month=exam_month,
        bars=bars_of(candidate, since=on),
        live_in_month=any(month == exam_month for _, month in standing),
        open_for_occupation=any(status in OPEN for status, _ in standing),
        holds_certificate=bool(occupation) and held.exclude(status=CertificateStatus.VOID).exists(),
        certificate_excused=excused,
    )


def bars_of(candidate: Candidate, *, since: date) -> tuple[Span, ...]:
    """The person's bars that run on the day or later."""
    rows = Bar.objects.in_force().filter(candidate=candidate, barred_until__gte=since)
    return tuple(Span(*days) for days in rows.values_list("barred_from", "barred_until"))


def prices(occupation: Occupation, *, on: date, subjects: list[str]) -> FeeAnswer:
    """What these subjects of an occupation cost on a day (rules P2)."""
    rows = Fee.objects.filter(subject__occupation=occupation)
    listed = rows.values_list("subject__code", "amount", "effective_from", "effective_until")
    return fee_on(on, [PriceFact(*row) for row in listed], subjects)


def has_entered(candidate_id: int, occupation_id: int) -> bool:
    """Whether the person was ever entered for the occupation; most were not, and need no longer question."""
    return Entry.objects.filter(candidate=candidate_id, exam_session__occupation=occupation_id).exists()


def kept_at_stake(candidate: Candidate, occupation: Occupation, *, on: date) -> tuple[Kept, ...]:
    """The passed subjects that a new full application would give up if it were paid on the day (rules T4)."""
    if not has_entered(candidate.pk, occupation.pk):
        return ()
    return at_stake(candidate.pk, occupation.pk, on=on)


def pledge_text(on: date) -> ConsentText | None:
    """The pledge in force on a day: the newest version that had begun."""
    texts = ConsentText.objects.filter(kind=ConsentKind.PLEDGE, effective_from__lte=on)
    return texts.order_by("-version").first()
