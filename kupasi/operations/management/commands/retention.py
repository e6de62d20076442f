"""Let go of what is past its time; erase again whoever a restored backup brought back."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kupasi.acts import Act
from kupasi.people.services import erased_list
from kupasi.people.services.retention import Tally, look, run


class Command(BaseCommand):
    """Runs by itself once a day; by hand after a restore, or to see beforehand what is due."""

    help = "清理到期的个人资料；恢复备份之后，先按删除名单重新删除。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只看有哪些到期，不作改动")
        parser.add_argument("--erased-only", action="store_true", help="只按删除名单重新删除")

    def handle(self, *args: Any, **options: Any) -> None:
        by = Act.of_job("retention")
        if options["dry_run"]:
            self.stdout.write(f"删除名单上待补删：{len(erased_list.missing())} 人")
            self.tell(look(by.on)[0])
            return
        again = erased_list.reapply(by)
        if again:
            self.stdout.write(f"按删除名单补删：{again} 人")
        if options["erased_only"]:
            return
        tally = run(by)
        self.tell(tally)
        self.stdout.write(f"清理 {tally.rows} 条，全部删除 {tally.forgotten} 人。")

    def tell(self, tally: Tally) -> None:
        """Counts only, nobody's name."""
        for label, count in tally.persons.items():
            self.stdout.write(f"到期 {label}：{count} 人")
        if not tally.persons:
            self.stdout.write("没有到期的资料。")
