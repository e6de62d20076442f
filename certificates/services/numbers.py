"""Certificate numbers: the prefix that the office was given, and a ledger without gaps (rules X2)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from certificates.models import NumberSeries, NumberUse
from certificates.rules import LARGEST_SERIAL, judge_prefix, make_certificate_number
from exams.models import Occupation
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

CLAUSE = "通知 一"


@transaction.atomic
def enter_series(
    by: Act, *, occupation: Occupation, prefix: str, level_digit: str, source: str, is_sample: bool = False
) -> NumberSeries:
    """Enter the prefix of an occupation's numbers as its document states it; the one used so far retires.

    Repeating the active one returns it. Refuses with `prefix_shape`, `prefix_province`, `level_shape`,
    `source_missing`.
    """
    prefix, level_digit, source = prefix.strip().upper(), level_digit.strip(), source.strip()
    _judge_series(prefix, level_digit, source, is_sample=is_sample)
    Occupation.objects.select_for_update().get(pk=occupation.pk)
    active = NumberSeries.objects.filter(occupation=occupation, is_active=True).first()
    if active and (active.prefix, active.level_digit, active.is_sample) == (prefix, level_digit, is_sample):
        return active
    if active:
        retire_series(active.pk, by=by)
    series = NumberSeries.objects.create(
        occupation=occupation,
        prefix=prefix,
        level_digit=level_digit,
        source=source,
        is_sample=is_sample,
        created_at=by.at,
    )
    after = {"prefix": prefix, "level_digit": level_digit, "is_sample": is_sample}
    record(by, "certificate_series.entered", series, after=after, reason=source)
    return series


@transaction.atomic
def retire_series(series_id: int, *, by: Act) -> NumberSeries:
    """Take a prefix out of use: certificates wait until another one is entered; numbers given stay."""
    series = NumberSeries.objects.select_for_update().get(pk=series_id)
    if series.is_active:
        series.is_active = False
        series.save(update_fields=["is_active"])
        record(by, "certificate_series.retired", series, before={"is_active": True}, after={"is_active": False})
    return series


def take_number(series: NumberSeries, *, on: date, at: datetime) -> str:
    """The next number of a prefix and year, written into the ledger; call it inside the issuing transaction.

    Every series of the prefix is locked first (two occupations may share one); the ledger's unique constraints stand
    under the lock. A number that was used once is never given again. Refuses with `numbers_exhausted`.
    """
    shared = NumberSeries.objects.select_for_update().filter(prefix=series.prefix, level_digit=series.level_digit)
    list(shared.order_by("pk").values_list("pk", flat=True))
    used = NumberUse.objects.filter(prefix=series.prefix, year=on.year, level_digit=series.level_digit)
    serial = (used.aggregate(last=Max("serial"))["last"] or 0) + 1
    if serial > LARGEST_SERIAL:
        raise Refusal("numbers_exhausted", "该前缀本年度的编号已用完，请录入新的前缀后再发证。", CLAUSE)
    number = make_certificate_number(series.prefix, issued_on=on, level=series.level_digit, serial=serial)
    NumberUse.objects.create(
        number=number, prefix=series.prefix, year=on.year, level_digit=series.level_digit, serial=serial, used_at=at
    )
    return number


def _judge_series(prefix: str, level_digit: str, source: str, *, is_sample: bool) -> None:
    fact = judge_prefix(prefix, is_sample=is_sample)
    if fact is not None:
        raise Refusal.from_fact(fact)
    if len(level_digit) != 1 or level_digit not in "0123456789":
        raise Refusal("level_shape", "等级位为一位数字，请按来文填写。", CLAUSE)
    if not source:
        raise Refusal("source_missing", "请写明前缀的依据（来文名称或文号）。", CLAUSE)
