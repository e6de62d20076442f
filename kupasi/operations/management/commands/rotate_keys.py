"""Bring everything stored under the newest key of the ring."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kupasi.acts import Act
from kupasi.operations.bar import Bar
from kupasi.operations.services import rotation
from kupasi.people import crypto

ROUNDS = 5


class Command(BaseCommand):
    """Online and resumable: killed anywhere and run again, it finishes. `--dry-run` only reads."""

    help = "把加密的字段、两步验证密钥和私有文件逐一改用最新的密钥；可随时中断、重复运行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只清点有多少要改，不改动")

    def handle(self, *args: Any, **options: Any) -> None:
        bar = Bar(self.stderr, total=rotation.total(), label="换钥")
        if options["dry_run"]:
            tally = rotation.look(tell=bar)
        else:
            for path in rotation.leftovers():
                path.unlink(missing_ok=True)
            tally = self.rounds(bar)
        bar.end()
        self.say(tally, wrote=not options["dry_run"])

    def rounds(self, bar: Bar) -> rotation.Tally:
        """What others changed meanwhile is looked at once more."""
        tally = rotation.rotate(by=Act.of_job("rotate-keys"), tell=bar)
        for _ in range(ROUNDS):
            if not tally.passed:
                break
            again = rotation.rotate(by=Act.of_job("rotate-keys"))
            tally.changed, tally.passed = tally.changed + again.changed, again.passed
            tally.unreadable = again.unreadable
        return tally

    def say(self, tally: rotation.Tally, *, wrote: bool) -> None:
        """Counts only; a value that no key opens is named by its column and number, and the command fails."""
        verb = "已改用" if wrote else "待改用"
        self.stdout.write(f"看过 {tally.seen} 项，{verb}密钥 {crypto.newest_key()} 的 {tally.changed} 项。")
        if tally.unreadable:
            raise CommandError(
                f"有 {len(tally.unreadable)} 项打不开（密钥环里缺旧密钥？）：{'；'.join(tally.unreadable[:10])}"
            )
        if wrote and tally.passed:
            raise CommandError(f"有 {tally.passed} 项正被别处修改，请再运行一次。")
        if wrote:
            self.stdout.write(self.style.SUCCESS("全部可读。另做一次备份、再过 12 小时，才可去掉旧密钥。"))
