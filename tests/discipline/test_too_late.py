"""A step pressed a second time, as by an impatient hand where no script runs: told as done, never as forbidden."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discipline.enums import CaseStatus
from discipline.models import Case
from discipline.services import deciding, effects, evidence, hearing
from kupasi.people.models import User
from tests.builders import a_user, act, photo_bytes, signed_in
from tests.exams.marking import a_published_exam

from . import making

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
Made = tuple[Case, User, dict[str, str]]


def fresh(people: making.Staff, clause: str = "三1") -> Case:
    return making.recorded(making.theory(a_published_exam("80,70")[0].entries[0]), people, clause=clause)


def press(case: Case, user: User, typed: dict[str, str]) -> int:
    return signed_in(user).post(f"/discipline/cases/{case.pk}/", typed).status_code


def countersigning(people: making.Staff) -> Made:
    case = fresh(people)
    Case.objects.filter(pk=case.pk).update(second_by=None)
    return case, people.second, {"act": "countersign"}


def signing_evidence(people: making.Staff) -> Made:
    case = fresh(people)
    evidence.add_evidence(case.pk, by=act(people.first, making.RECORDED), title="照片", data=photo_bytes())
    return case, people.second, {"act": "sign_evidence"}


def serving(people: making.Staff) -> Made:
    case = making.examined(fresh(people), people)
    case = hearing.give_notice(case.pk, by=act(people.clerk))
    return case, people.clerk, {
        "act": "serve", "serve-how": "person", "serve-on": f"{act(people.clerk).on}", "serve-proof": "本人签收",
    }  # fmt: skip


def heard(people: making.Staff, clause: str = "四4") -> Case:
    case = making.noticed(fresh(people, clause), people, severity="lesser" if clause.startswith("四") else "")
    case = hearing.waive(case.pk, by=act(case.candidate.user, making.STATED))
    return Case.objects.get(pk=case.pk)


def deciding_it(people: making.Staff) -> Made:
    case = heard(people)
    by = act(people.decider)
    plan = effects.preview(case, deciding.ruling_of(case, making.a_proposal(), on=by.on), by=by)
    return case, people.decider, {"act": "decide", "outcome": "uphold", "reason": "事实清楚", "plan_hash": plan.sha256}


def taking_back(people: making.Staff) -> Made:
    case, user, typed = deciding_it(people)
    assert press(case, user, typed) == 302
    return case, user, {"act": "take_back"}


def stepping_aside(people: making.Staff) -> Made:
    return heard(people), people.other, {"act": "step_aside", "step_aside-why": "亲属"}


STEPS = [countersigning, signing_evidence, serving, deciding_it, taking_back, stepping_aside]


@pytest.mark.parametrize("made", STEPS)
def test_pressed_twice_it_is_done_once_and_told_as_done(made: Callable[[making.Staff], Made]) -> None:
    case, user, typed = made(making.staff())
    assert press(case, user, typed) == 302
    before = case.steps.count()
    assert press(case, user, typed) == 409
    assert case.steps.count() == before


@pytest.mark.parametrize("made", STEPS)
def test_whose_step_it_is_not_is_refused_before_and_after(made: Callable[[making.Staff], Made]) -> None:
    case, user, typed = made(making.staff())
    stranger = a_user("auditor")
    assert press(case, stranger, typed) == 403
    assert press(case, user, typed) == 302
    assert press(case, stranger, typed) == 403


@pytest.mark.parametrize("made", [countersigning, signing_evidence])
def test_who_recorded_it_or_sent_the_evidence_is_never_the_second(made: Callable[[making.Staff], Made]) -> None:
    people = making.staff()
    case, _, typed = made(people)
    assert press(case, people.first, typed) == 403


def test_the_same_statement_sent_twice_is_kept_once() -> None:
    people = making.staff()
    case = making.noticed(fresh(people), people)
    typed = {"act": "state", "state-text": "不是我的手机。"}
    assert [press(case, people.clerk, typed) for _ in range(2)] == [302, 302]
    assert press(case, people.clerk, typed | {"state-text": "另附说明。"}) == 302
    case.refresh_from_db()
    assert (case.status, case.statement) == (CaseStatus.HEARD, "不是我的手机。\n\n另附说明。")
