"""Institutions, their clerks and lists, for the tests of rosters."""

from __future__ import annotations

import itertools

from exams.models import Window
from kupasi.people.models import Institution, Membership, User
from registration.models import Roster
from registration.services import rosters
from tests import builders

ON = "2025-05-20T09:00"
_numbers = itertools.count(1)


def an_institution() -> Institution:
    """A training institution with a made-up code."""
    number = next(_numbers)
    return Institution.objects.create(name=f"样例培训学校{number}", credit_code=f"9131010400000{number:05d}")


def a_member(institution: Institution, role: str = "institution_clerk") -> User:
    """Somebody who acts for the institution."""
    user = builders.a_user(role)
    Membership.objects.create(user=user, institution=institution)
    return user


def a_window(on: str = ON) -> Window:
    """The window that is open at that moment."""
    return Window.objects.open_on(builders.at(on).date()).get()


def a_roster(clerk: User, *, when: str = ON) -> Roster:
    """A new list of the clerk's institution for the window that is open."""
    institution = clerk.membership.institution
    return rosters.start_roster(institution, window=a_window(when), by=builders.act(clerk, when), label="一班")
