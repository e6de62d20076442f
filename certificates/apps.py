from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = "证书"

    def ready(self) -> None:
        from exams.signals import mark_changed
        from kupasi.approvals.kinds import register
        from kupasi.seals import seal

        from .proposals import KINDS
        from .receivers import follow_mark

        mark_changed.connect(follow_mark, dispatch_uid="certificates-follow-marks")

        for kind in KINDS:
            register(kind)
        seal()  # a faulty SEAL_FILE stops the start
