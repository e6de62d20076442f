from django.apps import AppConfig


class DisciplineConfig(AppConfig):
    name = "discipline"
    verbose_name = "违纪处理"

    def ready(self) -> None:
        """Certificates lie below and cannot look up: they are handed the persons under a bar."""
        from certificates.services import holds

        from .services import barred_on

        if barred_on not in holds:
            holds.append(barred_on)
