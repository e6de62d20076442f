from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = "申报与收费"

    def ready(self) -> None:
        from . import receivers, receivers_calendar  # noqa: F401  # connects them
