"""What must always hold of certificates: earned, and given to nobody who was barred or held at that moment (X1, X2).

A void certificate is kept for its number only: nothing can be mended about it any more. A case that is opened after
the issue holds the marks and breaks nothing (S9); only the decision takes them, and the certificate with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from certificates.enums import CertificateStatus
from certificates.models import Certificate, NumberUse
from discipline.models import Bar, Case
from exams.models import KeptPass
from exams.services.results import earned
from kupasi.dates import local_day

Rows = QuerySet[Any]
Keys = Iterable[object]


def _given(rows: Rows) -> Rows:
    """Those that say something today: numbered and not void."""
    return rows.exclude(status=CertificateStatus.VOID).exclude(number=None)


def _keys(rows: Rows) -> Keys:
    return list(rows.values_list("pk", flat=True))


def earned_all(rows: Rows) -> Keys:
    """A certificate over a subject that is missing, failed or cancelled."""
    return _keys(_given(rows).filter(~Exists(earned().filter(pk=OuterRef("entry")))))


def no_bar_at_issue(rows: Rows) -> Keys:
    """A number taken while a bar was known and ran."""
    bars: dict[int, list[Bar]] = {}
    given = _given(rows)
    for bar in Bar.objects.filter(candidate__in=given.values("candidate")):
        bars.setdefault(bar.candidate_id, []).append(bar)
    numbered = given.filter(candidate__in=list(bars)).values_list("pk", "candidate", "number")
    uses = NumberUse.objects.filter(number__in=[number for _, _, number in numbered])
    used: dict[str, datetime] = dict(uses.values_list("number", "used_at"))
    return [pk for pk, one, number in numbered if number in used and _stood(bars[one], used[number])]


def _stood(bars: list[Bar], at: datetime) -> bool:
    """Whether one of the bars was known and ran at a moment."""
    on = local_day(at)
    known = [one for one in bars if one.recorded_at < at and (one.lifted_at is None or one.lifted_at > at)]
    return any(one.barred_from <= on <= one.barred_until for one in known)


def no_hold_at_issue(rows: Rows) -> Keys:
    """A number taken while a case that still runs held a result behind it: of the entry, or of a kept pass."""
    behind = KeptPass.objects.filter(entry=OuterRef(OuterRef("entry"))).values("mark__seat__entry")
    taken = NumberUse.objects.filter(number=OuterRef("number")).values("used_at")
    cases = Case.objects.holding().filter(
        Q(entry=OuterRef("entry")) | Q(entry__in=behind), recorded_at__lt=OuterRef("taken_at")
    )
    return _keys(_given(rows).annotate(taken_at=Subquery(taken[:1])).filter(Exists(cases)))


def number_once(rows: Rows) -> Keys:
    """Every number stands in the register of used ones, and none on two certificates."""
    numbered = rows.exclude(number=None)
    unknown = numbered.filter(~Exists(NumberUse.objects.filter(number=OuterRef("number"))))
    another = Certificate.objects.filter(number=OuterRef("number")).exclude(pk=OuterRef("pk"))
    return [*_keys(unknown), *_keys(numbered.filter(Exists(another)))]
