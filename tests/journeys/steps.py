"""What several journeys have in common: signing up, applying, signing in, also with a second factor."""

from __future__ import annotations

from datetime import date

from kupasi.people.models import User
from tests import builders
from tests.people import pages

from .walker import Walker

PHONE = "13900000001"
NAME = "测试甲"


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


def sign_up(walker: Walker) -> None:
    """Two pages: who, and the code from the phone."""
    walker.go("/accounts/signup/")
    walker.write("姓名", NAME)
    walker.choose("证件类型", "居民身份证")
    walker.write("证件号码", builders.resident_id(date(1990, 3, 7), seq=111))
    walker.write("手机号", PHONE)
    walker.write("设置密码", pages.PASSWORD)
    walker.tick("我已阅读并同意")
    walker.send()
    walker.sees("输入验证码", "139****0001")
    walker.write("短信验证码", pages.code_for(PHONE))
    walker.send()


def fill_in(walker: Walker) -> None:
    """The four steps."""
    walker.go("/me/apply/")
    walker.sees("现在可以提交")
    walker.send()
    walker.choose("文化程度", "本科")
    walker.write("工作单位或学校", "样例公司")
    walker.send()
    walker.attach("选择照片", name="me.jpg", content=builders.photo_bytes(), kind="image/jpeg")
    walker.send()
    walker.tick("人工智能数据标注")
    walker.send()
    walker.page.locator("main input[name=conditions]").first.check()
    walker.tick("我已阅读并同意以上承诺书")
    walker.send()
