from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    name = "kupasi.people"
    label = "people"
    verbose_name = "人员"

    def ready(self) -> None:
        from .roles import sync

        post_migrate.connect(sync, sender=self)
