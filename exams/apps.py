from django.apps import AppConfig


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = "考务"

    def ready(self) -> None:
        from kupasi.approvals.kinds import register

        from .proposals import KINDS
        from .proposals_settings import SETTING

        for kind in (*KINDS, SETTING):
            register(kind)
