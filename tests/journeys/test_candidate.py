"""A candidate on a phone: from signing up to a printed form, and on to the result."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from registration.enums import ApplicationStatus
from registration.models import Application

from .steps import fill_in, sign_up
from .walker import Walker

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("opened")]


def test_a_candidate_signs_up_applies_and_knows_what_is_next(phone: Callable[[], Walker]) -> None:
    walker = phone()
    sign_up(walker)
    fill_in(walker)
    walker.sees("核对并提交", "480.00", "2025年7月")
    walker.send()
    walker.sees("申报已提交", "龙台路180号")
    application = Application.objects.get()
    assert application.status == ApplicationStatus.SUBMITTED
    form = walker.download(walker.address_of("打印报名表"))
    assert form.body().startswith(b"%PDF")
    walker.press("查看办理进度")
    walker.sees(str(application.number))
    own = ["/me/", "/notices/mine/", "/exams/results/", "/certificates/", "/accounts/profile/"]
    for path in [*own, f"/me/applications/{application.pk}/fee/"]:
        walker.go(path)


def test_a_candidate_comes_back_to_a_draft(phone: Callable[[], Walker]) -> None:
    walker = phone()
    sign_up(walker)
    walker.go("/me/apply/")
    walker.send()
    walker.choose("文化程度", "本科")
    walker.write("工作单位或学校", "样例公司")
    walker.send()
    walker.go("/me/")
    walker.press("继续填写")
    walker.sees("照片")


def test_a_photo_that_will_not_do_is_explained(phone: Callable[[], Walker]) -> None:
    walker = phone()
    sign_up(walker)
    walker.go("/me/apply/")
    walker.send()
    walker.choose("文化程度", "本科")
    walker.write("工作单位或学校", "样例公司")
    walker.send()
    walker.attach("选择照片", name="me.jpg", content=b"not a picture", kind="image/jpeg")
    walker.send()
    walker.sees("照片")
    assert walker.page.locator(".k-error, .k-errors").count()


def test_a_candidate_signs_in_withdraws_and_may_apply_again(phone: Callable[[], Walker]) -> None:
    walker = phone()
    sign_up(walker)
    fill_in(walker)
    walker.send()
    application = Application.objects.get()
    walker.go(f"/me/applications/{application.pk}/withdraw/")
    walker.page.locator("main form button[type=submit]").first.click()
    walker.page.wait_for_load_state("load")
    walker.look()
    application.refresh_from_db()
    assert application.status == ApplicationStatus.WITHDRAWN
    walker.go("/me/")
