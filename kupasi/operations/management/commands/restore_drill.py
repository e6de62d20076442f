"""Prove that a backup can be restored."""

from __future__ import annotations

import subprocess
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from kupasi.acts import Act
from kupasi.operations.findings import any_bad
from kupasi.operations.services import backups, drill
from kupasi.operations.services.snapshots import ToolMissing


class Command(BaseCommand):
    """Exit code 0 only when everything was restored, compared and found right."""

    help = "恢复演练：把备份恢复到临时的新地方，逐行比对并试用；没有做成的演练算失败。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", type=Path, dest="backup", metavar="BACKUP", help="哪一份（默认最新一份）")

    def handle(self, *args: Any, **options: Any) -> None:
        backup = options["backup"] or self.newest()
        self.stdout.write(f"演练所用备份：{backup}")
        try:
            findings = drill.run(backup.resolve(), by=Act.of_job("restore-drill"))
        except (OSError, ToolMissing, DatabaseError, subprocess.SubprocessError) as problem:
            raise CommandError(f"演练没有做成：{problem}") from problem
        for one in findings:
            self.stdout.write(one.line())
        if any_bad(findings):
            raise CommandError("恢复演练不合格。")
        self.stdout.write(self.style.SUCCESS("恢复演练合格。"))

    @staticmethod
    def newest() -> Path:
        """The newest backup of BACKUP_DIR."""
        found = backups.found_in(settings.BACKUP_DIR)
        if not found:
            raise CommandError(f"{settings.BACKUP_DIR} 里没有备份；请先运行 manage.py backup。")
        return found[0]
