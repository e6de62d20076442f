"""`flag_results`: flag the results that are due soon or overdue (rules M5)."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from exams.services.deadlines import flag_results
from kupasi.acts import Act


class Command(BaseCommand):
    help = "标出临近或超过公布期限的成绩，并通知发布与监督人员。可以随时重复运行。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只报告会标出几个场次，不标记，也不发信")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            report = flag_results(by=Act.of_job("flag_results"))
            transaction.set_rollback(options["dry_run"])
        self.stdout.write(f"检查 {report.looked_at} 个场次：新增临期 {report.due_soon}，新增逾期 {report.overdue}。")
