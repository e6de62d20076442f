from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "kupasi.audit"
    label = "audit"
    verbose_name = "审计"
