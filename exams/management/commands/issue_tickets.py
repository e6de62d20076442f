"""Make the admission tickets that are due, here and now, without the worker."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exams.services import tickets
from kupasi.acts import Act
from kupasi.clock import SHANGHAI


class Command(BaseCommand):
    help = "制作到期的准考证：考前三天起，已排座且报名表原件已收到的；可重复运行。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只报告有多少张到期，不制作")
        parser.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="按这一天判断，默认今天")

    def handle(self, *args: Any, **options: Any) -> None:
        act = Act.of_job("issue-tickets")
        if options["on"]:
            act = Act(actor=None, at=datetime.combine(options["on"], time(8), SHANGHAI), job=act.job)
        chunks = tickets.chunks(act.on)
        self.stdout.write(f"{act.on:%Y-%m-%d} 到期 {sum(map(len, chunks))} 张。")
        if not options["dry_run"]:
            self._issue(chunks, act)

    def _issue(self, chunks: list[list[int]], act: Act) -> None:
        """Room by room; a ticket that cannot be made does not stop the others, and the command says so at the end."""
        failed, done, total = 0, 0, sum(map(len, chunks))
        for chunk in chunks:
            failed += tickets.issue_many(chunk, by=act)
            done += len(chunk)
            if sys.stdout.isatty():
                self.stdout.write(f"\r{done}/{total}", ending="")
        self.stdout.write(f"已制作 {total - failed} 张。")
        if failed:
            raise CommandError(f"{failed} 张未能制作，原因见日志。")
