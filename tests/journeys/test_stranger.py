"""Somebody without an account, on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .walker import Walker

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("opened")]


def test_a_stranger_reads_what_is_open_what_it_costs_and_whether_it_is_for_them(phone: Callable[[], Walker]) -> None:
    walker = phone()
    walker.go("/")
    walker.sees("现在可以申报 2025年7月的评价", "480.00", "6月15日")
    for path, sentence in (
        ("/calendar/", "2025"),
        ("/fees/", "385.00"),
        ("/notices/", "通知"),
        ("/contact/", "龙台路180号"),
        ("/privacy/", "加密保存"),
        ("/api/v1/docs/", "/api/v1/rules/eligibility/"),
    ):
        walker.go(path)
        walker.sees(sentence)


def test_a_stranger_asks_whether_they_may_apply(phone: Callable[[], Walker]) -> None:
    walker = phone()
    walker.go("/check/")
    walker.page.get_by_label("人工智能数据标注").check()
    walker.write("出生日期", "2009-05-21")
    walker.send()
    walker.sees("2025-05-21", "依据：通知 二(一)")


def test_a_mistake_is_named_where_it_was_made(phone: Callable[[], Walker]) -> None:
    walker = phone()
    walker.go("/check/")
    walker.send()
    walker.sees("请选择一个职业", "请填写出生日期")


def test_an_unknown_certificate_cannot_be_confirmed(phone: Callable[[], Walker]) -> None:
    walker = phone()
    walker.go("/certificates/verify/")
    walker.write("证书编号", "Y000031000001251000001")
    walker.write("持证人姓名", "测试甲")
    walker.send()
    walker.sees("无法确认")


@pytest.mark.parametrize(
    "path", ["/nothing-here/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
)
def test_the_doors_are_readable(phone: Callable[[], Walker], desk: Callable[[], Walker], path: str) -> None:
    for walker in (phone(), desk()):
        walker.go(path)
