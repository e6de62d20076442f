"""The admin site of the office."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.core import validators
from django.forms import fields, models

CHOOSE = {"invalid_choice": "请从列出的选项中选择。"}
SENTENCES: dict[type[fields.Field], dict[str, str]] = {
    fields.IntegerField: {"invalid": "请填写整数，例如 12。"},
    fields.DecimalField: {"invalid": "请填写数字，例如 95 或 95.50。"},
    fields.DateField: {"invalid": "请填写真实的日期，例如 2025-05-20。"},
    fields.DateTimeField: {"invalid": "请填写真实的日期和时间，例如 2025-05-20 09:00。"},
    fields.TimeField: {"invalid": "请填写真实的时间，例如 09:00。"},
    fields.ChoiceField: CHOOSE,
    fields.MultipleChoiceField: CHOOSE,
    models.ModelChoiceField: CHOOSE,
}


class KupasiAdminConfig(AdminConfig):
    """Django's own admin with the office's home of queues."""

    default_site = "kupasi.admin.OfficeSite"

    def __init__(self, *args: Any) -> None:
        """Every form says in plain words what Django's own translation does not; set before any form is defined."""
        super().__init__(*args)
        validators.ProhibitNullCharactersValidator.message = "内容里有看不见的控制字符，请删除后重新输入。"
        validators.MaxLengthValidator.message = "最多 %(limit_value)d 个字，现在有 %(show_value)d 个，请缩短。"
        validators.MinLengthValidator.message = "至少 %(limit_value)d 个字，现在有 %(show_value)d 个，请补充。"
        for field, sentences in SENTENCES.items():
            field.default_error_messages = {**field.default_error_messages, **sentences}
