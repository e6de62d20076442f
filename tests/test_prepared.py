"""Questions written once and asked with other values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import DateField, QuerySet

from exams.models import Fee, Setting, Window
from exams.services.settings import change, number
from kupasi.prepared import Prepared, slot
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
DAY = slot("on", DateField())
OPEN = Prepared(lambda: Window.objects.open_on(DAY).values_list("opens_on", "exam_month"))


def test_a_question_is_asked_again_with_another_day() -> None:
    assert OPEN(on=date(2025, 5, 20)) == [(date(2025, 5, 16), date(2025, 7, 1))]
    assert OPEN(on=date(2025, 11, 20)) == [(date(2025, 11, 16), date(2026, 1, 1))]
    assert OPEN(on=date(2030, 1, 1)) == []


def test_it_is_written_once() -> None:
    written = []

    def fees() -> QuerySet[Fee, tuple[Decimal]]:
        written.append(1)
        return Fee.objects.filter(effective_from__lte=DAY).order_by("amount", "pk").values_list("amount")

    question = Prepared(fees)
    assert question(on=date(2025, 5, 20))[0] == (Decimal("95.00"),)
    assert question(on=date(2020, 5, 20)) == []
    assert len(written) == 1


def test_what_was_changed_meanwhile_is_seen() -> None:
    assert number("minimum_age") == 16
    change("minimum_age", 18, by=builders.act(builders.a_user("admin")), reason="试")
    assert (number("minimum_age"), Setting.objects.count()) == (18, 1)
