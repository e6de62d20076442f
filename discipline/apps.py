from django.apps import AppConfig


class DisciplineConfig(AppConfig):
    name = "discipline"
    verbose_name = "违纪处理"

    def ready(self) -> None:
        """Certificates and exams lie below and cannot look up: they are handed the persons and days under a bar."""
        from certificates.services import holds
        from exams.services.batches import case_holds
        from exams.services.sittings import blocked_days_of, blocked_spans
        from kupasi.approvals.kinds import register
        from kupasi.people.services.identities import likenesses
        from kupasi.people.signals import document_added, photo_kept

        from . import holdings
        from .proposals import KINDS
        from .services import barred_on, recognising
        from .services.bars import spans, spans_of
        from .services.desk import held_entries

        if barred_on not in holds:
            holds.append(barred_on)
        if spans not in blocked_spans:
            blocked_spans.append(spans)
        if spans_of not in blocked_days_of:
            blocked_days_of.append(spans_of)
        if held_entries not in case_holds:
            case_holds.append(held_entries)
        if recognising.reasons not in likenesses:
            likenesses.append(recognising.reasons)
        document_added.connect(recognising.on_document, dispatch_uid="discipline.document_added")
        photo_kept.connect(recognising.on_photo, dispatch_uid="discipline.photo_kept")
        holdings.connect()
        for kind in KINDS:
            register(kind)
