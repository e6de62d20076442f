"""A setting is changed by two: the administrator asks, the auditor approves (matrix sys.settings)."""

from __future__ import annotations

import pytest

from exams.models import Setting
from exams.services.settings import number
from kupasi.approvals.models import Proposal
from kupasi.people.models import User
from tests import builders
from tests.approvals.steps import approved, asked, refused

pytestmark = pytest.mark.django_db
DOOR = "/admin/exams/setting/result_working_days/edit/"


@pytest.fixture
def admin() -> User:
    return builders.a_user("admin")


def ask_on_page(user: User, value: str = "18") -> int:
    sent = {"value": value, "reason": "按新规定"}
    return builders.signed_in(user).post(DOOR, sent).status_code


def test_what_the_administrator_asks_for_holds_once_the_auditor_approves(admin: User) -> None:
    assert ask_on_page(admin) == 302
    assert (number("result_working_days"), Setting.objects.exists()) == (20, False)
    approved(Proposal.objects.get(), by=builders.a_user("auditor"))
    assert number("result_working_days") == 18


def test_the_administrator_does_not_approve_it(admin: User) -> None:
    ask_on_page(admin)
    with refused("four_eyes"):
        approved(Proposal.objects.get(), by=admin)
    with refused("not_allowed"):
        approved(Proposal.objects.get(), by=builders.a_user("admin"))
    assert number("result_working_days") == 20


def test_the_auditor_does_not_ask(admin: User) -> None:
    assert ask_on_page(builders.a_user("auditor")) == 404
    assert not Proposal.objects.exists()


def test_one_setting_waits_once_and_another_beside_it(admin: User) -> None:
    payload = {"key": "retake_years", "value": 3}
    asked("setting_change", None, payload, by=admin, key="retake_years")
    with refused("already_asked"):
        asked("setting_change", None, payload, by=admin, key="retake_years")
    asked("setting_change", None, {"key": "review_days", "value": 20}, by=admin, key="review_days")


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"key": "nothing", "value": 1}, "unknown_setting"),
        ({"key": "retake_years", "value": 2}, "no_change"),
        ({"key": "retake_years", "value": "3"}, "wrong_kind"),
    ],
)
def test_nonsense_is_not_asked_for(admin: User, payload: dict[str, object], code: str) -> None:
    with refused(code):
        asked("setting_change", None, payload, by=admin, key=str(payload["key"]))


def test_a_setting_that_changed_meanwhile_must_be_asked_for_again(admin: User) -> None:
    ask_on_page(admin)
    Setting.objects.create(key="result_working_days", value=25, changed_at=builders.at("2025-05-20T10:00"))
    with refused("stale"):
        approved(Proposal.objects.get(), by=builders.a_user("auditor"))
    assert number("result_working_days") == 25
