"""Look at every part of the product."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kupasi.acts import Act
from kupasi.operations.findings import any_bad
from kupasi.operations.services import doctor


class Command(BaseCommand):
    """One line each: 好, 注意 or 坏, and what to do. Exit code 1 when something is bad."""

    help = "体检：逐项检查并说明怎么办；有「坏」项时退出码为 1。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="给机器读的结果")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = []
        for one in doctor.examine(by=Act.of_job("doctor")):
            findings.append(one)
            if not options["json"]:
                self.stdout.write(one.line())
        if options["json"]:
            self.stdout.write(json.dumps([one.as_dict() for one in findings], ensure_ascii=False, indent=1))
        if any_bad(findings):
            sys.exit(1)
