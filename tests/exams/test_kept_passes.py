"""Kept passes: what is kept and until when, what gives it up, and when the parts make a whole (通知 四)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exams.enums import EntryKind, EntrySource, MarkStatus
from exams.models import GivenUpPass, Mark, Occupation, RetakeScheme, Subject
from exams.services import kept_passes
from exams.services.kept_passes import Entitlement, at_stake, entitlements, wallet
from exams.services.results import entries_resting_on, qualified
from exams.services.schemes import lay_down
from kupasi.approvals import services as approvals
from kupasi.errors import Refusal
from kupasi.people.models import Candidate
from tests.builders import a_candidate, a_user, act, at
from tests.exams.retaking import a_part_passed, sat_again

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
LATER = date(2025, 9, 1)


def asked(person: Candidate, on: date = LATER) -> Entitlement:
    chosen = Occupation.objects.get(code="data-annotation")
    return kept_passes.entitlement(person.pk, chosen.pk, on=on)


def code(person: Candidate, on: date = LATER) -> str:
    return ",".join(one.code for one in asked(person, on).refusals)


def test_the_wallet_names_what_is_kept_what_is_left_and_what_it_costs() -> None:
    (one,) = wallet(a_part_passed(), on=LATER)
    (kept,) = one.kept
    assert (kept.subject.code, kept.value, kept.passed_on) == ("theory", Decimal("82.5"), date(2025, 7, 12))
    assert (one.codes, one.valid_until, one.days_left) == (["practical"], date(2027, 7, 12), 680)
    assert one.fee is not None
    assert one.fee.total == Decimal("385.00")


def test_the_windows_that_still_fall_inside_are_listed() -> None:
    windows = asked(a_part_passed(), on=date(2025, 11, 20)).windows
    assert [one.exam_month for one in windows] == [date(2026, 1, 1)]


@pytest.mark.parametrize(
    ("marks", "says"),
    [("82,55", ""), ("55,82", ""), ("55,50", "retake_none_passed"), ("absent", "retake_none_passed")],
)
def test_a_part_must_be_passed(marks: str, says: str) -> None:
    assert code(a_part_passed(marks)) == says


def test_who_passed_everything_has_nothing_to_retake_and_no_wallet() -> None:
    person = a_part_passed("82,60")
    assert code(person) == "retake_nothing_failed"
    assert wallet(person, on=LATER) == []


def test_who_never_sat_has_no_wallet() -> None:
    person = a_candidate()
    assert (code(person), wallet(person, on=LATER)) == ("retake_none_passed", [])


@pytest.mark.parametrize(("on", "says"), [(date(2027, 7, 12), ""), (date(2027, 7, 13), "retake_expired")])
def test_the_last_day_counts(on: date, says: str) -> None:
    assert code(a_part_passed(), on=on) == says


def test_the_last_day_is_one_day_left_and_the_next_none() -> None:
    person = a_part_passed()
    left = [asked(person, day).days_left for day in (date(2027, 7, 11), date(2027, 7, 12), date(2027, 7, 13))]
    assert left == [2, 1, 0]


def test_a_leap_day_ends_on_the_28th() -> None:
    assert asked(a_part_passed(on="2028-02-29"), on=date(2028, 5, 1)).valid_until == date(2030, 2, 28)


def test_a_failed_retake_does_not_lengthen_the_time() -> None:
    person = a_part_passed()
    sat_again(person, "40", on="2025-12-13")
    assert asked(person, on=date(2026, 1, 10)).valid_until == date(2027, 7, 12)


def test_a_held_result_waits() -> None:
    person = a_part_passed()
    Mark.objects.filter(value=55).update(is_held=True)
    assert code(person) == "result_held"


def test_a_cancelled_subject_counts_as_failed() -> None:
    person = a_part_passed("82,90")
    Mark.objects.filter(value=90).update(status=MarkStatus.CANCELLED)
    assert asked(person).codes == ["practical"]


def test_a_competition_gives_no_retake_and_takes_none() -> None:
    entrant, person = a_candidate(), a_part_passed()
    for one in (entrant, person):
        sat_again(
            one,
            "90",
            on="2025-10-18" if one is person else "2025-11-15",
            kind=EntryKind.FULL,
            source=EntrySource.COMPETITION,
            subjects=("theory",),
        )
    assert code(entrant) == "retake_competition"
    assert asked(person).codes == ["practical"]


def test_a_confirmed_full_entry_gives_the_pass_up_for_good() -> None:
    person = a_part_passed()
    entry = sat_again(person, "50", on="2025-09-13", kind=EntryKind.FULL, subjects=("theory", "practical"))
    assert GivenUpPass.objects.get().entry == entry
    entry.status = "cancelled"
    entry.save()
    assert code(person) == "retake_none_passed"


def test_a_retake_gives_nothing_up() -> None:
    person = a_part_passed()
    sat_again(person, "50", on="2025-09-13")
    assert not GivenUpPass.objects.exists()
    assert len(at_stake(person.pk, asked(person).occupation.pk, on=LATER)) == 1


def test_parts_passed_in_two_sittings_make_a_whole() -> None:
    person = a_part_passed()
    first = sat_again(person, "50", on="2025-09-13")
    assert not qualified().exists()
    second = sat_again(person, "70", on="2025-12-13")
    assert list(qualified()) == [second]
    theory = Mark.objects.get(value=Decimal("82.5"))
    assert {one.pk for one in entries_resting_on([theory.pk])} == {theory.seat.entry_id, first.pk, second.pk}


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"is_held": True}, {"value": Decimal("59.9")}])
def test_a_kept_pass_that_falls_takes_the_whole_with_it(change: dict[str, object]) -> None:
    person = a_part_passed()
    sat_again(person, "70", on="2025-12-13")
    Mark.objects.filter(value=Decimal("82.5")).update(**change)
    assert not qualified().exists()


def test_a_pass_that_was_given_up_completes_nothing() -> None:
    person = a_part_passed()
    entry = sat_again(person, "70", on="2025-12-13")
    mark = Mark.objects.get(value=Decimal("82.5"))
    GivenUpPass.objects.create(mark=mark, entry=entry, given_up_at=at("2025-12-01T09:00"))
    assert not qualified().exists()


def a_new_mode() -> tuple[Occupation, Subject]:
    """From mode 2 on the practical part is another subject."""
    occupation = Occupation.objects.get(code="data-annotation")
    occupation.subjects.filter(code="practical").update(until_mode=1)
    project = Subject.objects.create(occupation=occupation, code="project", name="项目实操", from_mode=2, order=3)
    Occupation.objects.update(exam_mode=2)
    return occupation, project


def test_a_changed_mode_without_a_scheme_is_for_staff_to_decide() -> None:
    person = a_part_passed()
    a_new_mode()
    assert code(person) == "scheme_missing"


def test_the_published_scheme_names_the_subjects_to_sit() -> None:
    person, other = a_part_passed(), a_candidate()
    occupation, project = a_new_mode()
    old = Subject.objects.get(occupation=occupation, code="practical")
    line = {"occupation": occupation, "from_mode": 1, "to_mode": 2, "old_subject": old, "new_subject": project}
    only_another = RetakeScheme.objects.create(
        **line, candidate=other, source="测试", created_at=at("2025-08-01T09:00")
    )
    assert code(person) == "scheme_missing"
    RetakeScheme.objects.filter(pk=only_another.pk).update(candidate=None)
    assert asked(person).codes == ["project"]


def test_staff_lay_a_scheme_down_and_decide_for_one_person() -> None:
    person, other = a_part_passed(), a_candidate()
    _, project = a_new_mode()
    old = Subject.objects.get(occupation=project.occupation, code="practical")
    request = approvals.ask(
        act(a_user("clerk")), kind="retake_decision", about=other, reason="来函",
        payload={"from_mode": 1, "old": old.pk, "new": [project.pk]},
    )  # fmt: skip
    approvals.approve(request.pk, seen=request.digest, by=act(a_user("supervisor")))
    assert code(person) == "scheme_missing"
    for _ in range(2):  # laid down again, it replaces itself
        lay_down(old.pk, from_mode=1, new_subject_ids=[project.pk], source="公告", by=act(a_user("supervisor")))
    assert (asked(person).codes, RetakeScheme.objects.count()) == (["project"], 2)


@pytest.mark.parametrize(
    ("new", "mode", "says"), [("practical", 1, "not_in_mode"), ("project", 2, "same_mode"), ("", 1, "no_subjects")]
)
def test_a_scheme_that_cannot_be_is_refused(new: str, mode: int, says: str) -> None:
    occupation, _ = a_new_mode()
    old = occupation.subjects.get(code="practical")
    chosen = list(occupation.subjects.filter(code=new).values_list("pk", flat=True))
    with pytest.raises(Refusal) as caught:
        lay_down(old.pk, from_mode=mode, new_subject_ids=chosen, source="公告", by=act())
    assert caught.value.code == says


def test_many_people_are_asked_for_with_the_same_queries() -> None:
    occupation = Occupation.objects.get(code="data-annotation")
    people = [a_part_passed().pk, *(a_candidate().pk for _ in range(3))]
    counts = []
    for ids in (people[:1], people):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            found = entitlements(ids, occupation_ids=[occupation.pk], on=LATER)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 9
    assert [one.is_allowed for one in found.values()] == [True, False, False, False]
