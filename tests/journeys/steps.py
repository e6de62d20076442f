"""What several journeys have in common: signing in, also with a second factor."""

from __future__ import annotations

from kupasi.people.models import User
from tests import builders
from tests.people import pages

from .walker import Walker


def staff(role: str, *, name: str = "") -> User:
    """A staff account that has its second factor."""
    user = builders.a_user(role, name=name)
    pages.enrol(user)
    return user


def sign_in(walker: Walker, user: User) -> Walker:
    """Sign in by name and password, and by the second factor where there is one."""
    walker.go("/accounts/login/")
    walker.write("手机号或用户名", user.username)
    walker.write("密码", builders.PASSWORD)
    walker.press("登录", within=walker.page.locator("main"))
    if user.is_staff:
        walker.page.get_by_role("textbox").first.fill(pages.otp())
        walker.page.locator("main form button[type=submit]").first.click()
        walker.page.wait_for_load_state("load")
        walker.look()
    return walker
