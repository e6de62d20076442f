from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = "申报与收费"

    def ready(self) -> None:
        from kupasi.approvals.kinds import register

        from . import holdings, receivers, receivers_calendar  # noqa: F401  # connects them
        from .proposals import KINDS

        for kind in KINDS:
            register(kind)
        holdings.connect()
