"""Certificates of made-up people, made by the services themselves."""

from __future__ import annotations

from certificates import services
from certificates.models import Certificate, IssueBatch, NumberSeries
from certificates.services import batches
from exams.models import Occupation
from kupasi.approvals import services as approvals
from kupasi.people.models import Candidate, User
from kupasi.people.photos import check_photo, keep_photo
from tests.builders import a_user, act, photo_bytes
from tests.exams.marking import a_published_exam

OPENED = "2025-07-20T09:00"
ISSUED = "2025-07-21T09:00"
LATER = "2025-08-01T09:00"
PREFIX = "S0000990000001"[:13]
NUMBER = "S000099000000251000001"


def a_series(*, occupation: str = "data-annotation", prefix: str = PREFIX, by: User | None = None) -> NumberSeries:
    """A sample prefix, obviously fictitious: province 99."""
    chosen = Occupation.objects.get(code=occupation)
    return services.enter_series(
        act(by, OPENED), occupation=chosen, prefix=prefix, level_digit="1", source="测试编号", is_sample=True
    )


def waiting(*marks: str, name: str = "") -> list[Certificate]:
    """Certificates opened after a published exam; everybody passed both subjects unless the marks say otherwise."""
    exam, _ = a_published_exam(*(marks or ("80",)))
    for entry in exam.entries:
        _dress(entry.candidate, name=name)
        entry.photo = entry.candidate.photos.first()
        entry.save(update_fields=["photo"])
    opened = services.open_certificates(by=act(when=OPENED), barred=services.barred_on(act(when=OPENED).on))
    approve_all(OPENED)
    return list(Certificate.objects.filter(pk__in=[one.pk for one in opened]).order_by("pk"))


def approve_all(when: str = OPENED) -> list[IssueBatch]:
    """A publisher lists everybody who waits, a supervisor approves."""
    asker, approver = act(a_user("publisher"), when), act(a_user("supervisor"), when)
    made = []
    for session, _ in batches.sessions_waiting():
        shown = services.list_up(session.pk, on=asker.on)
        if not shown.listed:
            continue
        batch, proposal = services.propose(session.pk, expected=shown.digest, reason="名单已核对", by=asker)
        approvals.approve(proposal.pk, seen=proposal.digest, by=approver)
        made.append(batch)
    return made


def issued(*, name: str = "", when: str = ISSUED) -> Certificate:
    """One numbered certificate on paper."""
    (certificate,) = waiting(name=name)
    a_series()
    return services.issue(certificate.pk, by=act(when=when))


def _dress(person: Candidate, *, name: str) -> None:
    if name:
        person.name = name
        person.save(update_fields=["name"])
    keep_photo(person, check_photo(photo_bytes()), by=act(when="2025-05-20T09:00"))
