"""The admin site of the office."""

from django.contrib.admin.apps import AdminConfig
from django.core.validators import ProhibitNullCharactersValidator


class KupasiAdminConfig(AdminConfig):
    """Django's own admin with the office's home of queues."""

    default_site = "kupasi.admin.OfficeSite"

    def ready(self) -> None:
        """Every form says in plain words what Django's own translation does not."""
        super().ready()
        ProhibitNullCharactersValidator.message = "内容里有看不见的控制字符，请删除后重新输入。"
