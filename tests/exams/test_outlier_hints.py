"""Hints for the supervisor: which room, school or marker passes unlike the rest of a session."""

from __future__ import annotations

import pytest
from django.urls import reverse

from exams.models import Entry
from exams.services.outliers import hints_of
from exams.services.settings import change
from kupasi.people.models import Institution
from tests.builders import a_user, act, signed_in
from tests.exams.marking import Exam, all_marked, an_exam, everybody_came

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam(notice: None) -> Exam:
    """Twenty people: everybody of one school passes, hardly anybody else."""
    exam = an_exam(people=20)
    school = Institution.objects.create(name="样例学校", credit_code="91310000MA1FL0000N")
    filed = [entry.pk for entry in exam.entries[:10]]
    Entry.objects.filter(pk__in=filed).update(institution=school)
    everybody_came(exam)
    all_marked(exam, *["90"] * 10, *["40"] * 9, "90")
    return exam


def test_a_school_unlike_the_rest_is_named_with_its_subject(exam: Exam) -> None:
    looked = hints_of(exam.session.pk)
    found = [(one.kind, one.name, one.subject) for one in looked.hints]
    assert found == [("机构", "样例学校", "理论知识"), ("机构", "样例学校", "操作技能")]
    assert (looked.hints[0].rate, looked.hints[0].rest_rate, looked.comparisons) == (100.0, 10.0, 2)


def test_the_level_is_a_setting_and_no_rate_is_fixed(exam: Exam) -> None:
    change("outlier_level_percent", 0, by=act(a_user("admin")), reason="测试")
    assert hints_of(exam.session.pk).hints == ()


def test_supervisor_and_publisher_see_it_and_a_marker_does_not(exam: Exam) -> None:
    address = reverse("result-hints", args=[exam.session.pk])
    for role in ("supervisor", "publisher", "auditor"):
        assert "样例学校" in signed_in(a_user(role)).get(address).content.decode()
    assert signed_in(exam.markers[0]).get(address).status_code == 403
