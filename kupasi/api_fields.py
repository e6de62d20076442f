"""Fields of the HTTP API that read strictly: what was not meant is refused, nothing is converted on the way."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kupasi.dates import FIRST_YEAR, LAST_YEAR

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DayField(serializers.DateField):
    """A day written YYYY-MM-DD, within the years that the calendar covers (2004–2100 unless `first` says otherwise)."""

    default_error_messages = {
        "invalid": "请填写真实的日期，格式为 YYYY-MM-DD，例如 2025-05-20。",
        "out_of_range": "日期应在 {first} 至 {last} 年之间。",
    }

    def __init__(self, *, first: int = FIRST_YEAR, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first = first

    def to_internal_value(self, value: Any) -> date:
        """The day; `invalid` or `out_of_range`."""
        if not isinstance(value, str) or not ISO_DAY.fullmatch(value):
            self.fail("invalid")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail("invalid")
        if not self.first <= day.year <= LAST_YEAR:
            self.fail("out_of_range", first=self.first, last=LAST_YEAR)
        return day


class TextField(serializers.CharField):
    """Text that was sent as text; a number or anything else is refused."""

    def to_internal_value(self, data: Any) -> str:
        """The text, without spaces around it."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """`true` or `false` of JSON; in an address the same words. Nothing else counts as a yes."""

    WORDS = {"true": True, "false": False, "1": True, "0": False}

    def to_internal_value(self, data: Any) -> bool:
        """The flag; `invalid` for anything else."""
        if isinstance(data, bool):
            return data
        in_address = self.context.get("in_address", False)
        if not in_address or not isinstance(data, str) or data.lower() not in self.WORDS:
            self.fail("invalid", input=str(data)[:20])
        return self.WORDS[data.lower()]


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d{2}$", "example": "2025-07"})
class MonthField(serializers.Field):
    """An exam month: `2025-07`."""

    def to_representation(self, value: date) -> str:
        """Year and month."""
        return f"{value:%Y-%m}"
