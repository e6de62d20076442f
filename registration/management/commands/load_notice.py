"""Load what the notice states."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from kupasi.acts import Act
from registration.services.notice import load_notice


class Command(BaseCommand):
    """Creates what is missing; running it again changes nothing that staff have edited."""

    help = "载入通知中的职业、科目、收费、2025 年计划、条款、文本和已公布的节假日安排。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只显示会载入什么，不写入")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        with transaction.atomic():
            made = load_notice(by=Act.of_job("load_notice"))
            transaction.set_rollback(dry_run)
        words = "，".join(f"{kind} {count}" for kind, count in made.items() if count) or "没有新内容"
        self.stdout.write(self.style.SUCCESS(f"{'将载入' if dry_run else '载入完成'}：{words}。"))
