"""What only the whole file tells: the same person twice, two names for one number, a phone for many."""

from __future__ import annotations

import dataclasses

from registration.rules.roster_file import Ledger

from .roster_samples import WITH_X, judged, number


def codes(findings):
    return [(one.code, one.lines) for one in findings]


def test_both_rows_of_a_double_are_named_with_each_other():
    ledger = Ledger()
    assert ledger.add(2, judged()) == ()
    assert codes(ledger.add(9, judged())) == [("duplicate_row", (2,))]
    assert {line: codes(found) for line, found in ledger.earlier().items()} == {2: [("duplicate_row", (9,))]}


def test_a_double_is_recognised_however_its_number_is_written():
    ledger = Ledger()
    ledger.add(2, judged(number=WITH_X))
    assert codes(ledger.add(3, judged(number=f" {WITH_X.lower()}\u200b"))) == [("duplicate_row", (2,))]


def test_a_new_issue_of_a_permit_is_the_same_person():
    permit = {"document_kind": "港澳通行证", "sex": "女", "birth_date": "1990-03-07"}
    ledger = Ledger()
    ledger.add(2, judged(number="H12345678", **permit))
    assert codes(ledger.add(3, judged(number="H1234567801", **permit))) == [("duplicate_row", (2,))]


def test_one_person_may_take_both_occupations():
    ledger = Ledger()
    ledger.add(2, judged())
    assert ledger.add(3, judged(occupation="人工智能模型运用")) == ()
    assert ledger.earlier() == {}


def test_one_number_with_two_names_is_refused_in_both_rows():
    ledger = Ledger()
    ledger.add(2, judged())
    found = ledger.add(3, judged(occupation="人工智能模型运用", name="测试乙"))
    assert codes(found) == [("duplicate_conflict", (2,))]
    assert codes(ledger.earlier()[2]) == [("duplicate_conflict", (3,))]


def test_wrong_numbers_are_not_compared():
    ledger = Ledger()
    assert [ledger.add(line, judged(number=1.0)) for line in (2, 3)] == [(), ()]


def many(count):
    return [judged(number=number(seq=seq)) for seq in range(1, count + 1)]


def test_a_phone_for_more_people_than_allowed_is_refused_for_all_of_them():
    ledger = Ledger(most_per_phone=3)
    found = [ledger.add(line, answer) for line, answer in enumerate(many(5), start=2)]
    assert [[one.code for one in row] for row in found] == [[], [], [], ["phone_shared"], ["phone_shared"]]
    assert [codes(ledger.earlier()[line]) for line in (2, 3, 4)] == [[("phone_shared", ())]] * 3


def test_a_second_row_of_somebody_who_shares_too_widely_is_refused_too():
    ledger = Ledger(most_per_phone=3)
    for line, answer in enumerate(many(4), start=2):
        ledger.add(line, answer)
    again = judged(number=number(seq=1), occupation="人工智能模型运用")
    assert [one.code for one in ledger.add(9, again)] == ["phone_shared"]


def test_a_phone_for_as_many_as_allowed_is_fine():
    ledger = Ledger(most_per_phone=5)
    assert [ledger.add(line, answer) for line, answer in enumerate(many(5))] == [()] * 5


def test_a_copied_row_id_is_told_and_does_not_refuse():
    ledger = Ledger()
    ledger.add(2, dataclasses.replace(judged(), row_id="r1"))
    copied = ledger.add(3, dataclasses.replace(judged(number=number(seq=30)), row_id="r1"))
    assert [(one.code, one.level.value) for one in copied] == [("row_id_repeated", "note")]
