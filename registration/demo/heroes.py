"""The candidates of accounts.json: one who has just signed up, and one for each thing worth looking at."""

from __future__ import annotations

from certificates.enums import CertificateStatus
from discipline.enums import CaseStatus
from exams.enums import EntryStatus
from exams.models import Subject
from kupasi.acts import Act
from kupasi.people.models import Candidate
from kupasi.people.services.accounts import set_password
from registration.enums import ApplicationStatus

from .accounts import Book, new_password
from .applying import Applying

S = ApplicationStatus


def choose(applying: Applying, book: Book, *, now: Act) -> None:
    """Open a fresh account, then give passwords to people in the states that a visitor wants to see."""
    fresh = applying.register(at=now.at)
    everybody = Candidate.objects.exclude(user=None).select_related("user").order_by("-pk")
    wanted = [
        everybody.filter(certificates__status=CertificateStatus.ISSUED),
        everybody.filter(applications__entry__status=EntryStatus.TICKETED),
        everybody.filter(applications__status=S.CONFIRMED, applications__entry__status=EntryStatus.ENROLLED),
        everybody.filter(applications__status=S.RETURNED),
        everybody.filter(applications__status=S.APPROVED),
        everybody.filter(
            applications__status=S.CONCLUDED,
            entries__seats__mark__value__lt=Subject._meta.get_field("pass_mark").default,
        ),
        everybody.filter(cases__status=CaseStatus.NOTICED),
        everybody.filter(cases__status=CaseStatus.CARRIED_OUT),
    ]
    chosen = [fresh]
    for rows in wanted:
        person = rows.exclude(pk__in=[one.pk for one in chosen]).distinct().first()
        if person is not None:
            chosen.append(person)
    for person in chosen:
        if person.user is not None:
            password = new_password()
            set_password(person.user.pk, password=password, by=now)
            book.note("candidate", person.user, username=person.phone, password=password)
