from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "kupasi.approvals"
    label = "approvals"
    verbose_name = "审批"

    def ready(self) -> None:
        from . import kinds_accounts, kinds_privacy
        from .kinds import register

        for kind in [*kinds_accounts.KINDS, *kinds_privacy.KINDS]:
            register(kind)
        kinds_privacy.connect()
