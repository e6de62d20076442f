from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "kupasi.notices"
    label = "notices"
    verbose_name = "通知与任务"

    def ready(self) -> None:
        from . import holdings
        from .receivers import connect

        connect()
        holdings.connect()
