"""`plan_year YEAR`: draft a year's plan by the pattern of the one before it (rules C3)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exams.models import Plan
from exams.services.plans import draft_windows, plan_year
from kupasi.acts import Act
from kupasi.errors import Refusal


class Command(BaseCommand):
    help = "按上一年度的规律生成某一年度的申报计划草案；草案公布之前不开放任何申报。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("year", type=int, choices=range(2025, 2100), metavar="YEAR", help="年度，如 2026")
        parser.add_argument("--dry-run", action="store_true", help="只显示会生成什么，不写入")

    def handle(self, *args: Any, year: int, dry_run: bool, **options: Any) -> None:
        existing = Plan.objects.filter(year=year).first()
        if existing is not None:
            self.stdout.write(f"{existing}已存在（{existing.get_status_display()}），未作改动。")
            return
        try:
            windows = draft_windows(year)
            if not dry_run:
                plan_year(year, by=Act.of_job("plan_year"))
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        for one in windows:
            self.stdout.write(f"{one.opens_on} 至 {one.closes_on} → {one.exam_month:%Y-%m}")
        self.stdout.write(f"{'将生成' if dry_run else '已生成'} {year} 年度草案，共 {len(windows)} 个时间段。")
