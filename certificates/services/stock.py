"""Counting what lies in the drawer: every code scanned, against what the register says (rules X4)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from certificates.enums import CertificateStatus
from certificates.models import Certificate, StockTake
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

from .handovers import number_of

MOST = 20_000
CLAUSE = "通知 五"


@transaction.atomic
def take_stock(scanned: Iterable[str], *, by: Act) -> StockTake:
    """Record a count: numbers or codes as scanned, twice is once.

    Missing is what waits for its holder and was not scanned; unexpected is what was scanned and is not such a one.
    Refuses with `nothing_scanned`, `too_many`.
    """
    lines = list(dict.fromkeys(text for one in scanned if (text := one.strip())))
    if not lines:
        raise Refusal("nothing_scanned", "还没有扫描证书；抽屉是空的，请先核对未领取清单。", CLAUSE)
    if len(lines) > MOST:
        raise Refusal("too_many", f"一次最多盘点 {MOST} 张，请分几次盘点。", CLAUSE)
    numbers = {number_of(one) or one[:60]: one for one in lines}
    waiting = Certificate.objects.on_paper().filter(status=CertificateStatus.ISSUED)
    expected = set(waiting.values_list("number", flat=True))
    others = dict(Certificate.objects.filter(number__in=set(numbers) - expected).values_list("number", "status"))
    unexpected = [
        [number, CertificateStatus(others[number]).label if number in others else "登记簿中没有"]
        for number in numbers
        if number not in expected
    ]
    taken = StockTake.objects.create(
        taken_by=by.person,
        taken_at=by.at,
        expected=len(expected),
        found=len(expected & set(numbers)),
        missing=sorted(expected - set(numbers)),
        unexpected=unexpected,
    )
    after = {"expected": taken.expected, "missing": len(taken.missing), "unexpected": len(unexpected)}
    record(by, "certificate_stock.taken", taken, after=after)
    return taken
