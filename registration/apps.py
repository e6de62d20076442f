from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = "申报与收费"

    def ready(self) -> None:
        from discipline.services import bar_lists
        from exams.services import mark_sheets, publication
        from kupasi.approvals.kinds import register

        from . import holdings, holdings_rosters, receivers, receivers_calendar, receivers_cases, timeline  # noqa: F401  # connects them
        from .proposals import KINDS
        from .proposals_disruptions import KINDS as DISRUPTIONS
        from .proposals_merging import MERGING
        from .proposals_payment import TRANSFER
        from .services import invariants
        from .sheets.plain import read_rows
        from .triggers import GUARDS

        pre_migrate.connect(GUARDS.before_migrating, sender=self)
        post_migrate.connect(GUARDS.after_migrating, sender=self)
        for kind in (*KINDS, *DISRUPTIONS, MERGING, TRANSFER):
            register(kind)
        holdings.connect()
        holdings_rosters.connect()
        timeline.connect()
        for readers in (mark_sheets.readers, bar_lists.readers):
            if read_rows not in readers:
                readers.append(read_rows)
        if invariants.broken_words not in publication.gates:
            publication.gates.append(invariants.broken_words)
