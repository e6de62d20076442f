"""Draw a session's seating again from the revealed seed and the kept roster, and compare byte for byte."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exams.rules.seating_file import sha256
from exams.services import replay
from kupasi.acts import Act
from kupasi.errors import Refusal


class Command(BaseCommand):
    help = "用公开的种子和编排依据（名单、考场、限制）重算一次编排，逐字节核对与当时执行的结果是否相同。"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("session", type=int, help="评价场次编号")
        parser.add_argument("--run", type=int, metavar="N", help="第几次编排，默认最后一次")
        parser.add_argument("--roster", type=Path, metavar="FILE", help="用这份编排依据，默认用系统保存的")
        parser.add_argument("--seed", default="", metavar="HEX", help="用这个种子，默认用已公开的")
        parser.add_argument("--export", type=Path, metavar="FILE", help="把保存的编排依据写到这里，不重算")
        parser.add_argument("--out", type=Path, metavar="FILE", help="把重算的结果写到这里")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._handle(**options)
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal

    def _handle(self, **options: Any) -> None:
        run = replay.run_of(options["session"], number=options["run"])
        if options["export"]:
            options["export"].write_bytes(replay.fetch_roster(run, by=Act.of_job("replay_seating")))
            self.stdout.write(f"已写出编排依据，SHA-256 {run.roster_sha256}")
            return
        seed = replay.revealed_seed(options["session"], claimed=options["seed"])
        roster = options["roster"].read_bytes() if options["roster"] else replay.roster_of(run)
        answer = replay.replay(run, seed=seed, roster=roster)
        if options["out"]:
            options["out"].write_bytes(answer.plan)
        self.stdout.write(f"重算结果 SHA-256 {sha256(answer.plan)}\n当时结果 SHA-256 {answer.expected}")
        if not answer.is_same:
            raise CommandError("不一致：重算的编排与当时执行的不同。")
        self.stdout.write(self.style.SUCCESS("一致：与当时执行的编排逐字节相同。"))
