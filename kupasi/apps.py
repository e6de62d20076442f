"""The admin site of the office."""

from django.contrib.admin.apps import AdminConfig


class KupasiAdminConfig(AdminConfig):
    """Django's own admin with the office's home of queues."""

    default_site = "kupasi.admin.OfficeSite"
