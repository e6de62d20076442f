"""Every kind is asked and approved by exactly the roles of the matrix; nobody does both for one matter (权限表)."""

from __future__ import annotations

import pytest

from kupasi.approvals.kinds import registry
from kupasi.people.roles import ROLES, matrix
from tests.builders import a_user

pytestmark = pytest.mark.django_db
TABLE = {
    "staff_account": ("account.create_staff", {"admin"}, {"auditor"}),
    "role_grant": ("role.grant", {"admin"}, {"auditor"}),
    "account_close": ("account.create_staff", {"admin"}, {"auditor"}),
    "account_open": ("account.create_staff", {"admin"}, {"auditor"}),
    "second_factor_reset": ("account.create_staff", {"admin"}, {"auditor"}),
    "setting_change": ("sys.settings", {"admin"}, {"auditor"}),
    "plan_change": ("plan.edit", {"clerk"}, {"supervisor"}),
    "plan_publish": ("plan.edit", {"clerk"}, {"supervisor"}),
    "fee_change": ("fee.edit", {"clerk"}, {"finance"}),
    "mark_change": ("score.change_published", {"marker", "publisher"}, {"publisher", "supervisor"}),
    "retake_scheme": ("plan.edit", {"clerk"}, {"supervisor"}),
    "retake_decision": ("plan.edit", {"clerk"}, {"supervisor"}),
    "late_acceptance": ("app.late", {"clerk"}, {"supervisor"}),
    "core_change": ("account.id_change", {"candidate", "clerk"}, {"clerk"}),
    "refund": ("refund.approve", {"candidate", "institution_approver", "clerk"}, {"finance"}),
    "certificate_batch": ("cert.approve", {"publisher"}, {"supervisor"}),
    "certificate_numbers": ("cert.approve", {"publisher"}, {"supervisor"}),
    "certificate_correct": ("cert.reissue", {"candidate", "clerk"}, {"supervisor"}),
    "register_export": ("export.full", {"clerk"}, {"supervisor", "auditor"}),
    "certificate_reprint": ("cert.reissue", {"candidate", "clerk"}, {"supervisor"}),
    "certificate_void": ("cert.revoke", {"supervisor"}, {"supervisor"}),
    "bar_lift": ("sanction.lift", {"supervisor"}, {"supervisor"}),
    "bar_list": ("sanction.lift", {"supervisor"}, {"supervisor"}),
    "bank_transfer": ("order.mark_paid", {"finance"}, {"finance"}),
    "merge_persons": ("privacy.erase", {"candidate", "clerk"}, {"supervisor"}),
    "full_export": ("export.full", {"clerk"}, {"supervisor", "auditor"}),
}


@pytest.mark.parametrize("code", TABLE)
def test_the_roles_of_a_kind_are_those_of_the_matrix(code: str) -> None:
    kind, (action, asking, approving) = registry[code], TABLE[code]
    users = {role: a_user(role) for role in ROLES}
    assert kind.action == action
    assert {role for role, user in users.items() if kind.may_ask(user)} == asking
    assert {role for role, user in users.items() if kind.may_approve(user)} == approving


def test_every_kind_stands_in_the_matrix() -> None:
    asked = {kind.ask_action or kind.action for kind in registry.values()}
    assert asked | {kind.action for kind in registry.values()} <= set(matrix())


@pytest.mark.parametrize("code", TABLE)
def test_seats_belong_to_those_who_approve(code: str) -> None:
    kind, (_, _, approving) = registry[code], TABLE[code]
    assert {seat for seat in kind.seats if seat} in (set(), approving)
