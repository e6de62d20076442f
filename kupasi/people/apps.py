from django.apps import AppConfig
from django.core.signals import request_finished
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    name = "kupasi.people"
    label = "people"
    verbose_name = "人员"

    def ready(self) -> None:
        from kupasi import health

        from . import checks, holdings, logs  # noqa: F401  # checks registers itself
        from .receivers import connect
        from .roles import sync
        from .services import erased_list
        from .services.consents import sync_texts

        post_migrate.connect(sync, sender=self)
        post_migrate.connect(sync_texts, sender=self)
        connect()
        request_finished.connect(logs.forget_request)
        holdings.connect()
        health.gates["erasures"] = lambda: not erased_list.missing()
