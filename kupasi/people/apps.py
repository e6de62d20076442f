from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    name = "kupasi.people"
    label = "people"
    verbose_name = "人员"

    def ready(self) -> None:
        from . import checks, holdings  # noqa: F401  # checks registers itself
        from .receivers import connect
        from .roles import sync
        from .services.consents import sync_texts

        post_migrate.connect(sync, sender=self)
        post_migrate.connect(sync_texts, sender=self)
        connect()
        holdings.connect()
