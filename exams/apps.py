from django.apps import AppConfig


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = "考务"

    def ready(self) -> None:
        from kupasi.approvals.kinds import register

        from .proposals import KINDS
        from .proposals_marks import MARK_CHANGE
        from .proposals_schemes import SCHEMES
        from .proposals_settings import SETTING

        for kind in (*KINDS, MARK_CHANGE, *SCHEMES, SETTING):
            register(kind)
