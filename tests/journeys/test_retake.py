"""Somebody who failed one subject: the wallet, the retake, and the certificate that both sittings make."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from certificates.models import Certificate
from certificates.tasks import issue_due
from exams.tasks import issue_tickets
from registration.models import Application
from tests import builders
from tests.certificates import made
from tests.exams import seating
from tests.exams.retaking import a_part_passed

from . import test_whole_way as way
from .conftest import SetClock
from .steps import NAME, sign_in, staff
from .walker import Walker

pytestmark = pytest.mark.journey
Person = Callable[[], Walker]


def apply_again(walker: Walker) -> Application:
    """From the result to a submitted retake, on a phone."""
    walker.go("/exams/results/")
    walker.sees("可以补考", "82.5", "2027年7月12日", "385")
    walker.press("申请补考")
    walker.sees("只考没有合格的科目", "现在可以提交")
    walker.send()
    walker.choose("文化程度", "本科")
    walker.send()
    walker.attach("选择照片", name="me.jpg", content=builders.photo_bytes(), kind="image/jpeg")
    walker.send()
    walker.page.locator("main input[name=conditions]").first.check()
    walker.tick("我已阅读并同意以上承诺书")
    walker.send()
    walker.sees("补考", "保留成绩", "82.5", "385")
    walker.send()
    walker.sees("申报已提交")
    return Application.objects.get()


def what_a_new_one_would_lose(walker: Walker) -> None:
    """The full application says in plain words what it costs; it is only looked at."""
    walker.go("/me/apply/")
    walker.send()
    walker.go(f"/me/applications/{Application.objects.get().pk}/subjects/")
    walker.sees("补考 人工智能数据标注：操作技能", "重新申报全部科目")


def test_who_failed_one_subject_retakes_it_and_collects(phone: Person, desk: Person, opened: SetClock) -> None:
    person = a_part_passed()
    person.name = NAME
    person.save(update_fields=["name"])
    clerk, finance, publisher = staff("clerk"), staff("finance"), staff("publisher")
    invigilator, markers = staff("invigilator"), [staff("marker"), staff("marker")]
    opened("2025-08-20T10:00")
    assert person.user is not None
    candidate, office = sign_in(phone(), person.user), desk()
    what_a_new_one_would_lose(candidate)
    application = apply_again(candidate)
    opened("2025-08-21T10:00")
    way.review(sign_in(office, clerk), application)
    way.take_money(sign_in(desk(), finance), application, owed="385.00 元")
    session = seating.a_session(on="2025-10-18", room="第二考场")
    practical = [one for one in session.sittings if one.subject.code == "practical"]
    practical[0].invigilators.add(invigilator)
    practical[0].markers.add(*markers)
    way.arrange(office)
    opened("2025-10-15T08:00")
    issue_tickets()
    way.confirm_ticket(candidate)
    opened("2025-10-18T17:35")
    way.watch(sign_in(phone(), invigilator), practical)
    opened("2025-10-20T10:00")
    for marker in markers:
        way.mark(sign_in(desk(), marker), practical, "66.5")
    publishing = sign_in(desk(), publisher)
    publishing.go(f"/exams/publications/{session.row.pk}/")
    publishing.sees("将公布：1 人", "66.5")
    publishing.press("批准这一批")
    publishing.press("立即公布")
    candidate.go("/exams/results/")
    candidate.sees("66.5", "82.5", "申请复核")
    made.a_series()
    issue_due()
    made.approve_all("2025-10-20T11:00")
    issue_due()
    certificate = Certificate.objects.get()
    candidate.go("/certificates/")
    candidate.sees(str(certificate.number))
    way.hand_over(office, certificate)
