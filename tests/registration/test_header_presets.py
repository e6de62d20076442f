"""Header presets: staff write how another system's files are read; institutions then send such files as they are."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kupasi.audit.models import Entry
from registration.enums import UploadState
from registration.models import HeaderPreset, RosterRow
from registration.services.rosters import accept_upload, working
from tests import builders
from tests.registration import lists

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("notice")]
ADD = "admin:registration_headerpreset_add"
GIVEN = {
    "name": "学籍系统",
    "is_active": "on",
    "column_lines": "XM = 姓名\nZJLX＝证件类型\nZJHM = 证件号码\nLXDH = 手机\nZY = 申报职业",
    "value_lines": "证件类型：01 = 居民身份证\n申报职业: 7 = 人工智能数据标注",
    "constant_lines": "考核类型 = 新考\n考核科目 = 全部",
}


def sent(role: str = "clerk", **changes: str):
    return builders.signed_in(builders.a_user(role)).post(reverse(ADD), GIVEN | changes)


def codes_of(answer) -> set[str]:
    return {error.code for errors in answer.context["adminform"].form.errors.as_data().values() for error in errors}


def test_a_file_of_another_system_is_read_by_the_preset_that_staff_wrote():
    assert sent().status_code == 302
    clerk = lists.a_member("institution_clerk", lists.a_school())
    roster = lists.a_roster(clerk, people=0)
    text = f"ZJHM,XM,LXDH,ZY,ZJLX\n{lists.number_of(7)},张三,13800000007,7,01\n"
    by = builders.act(clerk, lists.NOW)
    upload = accept_upload(
        roster.pk, name="a.csv", content=text.encode("gb18030"), by=by, preset=HeaderPreset.objects.get()
    )
    working.process(upload.pk, by=by, now=lambda: by.at)
    upload.refresh_from_db()
    assert (upload.state, upload.valid, upload.invalid) == (UploadState.JUDGED, 1, 0)
    assert str(RosterRow.objects.get(upload=upload).occupation) == "人工智能数据标注"


def test_a_preset_shows_again_what_was_written_and_its_change_is_recorded():
    sent()
    clerk, one = builders.signed_in(builders.a_user("clerk")), HeaderPreset.objects.get()
    page = reverse("admin:registration_headerpreset_change", args=[one.pk])
    initial = clerk.get(page).context["adminform"].form.initial
    assert initial["value_lines"] == "证件类型：01 = 居民身份证\n申报职业：7 = 人工智能数据标注"
    assert clerk.post(page, GIVEN | {"name": "新学籍系统"}).status_code == 302
    found = Entry.objects.filter(action__startswith="header_preset.").order_by("pk")
    assert list(found.values_list("action", flat=True)) == ["header_preset.created", "header_preset.changed"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"column_lines": "XM = 大名"}, "bad_preset"),
        ({"column_lines": "", "value_lines": "", "constant_lines": ""}, "preset_empty"),
        ({"column_lines": "XM = 姓名\nxm = 手机"}, "preset_twice"),
        ({"column_lines": "XM = 姓名\nNAME = 姓名"}, "preset_twice"),
        ({"column_lines": "KSLX = 考核类型"}, "preset_twice"),
        ({"value_lines": "证件类型：01 = 饭卡"}, "preset_word"),
        ({"constant_lines": "考核类型 = 随便"}, "preset_word"),
    ],
)
def test_a_preset_that_would_read_files_wrongly_is_not_kept(changes: dict[str, str], code: str):
    answer = sent(**changes)
    assert answer.status_code == 200
    assert code in codes_of(answer)
    assert not HeaderPreset.objects.exists()


def test_a_line_without_its_sign_is_named_and_nothing_is_kept():
    answer = sent(value_lines="证件类型 01 居民身份证", column_lines="XM 姓名")
    assert answer.context["adminform"].form.errors.keys() == {"value_lines", "column_lines"}
    assert not HeaderPreset.objects.exists()


def test_who_only_reads_the_lists_writes_no_preset():
    assert sent("auditor").status_code == 403
    assert not HeaderPreset.objects.exists()


@pytest.mark.parametrize("role", ["supervisor", "auditor"])
def test_whoever_only_reads_sees_the_same_lines_and_no_field(role: str):
    sent()
    address = reverse("admin:registration_headerpreset_change", args=[HeaderPreset.objects.get().pk])
    page = builders.signed_in(builders.a_user(role)).get(address).content.decode()
    assert "ZJLX = 证件类型" in page
    assert "证件类型：01 = 居民身份证" in page
    assert 'name="column_lines"' not in page
