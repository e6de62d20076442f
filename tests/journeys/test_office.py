"""The office at its desks: the counter, a return that is put right, and every list of every role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from kupasi.people.roles import STAFF
from registration.enums import ApplicationStatus
from registration.models import Application
from tests import builders
from tests.certificates import made

from .conftest import SetClock
from .steps import fill_in, sign_in, sign_up, staff
from .walker import Walker

pytestmark = pytest.mark.journey
Person = Callable[[], Walker]


@pytest.mark.usefixtures("opened")
def test_the_counter_enters_prints_and_takes_the_signed_form(desk: Person) -> None:
    walker = sign_in(desk(), staff("clerk"))
    walker.go("/desk/")
    walker.choose("证件类型", "居民身份证")
    walker.write("证件号码", builders.resident_id(date(1990, 3, 7), seq=113))
    walker.press("查找")
    walker.sees("还没有登记")
    walker.write("姓名", "测试乙")
    walker.write("手机", "13900000002")
    walker.choose("文化程度", "本科")
    walker.tick("人工智能模型运用")
    walker.attach("照片", name="b.jpg", content=builders.photo_bytes(), kind="image/jpeg")
    walker.tick("已与本人逐条核对")
    walker.press("提交并打印报名表")
    application = Application.objects.get()
    assert application.status == ApplicationStatus.SUBMITTED
    assert walker.download(f"/desk/applications/{application.pk}/form.pdf").body().startswith(b"%PDF")
    walker.go("/desk/")
    walker.write("扫描报名表或团体名单的条码", str(application.number))
    walker.press("登记原件已收")
    walker.sees("原件已收")


def test_a_returned_photo_is_put_right_and_looked_at_again(phone: Person, desk: Person, opened: SetClock) -> None:
    candidate = phone()
    sign_up(candidate)
    fill_in(candidate)
    candidate.send()
    application = Application.objects.get()
    opened("2025-05-21T10:00")
    office = sign_in(desk(), staff("clerk"))
    office.go(f"/admin/registration/application/{application.pk}/review/")
    office.page.locator("summary", has_text="退回补正").click()
    office.write("照片", "底色不是白色，请换一张")
    office.press("退回", within=office.page.locator("details[open]"))
    opened("2025-05-22T20:00")
    candidate.go(f"/me/applications/{application.pk}/")
    candidate.sees("底色不是白色，请换一张")
    candidate.go(f"/me/applications/{application.pk}/photo/")
    candidate.attach("选择照片", name="new.jpg", content=builders.photo_bytes(width=600, height=840), kind="image/jpeg")
    candidate.send()
    candidate.sees("核对并提交")
    candidate.send()
    application.refresh_from_db()
    assert application.status == ApplicationStatus.SUBMITTED


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("role", sorted(STAFF))
def test_every_list_of_a_role_can_be_read(desk: Person, role: str) -> None:
    builders.an_application()
    made.issued()
    walker = sign_in(desk(), staff(role))
    walker.go("/admin/")
    links = walker.page.locator("#content-main a").evaluate_all("found => found.map(one => one.getAttribute('href'))")
    for path in sorted({one for one in links if one and one.startswith("/")}):
        walker.go(path)
        rows = walker.page.locator("#result_list tbody a").evaluate_all("found => found.map(one => one.href)")
        for address in rows[:1]:
            walker.go(address.removeprefix(walker.origin))
