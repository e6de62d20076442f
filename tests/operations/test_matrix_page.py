"""The auditor's page of who may do what."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from kupasi.people.matrix_words import ACTIONS, GROUPS, LETTERS, cell_words, lines
from kupasi.people.roles import ROLES, matrix
from tests import builders

pytestmark = pytest.mark.django_db


def page() -> str:
    answer = builders.signed_in(builders.a_user("auditor")).get(reverse("operations-matrix"))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_every_action_and_every_letter_of_the_matrix_has_words() -> None:
    cells = {row[role] for row in matrix().values() for role in ROLES}
    assert set(ACTIONS) == set(matrix())
    assert {action.split(".")[0] for action in matrix()} == set(GROUPS)
    assert set("".join(cells)) - set("-+") <= set(LETTERS)
    assert all(cell_words(cell) for cell in cells - {"-"})


def test_the_auditor_reads_every_action_for_every_role() -> None:
    shown = page()
    assert all(words in shown for words in [*ACTIONS.values(), *ROLES.values()])
    assert "与现在的角色一致" in shown


def test_a_role_that_was_altered_is_named() -> None:
    clerks = Group.objects.get(name="clerk")
    clerks.permissions.remove(clerks.permissions.get(codename="app_review_approve"))
    changed = [line.action for line in lines() if not all(agrees for *_, agrees in line.cells)]
    assert changed == ["app.review"]
    assert "与现在的角色不符" in page()


def test_a_right_that_was_added_is_named() -> None:
    Group.objects.get(name="clerk").permissions.add(
        *Group.objects.get(name="auditor").permissions.filter(codename="audit_read")
    )
    assert [one.action for one in lines() if not all(agrees for *_, agrees in one.cells)] == ["audit.read"]


def test_the_matrix_is_reached_from_the_auditors_home() -> None:
    home = builders.signed_in(builders.a_user("auditor")).get("/admin/").content.decode()
    assert reverse("operations-matrix") in home
