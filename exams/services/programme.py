"""Prices: a new price is a new row from a day on; an old one is closed, never rewritten (通知 二(四); rules P2)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from exams.models import Fee, Subject
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

CLAUSE = "通知 二(四)"
HIGHEST = Decimal("999999.99")


@transaction.atomic
def set_price(subject_id: int, *, amount: Decimal, effective_from: date, by: Act) -> Fee:
    """A subject's price in yuan from a day on; the one before ends the day before it.

    The same price for the same day again returns the row that is there. Refuses with `fee_amount`, `fee_in_past`,
    `fee_not_later` (a price from that day or a later one exists).
    """
    subject = Subject.objects.select_for_update().get(pk=subject_id)
    if not 0 <= amount <= HIGHEST or amount != round(amount, 2):
        raise Refusal("fee_amount", "金额应为不小于 0、最多两位小数的数。", CLAUSE)
    last = Fee.objects.filter(subject=subject).order_by("-effective_from").first()
    if last is not None and (last.effective_from, last.amount) == (effective_from, amount):
        return last
    if effective_from < by.on:
        raise Refusal("fee_in_past", "生效日不能早于今天，已按原标准收取的费用不变。", CLAUSE)
    if last is not None and effective_from <= last.effective_from:
        raise Refusal("fee_not_later", f"已有自 {last.effective_from} 起的标准，新标准应在其后生效。", CLAUSE)
    if last is not None and (last.effective_until is None or last.effective_until >= effective_from):
        before = {"effective_until": last.effective_until}
        last.effective_until = effective_from - timedelta(days=1)
        last.save(update_fields=["effective_until"])
        record(by, "fee.closed", last, before=before, after={"effective_until": last.effective_until})
    fee = Fee.objects.create(subject=subject, amount=amount, effective_from=effective_from)
    record(by, "fee.set", fee, after={"subject": subject.pk, "amount": amount, "from": effective_from})
    return fee
