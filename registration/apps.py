from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = "申报与收费"

    def ready(self) -> None:
        from . import receivers  # noqa: F401  # connects them
