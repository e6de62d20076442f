"""A list and a person's own application at the same moment: one of them stands, on a real database (rules E5, E9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import connection

from exams.models import ExamSession
from kupasi.people.enums import DocumentKind
from kupasi.people.models import Candidate, IdentityDocument
from kupasi.people.services import PersonFacts
from registration.enums import LIVE
from registration.models import Application
from registration.rules import EligibilityAnswer
from registration.services import applications, counter
from registration.services.rosters import filing
from tests import builders

from . import group, lists
from .group import Group
from .test_application_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
NOW = "2025-05-20T09:01"


def live() -> int:
    return Application.objects.filter(status__in=LIVE).count()


def own_draft(serial: int) -> Application:
    """The person of that line of a list, registered, with a form filled in."""
    person = builders.a_candidate(name=builders.hanzi(serial), birth=date(2003, 3, 7), number=lists.number_of(serial))
    return builders.a_draft(person, when=NOW)


def both(made: Group, draft: Application) -> Counter[str]:
    """The sweep files the line while the person submits."""
    row, by = made.rows[0], builders.act(draft.candidate.user, NOW)
    work: list[Callable[[], object]] = [
        lambda: filing.file_row(row.pk, by=group.JOB),
        lambda: applications.submit(draft.pk, by=by),
    ]
    return at_once(2, lambda index: work[index]())


@pytest.mark.parametrize("round_", range(4))
def test_a_list_and_a_persons_own_application_end_in_one(round_: int) -> None:
    made = group.submitted(1)
    draft = own_draft(1)
    both(made, draft)
    row = made.rows[0]
    assert (live(), ExamSession.objects.get().taken) == (1, 1)
    own = Application.objects.get(status__in=LIVE).pk == draft.pk
    assert (row.refused_code != "", row.application_id is None) == (own, own)
    assert [one["code"] for one in row.findings] == (["not_accepted"] if own else [])


def test_two_institutions_lists_for_one_new_person_end_in_one() -> None:
    first, second = group.submitted(1), group.submitted(1, school=1)
    rows = [first.rows[0].pk, second.rows[0].pk]
    at_once(2, lambda index: filing.file_row(rows[index], by=group.JOB))
    for _ in range(2):  # whoever was registered at that very moment is found by the next sweep
        filing.file_some(by=group.JOB)
    assert (live(), Candidate.objects.count(), ExamSession.objects.get().taken) == (1, 1, 1)
    assert sorted(row.refused_code != "" for row in (*first.rows, *second.rows)) == [False, True]


def test_a_list_and_the_counter_register_one_person_once() -> None:
    made, clerk = group.submitted(1), builders.a_user("clerk")
    person = PersonFacts(
        name=builders.hanzi(1), kind=DocumentKind.RESIDENT_ID, number=lists.number_of(1), phone="19900000001",
        education="college",
    )  # fmt: skip
    given = counter.CounterFacts(person=person, occupation="data-annotation", declared=True)
    photo, row = builders.photo_bytes(), made.rows[0].pk
    work: list[Callable[[], object]] = [
        lambda: filing.file_row(row, by=group.JOB),
        lambda: counter.enter(given, photo=photo, by=builders.act(clerk, NOW)),
    ]
    at_once(2, lambda index: work[index]())
    filing.file_some(by=group.JOB)
    assert (live(), IdentityDocument.objects.count()) == (1, 1)


@contextmanager
def without_the_constraints() -> Iterator[None]:
    """The database looks away."""
    names = ("one_open_application", "one_live_application")
    kept = [one for one in Application._meta.constraints if one.name in names]
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        Application.objects.update(status="withdrawn")
        with connection.schema_editor() as editor:
            for one in kept:
                editor.add_constraint(Application, one)


def not_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have looked before either wrote: nothing was there."""
    for module in (filing, applications):
        monkeypatch.setattr(module, "eligibility", lambda *args, **more: EligibilityAnswer(True, (), None))


def test_where_both_looked_before_either_wrote_the_database_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    made = group.submitted(1)
    draft = own_draft(1)
    not_looking(monkeypatch)
    both(made, draft)
    assert (live(), ExamSession.objects.get().taken) == (1, 1)


def test_twin_without_the_constraint_both_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    made = group.submitted(1)
    draft = own_draft(1)
    not_looking(monkeypatch)
    with without_the_constraints():
        both(made, draft)
        assert live() == 2
