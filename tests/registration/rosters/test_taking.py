"""Taking a judged file: all or nothing, the good rows by a second act, one person once, nobody told of others."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError

from kupasi.audit.models import Entry
from kupasi.errors import Refusal
from kupasi.people.models import Candidate, User
from registration.enums import RosterStatus, UploadState
from registration.models import Roster, RosterRow, RosterUpload
from registration.services import rosters
from registration.services.rosters import taking
from tests import builders

from . import made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]


@pytest.fixture
def scribe() -> User:
    """A clerk of an institution."""
    return made.a_member(made.an_institution())


def take(upload: RosterUpload, *, good_only: bool = False) -> RosterUpload:
    by = builders.act(upload.uploaded_by, made.ON)
    return rosters.take_valid(upload.pk, by=by) if good_only else rosters.take_all(upload.pk, by=by)


def refused(upload: RosterUpload, *, good_only: bool = False) -> str:
    with pytest.raises(Refusal) as error:
        take(upload, good_only=good_only)
    return str(error.value.code)


def one_bad_of(count: int, *, at: int) -> list[dict[str, str]]:
    rows = made.lines(count)
    rows[at - 2] |= {"姓名": "张3"}
    return rows


def test_one_bad_row_of_a_thousand_and_nothing_is_written(scribe: User) -> None:
    roster = made.a_roster(scribe)
    upload = made.judged(roster, one_bad_of(1000, at=502))
    assert (upload.valid, upload.invalid, refused(upload)) == (999, 1, "rows_invalid")
    assert made.on_list(roster) == []
    bad = upload.lines.get(is_valid=False)
    assert (bad.line, made.codes(bad)) == (502, [("name", "name_chars")])


def test_the_good_rows_are_taken_by_an_act_of_their_own(scribe: User) -> None:
    roster = made.a_roster(scribe)
    upload = take(made.judged(roster, one_bad_of(5, at=4)), good_only=True)
    assert (upload.state, made.on_list(roster)) == (UploadState.TAKEN, [2, 3, 5, 6])


def test_without_the_refusal_half_a_file_would_be_taken(scribe: User, monkeypatch: pytest.MonkeyPatch) -> None:
    roster = made.a_roster(scribe)
    upload = made.judged(roster, one_bad_of(5, at=4))
    monkeypatch.setattr(taking, "take_all", taking.take_valid)
    taking.take_all(upload.pk, by=builders.act(scribe, made.ON))
    assert len(made.on_list(roster)) == 4


def test_taking_twice_is_once(scribe: User) -> None:
    upload = made.judged(made.a_roster(scribe), made.lines(2))
    assert [take(upload).state, take(upload).state] == [UploadState.TAKEN] * 2
    assert Entry.objects.filter(action="roster.taken").count() == 1


def test_the_next_file_replaces_the_list_whole(scribe: User) -> None:
    roster = made.a_roster(scribe)
    take(made.judged(roster, made.lines(3)))
    take(made.judged(roster, made.lines(2, start=2)))
    names = [row.name for row in roster.rows.current().order_by("line")]
    assert names == [builders.hanzi(2), builders.hanzi(3)]
    assert RosterRow.objects.count() == 2


def test_a_file_that_is_not_judged_is_not_taken(scribe: User) -> None:
    assert refused(made.sent(made.a_roster(scribe), made.lines(1)), good_only=True) == "rows_invalid"


def two_lists(scribe: User) -> tuple[RosterUpload, RosterUpload]:
    """Two clerks of one institution with a list each, that share ten people."""
    other = made.a_member(scribe.membership.institution)
    first, second = made.a_roster(scribe), made.a_roster(other)
    return made.judged(first, made.lines(12)), made.judged(second, made.lines(12, start=2), by=other)


def test_two_clerks_take_lists_that_share_ten_people_and_these_stand_once(scribe: User) -> None:
    first, second = two_lists(scribe)
    take(first)
    assert refused(second) == "rows_invalid"
    lost = second.lines.filter(is_valid=False)
    assert {code for row in lost for code in made.codes(row)} == {("number", "already_in_batch")}
    assert (lost.count(), RosterRow.objects.current().count()) == (10, 12)
    take(second, good_only=True)
    assert RosterRow.objects.current().count() == 14


def test_a_list_judged_later_is_told_at_once(scribe: User) -> None:
    take(made.judged(made.a_roster(scribe), made.lines(2)))
    upload = made.judged(made.a_roster(scribe), made.lines(3))
    assert [made.codes(row) for row in upload.lines.order_by("line")] == [[("number", "already_in_batch")]] * 2 + [[]]


def test_without_the_recheck_the_database_itself_refuses_the_double(
    scribe: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_lists(scribe)
    take(first)
    monkeypatch.setattr(taking, "_taken_elsewhere", lambda upload: RosterRow.objects.none())
    with pytest.raises(IntegrityError):
        take(second)


def test_without_the_claim_ten_people_would_stand_twice(scribe: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.models import CharField, F, Value
    from django.db.models.functions import Cast, Concat

    first, second = two_lists(scribe)
    each = Concat(Value("row:"), Cast(F("pk"), CharField()), output_field=CharField())
    monkeypatch.setattr(taking, "claim_of", lambda roster: each)
    monkeypatch.setattr(taking, "_taken_elsewhere", lambda upload: RosterRow.objects.none())
    take(first)
    take(second)
    assert RosterRow.objects.current().count() == 24


def test_a_change_of_the_list_makes_its_signature_void(scribe: User) -> None:
    roster = made.a_roster(scribe)
    take(made.judged(roster, made.lines(1)))
    approver = made.a_member(roster.institution, "institution_approver")
    signed = {"status": RosterStatus.SIGNED, "signed_at": builders.at(made.ON), "signed_by": approver}
    Roster.objects.filter(pk=roster.pk).update(**signed)
    take(made.judged(roster, made.lines(2)))
    roster.refresh_from_db()
    assert (roster.status, roster.signed_by) == (RosterStatus.DRAFT, None)


def applied(number: int, **more: Any) -> Candidate:
    """The made-up person of a row, with an application."""
    row = made.line(number)
    person = builders.a_candidate(
        name=row["姓名"], number=row["证件号码"], birth=made.BORN + made.timedelta(days=number)
    )
    builders.an_application(person, when=made.ON)
    Candidate.objects.filter(pk=person.pk).update(**more)
    return person


def test_of_anothers_person_an_institution_hears_one_sentence_whatever_the_cause(scribe: User) -> None:
    applied(1, institution=made.an_institution())
    rows = [made.line(1), made.line(2, 考核类型="补考", 考核科目="理论知识"), made.line(3)]
    upload = made.judged(made.a_roster(scribe), rows)
    found = [row.findings for row in upload.lines.order_by("line")]
    assert found[0] == found[1]
    assert [[one["code"] for one in each] for each in found] == [["not_accepted"], ["not_accepted"], []]


def test_of_its_own_person_it_hears_the_reason(scribe: User) -> None:
    applied(1, institution=scribe.membership.institution)
    upload = made.judged(made.a_roster(scribe), [made.line(1)])
    assert made.codes(upload.lines.get()) == [("number", "duplicate_application")]


def test_another_name_under_a_known_number_is_for_the_office_alone(scribe: User) -> None:
    person = builders.a_candidate(name="别名", number=made.line(1)["证件号码"])
    row = made.judged(made.a_roster(scribe), [made.line(1)]).lines.get()
    assert (row.is_valid, row.findings, row.exceptions) == (True, [], ["identity_mismatch"])
    assert (row.is_held, person.name) == (True, "别名")
