"""Staff of the day: nobody in two places, nobody over people of an institution of the own."""

from __future__ import annotations

from datetime import date

import pytest

from exams.enums import DutyRole
from exams.models import Duty, Entry, Site, Tie
from exams.services.staffing import When, assign_duty, barred_institutions, judge_invigilators, remove_duty
from kupasi.errors import Refusal
from kupasi.people.models import Institution, Membership, User
from tests.builders import a_user, act, signed_in

from .seating import Session, a_room, a_session, a_sitting, enrolled, seat_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
BY = act(when="2025-06-18T09:00")
DAY = date(2025, 7, 12)


@pytest.fixture
def session(notice: None) -> Session:
    return a_session()


@pytest.fixture
def school(session: Session) -> Institution:
    """An institution with one person seated in the session."""
    school = Institution.objects.create(name="样例学校", credit_code="91310000MA1FL0000N")
    entry = enrolled(session)
    Entry.objects.filter(pk=entry.pk).update(institution=school)
    seat_all(session)
    return school


def refusal(act_: object, *args: object, **kwargs: object) -> str:
    """The code with which something is refused, "" when it is not."""
    try:
        act_(*args, **kwargs)  # type: ignore[operator]  # a service
    except Refusal as refused:
        return str(refused.code)
    return ""


def test_one_person_has_one_part_at_one_site_a_day(session: Session) -> None:
    user, other = a_user("invigilator"), Site.objects.create(name="别处", address="上海")
    duty = assign_duty(BY, site=session.room.site, on=DAY, user=user, role=DutyRole.INVIGILATOR)
    assert assign_duty(BY, site=session.room.site, on=DAY, user=user, role=DutyRole.INVIGILATOR) == duty
    assert refusal(assign_duty, BY, site=other, on=DAY, user=user, role=DutyRole.EXAMINER) == "two_places"
    remove_duty(duty.pk, by=BY)
    assert not refusal(assign_duty, BY, site=other, on=DAY, user=user, role=DutyRole.EXAMINER)


def test_a_site_has_one_head_a_day(session: Session) -> None:
    assign_duty(BY, site=session.room.site, on=DAY, user=a_user("invigilator"), role=DutyRole.HEAD)
    second = {"site": session.room.site, "on": DAY, "user": a_user("invigilator"), "role": DutyRole.HEAD}
    assert refusal(assign_duty, BY, **second) == "head_taken"


def test_a_head_is_somebody_who_may_confirm_what_was_recorded(session: Session) -> None:
    given = {"site": session.room.site, "on": DAY, "role": DutyRole.HEAD}
    assert refusal(assign_duty, BY, user=a_user("publisher"), **given) == "head_confirms_nothing"
    assert not refusal(assign_duty, BY, user=a_user("clerk"), **given)


def test_nobody_invigilates_in_two_rooms_at_once(session: Session) -> None:
    user = a_user("invigilator")
    session.sittings[0].invigilators.add(user)
    same = a_sitting(session, subject=session.subjects[0], starts="2025-07-12T10:00", room=a_room("第二考场"))
    later = a_sitting(session, subject=session.subjects[0], starts="2025-07-12T11:00", room=a_room("第三考场"))
    assert refusal(judge_invigilators, [user], when=When.of(same)) == "two_places"
    assert not refusal(judge_invigilators, [user], when=When.of(later))
    assert not refusal(judge_invigilators, [user], when=When.of(session.sittings[0]))


def test_a_duty_elsewhere_keeps_somebody_out_of_a_room(session: Session) -> None:
    user, other = a_user("invigilator"), Site.objects.create(name="别处", address="上海")
    Duty.objects.create(site=other, on=DAY, user=user, role=DutyRole.INVIGILATOR)
    assert refusal(judge_invigilators, [user], when=When.of(session.sittings[0])) == "two_places"


@pytest.mark.parametrize("relation", ["member", "tie"])
def test_nobody_is_over_people_of_the_own_institution(session: Session, school: Institution, relation: str) -> None:
    user = a_user("invigilator")
    judged = {"when": When.of(session.sittings[0])}
    assert not refusal(judge_invigilators, [user], **judged)
    if relation == "member":
        Membership.objects.create(user=user, institution=school)
    else:
        Tie.objects.create(user=user, institution=school, words="兼职", declared_on=date(2025, 7, 12))
    assert refusal(judge_invigilators, [user], **judged) == "own_people"
    head = {"site": session.room.site, "on": DAY, "user": user, "role": DutyRole.HEAD}
    assert refusal(assign_duty, BY, **head) == "own_people"


def test_a_relation_that_ended_no_longer_counts(session: Session, school: Institution) -> None:
    user = a_user("invigilator")
    tie = Tie.objects.create(user=user, institution=school, words="兼职", declared_on=date(2025, 1, 1))
    session.sittings[0].invigilators.add(user)
    assert barred_institutions(session.sittings)[session.sittings[0].pk] == {school.pk}
    tie.ended_on = date(2025, 7, 11)
    tie.save()
    assert barred_institutions(session.sittings)[session.sittings[0].pk] == frozenset()
    assert not refusal(judge_invigilators, [user], when=When.of(session.sittings[0]))


def test_the_office_is_told_why_somebody_cannot_watch_a_room(
    session: Session, clerk: User, school: Institution
) -> None:
    user, sitting = a_user("invigilator"), session.sittings[0]
    Tie.objects.create(user=user, institution=school, words="兼职", declared_on=date(2025, 1, 1))
    given = {
        "exam_session": session.row.pk, "subject": session.subjects[0].pk, "room": session.room.pk, "capacity": 30,
        "starts_at_0": "2025-07-12", "starts_at_1": "09:00", "ends_at_0": "2025-07-12", "ends_at_1": "11:00",
        "invigilators": [user.pk],
    }  # fmt: skip
    page = signed_in(clerk).post(f"/admin/exams/sitting/{sitting.pk}/change/", given)
    assert "须回避，请换人" in page.content.decode()
    assert not sitting.invigilators.exists()


def test_the_office_gives_and_takes_back_duties(session: Session, clerk: User) -> None:
    user, client = a_user("invigilator"), signed_in(clerk)
    given = {"site": session.room.site_id, "on": "2025-07-12", "user": user.pk, "role": "head"}
    assert client.post("/admin/exams/duty/add/", given).status_code == 302
    assert "当天已是" in client.post("/admin/exams/duty/add/", given | {"role": "examiner"}).content.decode()
    duty = Duty.objects.get()
    client.post("/admin/exams/duty/", {"action": "take_off", "_selected_action": [duty.pk]})
    assert not Duty.objects.exists()
