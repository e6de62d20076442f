"""Who works at a site on a day and in which room: nobody in two places, nobody over people of the own institution."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from exams.enums import DutyRole, EntryStatus, SittingStatus
from exams.models import Duty, Seat, Site, Sitting, Tie
from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal
from kupasi.people.models import Membership, User
from kupasi.people.roles import may_any

ONE_PLACE = "本单位规定：考务人员同一时间只在一处"
AWAY = "本单位规定：考务人员回避"


@dataclass(frozen=True, slots=True)
class When:
    """Where and when somebody is needed; `sitting_id` is left out of the search for others at the same time."""

    site_id: int
    on: date
    starts_at: datetime
    ends_at: datetime
    sitting_id: int | None = None

    @classmethod
    def of(cls, sitting: Sitting) -> When:
        """The time and site of a sitting."""
        return cls(sitting.room.site_id, sitting.on, sitting.starts_at, sitting.ends_at, sitting.pk)


def institutions_of(user_ids: Collection[int], *, on: date) -> dict[int, set[int]]:
    """The institutions to which each person belongs or has declared a relation that holds on that day."""
    found: dict[int, set[int]] = defaultdict(set)
    members = Membership.objects.filter(user__in=user_ids).values_list("user_id", "institution_id")
    lasting = Q(ended_on=None) | Q(ended_on__gte=on)
    ties = Tie.objects.filter(lasting, user__in=user_ids, declared_on__lte=on).values_list("user_id", "institution_id")
    for user_id, institution_id in (*members, *ties):
        found[user_id].add(institution_id)
    return found


def judge_invigilators(users: Iterable[User], *, when: When) -> None:
    """Refuse with `two_places` or `own_people` whoever cannot watch this sitting."""
    people = list(users)
    for user in people:
        others = Sitting.objects.filter(invigilators=user, starts_at__lt=when.ends_at, ends_at__gt=when.starts_at)
        others = others.exclude(status=SittingStatus.CANCELLED).exclude(pk=when.sitting_id or 0)
        if clash := others.select_related("room__site").first():
            words = f"{user} 这段时间已在 {clash.room} 监考，请换人或调整时间。"
            raise Refusal("two_places", words, ONE_PLACE)
        duty = Duty.objects.filter(user=user, on=when.on).exclude(site=when.site_id).select_related("site").first()
        if duty is not None:
            raise Refusal("two_places", f"{user} 当天在 {duty.site} 工作，请换人或先撤下那项安排。", ONE_PLACE)
    judge_own_people(people, on=when.on, sittings=[when.sitting_id] if when.sitting_id else [])


def judge_own_people(users: Iterable[User], *, on: date, sittings: Collection[int]) -> None:
    """Refuse with `own_people` whoever would be over people of an institution of the own."""
    people = {user.pk: user for user in users}
    tied = institutions_of(list(people), on=on)
    for user_id, institutions in sorted(tied.items()):
        seats = Seat.objects.filter(sitting__in=sittings, entry__institution__in=institutions)
        count = seats.exclude(entry__status=EntryStatus.CANCELLED).count()
        if count:
            words = f"{people[user_id]} 与其中 {count} 人所在的机构有关系，须回避，请换人。"
            raise Refusal("own_people", words, AWAY)


@transaction.atomic
def assign_duty(by: Act, *, site: Site, on: date, user: User, role: DutyRole) -> Duty:
    """Give somebody a part at a site on a day; the same part again returns the row that is there.

    Refuses with `two_places`, `head_taken`, `head_confirms_nothing`, `own_people`.
    """
    site = Site.objects.select_for_update().get(pk=site.pk)
    there = Duty.objects.filter(user=user, on=on).select_related("site").first()
    if there is not None and (there.site_id, there.role) == (site.pk, role):
        return there
    if there is not None:
        words = f"{user} 当天已是 {there.site} 的{there.get_role_display()}，请换人或先撤下那项安排。"
        raise Refusal("two_places", words, ONE_PLACE)
    elsewhere = Sitting.objects.filter(invigilators=user, on=on).exclude(room__site=site)
    if elsewhere.exclude(status=SittingStatus.CANCELLED).exists():
        raise Refusal("two_places", f"{user} 当天在另一个考核点监考，请换人或先调整那一场。", ONE_PLACE)
    if role == DutyRole.HEAD and not may_any(user, "case.open"):
        words = f"{user} 没有监考、阅卷或受理的权限，不能确认现场的违纪记录，请另选负责人。"
        raise Refusal("head_confirms_nothing", words, "本单位规定：违纪处理程序")
    if role == DutyRole.HEAD and Duty.objects.filter(site=site, on=on, role=role).exists():
        raise Refusal("head_taken", "该考核点当天已有负责人，请先撤下原来的负责人。", ONE_PLACE)
    if role != DutyRole.INVIGILATOR:  # an invigilator is judged by the rooms that they are given
        here = Sitting.objects.filter(room__site=site, on=on).exclude(status=SittingStatus.CANCELLED)
        judge_own_people([user], on=on, sittings=list(here.values_list("pk", flat=True)))
    try:
        with transaction.atomic():
            duty = Duty.objects.create(site=site, on=on, user=user, role=role)
    except IntegrityError as error:  # given another part at this very moment
        raise Refusal("two_places", f"{user} 刚刚被安排了另一项职务，请刷新后再看。", ONE_PLACE) from error
    record(by, "duty.assigned", duty, after={"site": site.pk, "on": on, "user": user.pk, "role": role})
    return duty


def head_of(site_id: int, *, on: date) -> User | None:
    """The head of a site on a day; None where nobody was entered."""
    duty = Duty.objects.filter(site=site_id, on=on, role=DutyRole.HEAD).select_related("user").first()
    return duty.user if duty else None


@transaction.atomic
def remove_duty(duty_id: int, *, by: Act) -> None:
    """Take somebody off a day; a row that is gone already needs nothing."""
    duty = Duty.objects.select_for_update().filter(pk=duty_id).first()
    if duty is None:
        return
    before = {"site": duty.site_id, "on": duty.on, "user": duty.user_id, "role": duty.role}
    record(by, "duty.removed", duty, before=before)
    duty.delete()


def barred_institutions(sittings: Iterable[Sitting]) -> dict[int, frozenset[int]]:
    """For each sitting the institutions whose people may not sit there: those of its staff (回避)."""
    rows = list(sittings)
    watched: dict[int, set[int]] = defaultdict(set)
    pairs = Sitting.invigilators.through.objects.filter(sitting__in=[one.pk for one in rows])
    for sitting_id, user_id in pairs.values_list("sitting_id", "user_id"):
        watched[sitting_id].add(user_id)
    days = {one.on for one in rows}
    heads: dict[tuple[int, date], set[int]] = defaultdict(set)
    duties = Duty.objects.filter(on__in=days).exclude(role=DutyRole.INVIGILATOR)
    for site_id, on, user_id in duties.values_list("site_id", "on", "user_id"):
        heads[site_id, on].add(user_id)
    people = {user for users in (*watched.values(), *heads.values()) for user in users}
    tied = {day: institutions_of(people, on=day) for day in days}
    return {
        one.pk: frozenset(
            institution
            for user in watched[one.pk] | heads[one.room.site_id, one.on]
            for institution in tied[one.on].get(user, ())
        )
        for one in rows
    }
