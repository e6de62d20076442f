"""Check the chain of the audit record."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kupasi.audit import services


class Command(BaseCommand):
    """Seals what is open, walks the chain and names the first entry that does not fit; exit code 1 if one does not."""

    help = "核对审计链：指出第一条被改动的记录。"

    def handle(self, *args: Any, **options: Any) -> None:
        services.seal()
        verdict = services.verify()
        if not verdict.whole:
            raise CommandError(
                f"审计链在记录 {verdict.broken_entry} 处断开：{verdict.why}（此前 {verdict.checked} 条完好）"
            )
        self.stdout.write(self.style.SUCCESS(f"审计链完好，共 {verdict.checked} 条。"))
