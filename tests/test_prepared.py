"""Questions written once and asked with other values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import DateField, DecimalField, F, QuerySet

from exams.models import Fee, Setting, Window
from exams.services.settings import STORED, change, number
from kupasi.prepared import Change, Prepared, Together, slot
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
DAY, MONEY = slot("on", DateField()), DecimalField(max_digits=8, decimal_places=2)
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


def test_several_questions_in_one_trip_are_answered_as_if_asked_alone() -> None:
    prices = Prepared(lambda: Fee.objects.order_by("pk").values_list("amount", "effective_from", "effective_until"))
    nobody = Prepared(lambda: Window.objects.filter(opens_on__gt=DAY, closes_on__lt=DAY).values_list("pk"))
    change("issuer_name", '上海"样例"䶮', by=builders.act(builders.a_user("admin")), reason="试")
    asked = {"on": date(2025, 5, 20), "key": "issuer_name"}
    questions = (OPEN, prices, nobody, STORED)
    assert Together(*questions)(**asked) == [one(**asked) for one in questions]
    assert Together(STORED)(key="issuer_name") == [[('上海"样例"䶮',)]]


def test_what_json_has_no_word_for_is_not_asked_in_one_trip() -> None:
    with pytest.raises(TypeError):
        Together(Prepared(lambda: Setting.objects.values_list("changed_at")))()


def test_a_change_written_once_says_how_many_rows_it_met() -> None:
    dearer = Change(
        lambda: (Fee.objects.filter(amount__lt=slot("below", MONEY)), {"amount": F("amount") + slot("more", MONEY)})
    )
    assert dearer(below=Decimal("100.00"), more=Decimal("5.00")) == Fee.objects.filter(amount=Decimal("100.00")).count()
    assert dearer(below=Decimal("1.00"), more=Decimal("5.00")) == 0
