from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = "考务"

    def ready(self) -> None:
        from kupasi.approvals.kinds import register

        from . import holdings
        from .proposals import KINDS
        from .proposals_door import LET_IN
        from .proposals_marks import MARK_CHANGE
        from .proposals_schemes import SCHEMES
        from .proposals_settings import SETTING
        from .triggers import GUARDS

        pre_migrate.connect(GUARDS.before_migrating, sender=self)
        post_migrate.connect(GUARDS.after_migrating, sender=self)
        for kind in (*KINDS, MARK_CHANGE, *SCHEMES, SETTING, LET_IN):
            register(kind)
        holdings.connect()
