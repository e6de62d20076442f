"""Settings: the administrator asks, the auditor approves (matrix sys.settings)."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from exams.defaults import BY_KEY
from exams.models import Setting
from exams.services.settings import change, value_of
from kupasi.approvals.kinds import Granted, Kind, Line, Payload
from kupasi.errors import Refusal


def _lines(thing: Any, given: Payload) -> list[Line]:
    spec = BY_KEY.get(str(given.get("key", "")))
    if spec is None:
        raise Refusal("unknown_setting", "没有这项设置。")
    now = value_of(spec.key)
    if now == given["value"]:
        raise Refusal("no_change", "新值与现在的值相同，没有需要修改的内容。", spec.clause)
    return [Line(f"{spec.group}：{spec.label}", str(now), str(given["value"]))]


def _carry_out(granted: Granted) -> object:
    given = granted.payload
    return change(str(given["key"]), given["value"], by=granted.by, reason=granted.reason)


SETTING = Kind(
    "setting_change",
    "修改设置",
    "sys.settings",
    Setting,
    lambda user: Setting.objects.none(),
    lambda thing, given: {"value": value_of(str(given["key"]))},
    _lines,
    _carry_out,
    hint="批准后立即生效，旧值和理由保留在审计记录中。",
    clause="权限表",
    is_new=True,
    url=lambda pk, user: reverse("admin:exams_setting_changelist"),
)
