"""People look up, on a phone, what an institution filed for them, and object."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from registration.models import RosterRow
from tests.people.pages import code_for
from tests.registration import lists

from .conftest import SetClock
from .walker import Walker

pytestmark = pytest.mark.journey
Person = Callable[[], Walker]
ROLES = ("institution_clerk", "institution_approver")


def test_a_person_reads_what_was_filed_and_objects(phone: Person, opened: SetClock) -> None:
    roster = lists.submitted(*(lists.a_member(role, lists.a_school()) for role in ROLES))
    walker = phone()
    walker.go("/filed/")
    walker.write("证件号码", lists.number_of(1))
    walker.write("手机号", "19900000001")
    walker.press("获取验证码")
    walker.write("短信验证码", code_for("19900000001"))
    walker.press("查看")
    walker.sees("样例职业学校")
    walker.page.locator("summary", has_text="不是我的意愿").click()
    walker.tick("我确认提出异议")
    walker.press("提出异议")
    walker.sees("已停办")
    assert RosterRow.objects.filter(roster=roster).exclude(objected_at=None).count() == 1
