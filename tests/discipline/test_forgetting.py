"""Who complained is forgotten half a year after the answer, while no case of it is open (section 10)."""

from __future__ import annotations

import pytest

from discipline.models import Case, Complaint
from discipline.services import complaints, forgetting
from tests.builders import a_user, act, signed_in
from tests.exams.marking import a_published_exam

from . import making

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
ANSWERED, BEFORE, AFTER = "2025-08-10T09:00", "2026-02-06T08:00", "2026-02-06T10:00"


def answered(*, case_number: str = "") -> Complaint:
    row, _ = complaints.receive(act(when="2025-08-01T09:00"), text="看到手机。", name="某人", contact="13900000000")
    by = act(a_user("clerk"), ANSWERED)
    return complaints.reply(row.pk, by=by, answer="已核实。", case_number=case_number)


def told(when: str) -> int:
    return forgetting.forget(by=act(when=when))["complaints"]


def test_name_and_contact_go_and_the_words_stay() -> None:
    row = answered()
    assert (told(BEFORE), told(AFTER), told(AFTER)) == (0, 1, 0)
    row.refresh_from_db()
    assert (row.name, row.contact, row.text) == ("", "", "看到手机。")
    page = signed_in(a_user("clerk")).get(f"/discipline/complaints/office/{row.pk}/").content.decode()
    assert "已按规定删除" in page


def test_what_is_not_answered_or_has_an_open_case_stays() -> None:
    exam, _ = a_published_exam("80,70")
    case = making.recorded(making.theory(exam.entries[0]), making.staff())
    answered(case_number=str(case.number))
    complaints.receive(act(when="2025-08-01T09:00"), text="另一件。", name="某人")
    assert told(AFTER) == 0
    Case.objects.filter(pk=case.pk).update(status="dropped", is_holding=False)
    assert told(AFTER) == 1
