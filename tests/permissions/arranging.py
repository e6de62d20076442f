"""What an arranger keeps: a duty and a declared relation, far from everybody's exam days."""

from __future__ import annotations

from datetime import date

from exams.enums import DutyRole
from exams.models import Duty, Site, Tie
from kupasi.people.models import Institution, User


def a_duty(user: User) -> Duty:
    """Somebody's part at a site."""
    return Duty.objects.create(site=Site.objects.all()[0], on=date(2025, 1, 5), user=user, role=DutyRole.HEAD)


def a_headed_day(user: User, *, day: int) -> Duty:
    """A day on which somebody is head of the first site."""
    there = {"site": Site.objects.order_by("pk")[0], "on": date(2025, 1, day)}
    return Duty.objects.create(user=user, role=DutyRole.HEAD, **there)


def a_tie(user: User) -> Tie:
    """A relation that has ended."""
    days = {"declared_on": date(2024, 1, 5), "ended_on": date(2024, 12, 31)}
    return Tie.objects.create(user=user, institution=Institution.objects.all()[0], words="兼职教师", **days)
