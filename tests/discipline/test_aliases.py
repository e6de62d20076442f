"""A barred person who comes with another document is held for a human; hardly anybody else is (rules E8)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kupasi.people.enums import Sex
from kupasi.people.models import Candidate, User
from kupasi.people.services import PersonFacts, find_or_create_candidate
from tests.builders import a_candidate, act, hanzi

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
ALIASES, INNOCENTS = 200, 200


def with_passport(number: int, clerk: User, *, name: str, phone: str, birth: date) -> Candidate:
    """Somebody at the counter with a passport."""
    facts = PersonFacts(
        name=name, kind="passport", number=f"P{number:07}", country="CHN", phone=phone, birth_date=birth, sex=Sex.MALE
    )
    return find_or_create_candidate(act(clerk), facts=facts).candidate


def test_no_alias_passes_unseen_and_few_innocents_are_held(clerk: User) -> None:
    people = [a_candidate(birth=date(1985, 1, 1) + timedelta(days=37 * n), with_account=False) for n in range(ALIASES)]
    seen = [
        with_passport(
            number,
            clerk,
            name=one.name if number % 2 else f"ZHANG {chr(65 + number % 26)}",
            phone=f"188{number:08}" if number % 2 else one.phone,
            birth=one.birth_date,
        )
        for number, one in enumerate(people)
    ]
    assert [one.resembles_id for one in seen] == [one.pk for one in people]
    innocents = [
        with_passport(1000 + number, clerk, name=hanzi(90_000 + number), phone=f"177{number:08}", birth=one.birth_date)
        for number, one in enumerate(people[:INNOCENTS])
    ]
    assert sum(one.needs_identity_review for one in innocents) < 0.02 * INNOCENTS
