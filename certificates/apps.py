from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = "证书"

    def ready(self) -> None:
        from kupasi.approvals.kinds import register

        from .proposals import KINDS

        for kind in KINDS:
            register(kind)
