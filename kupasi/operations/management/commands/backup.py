"""Make a backup."""

from __future__ import annotations

import errno
import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kupasi import keys
from kupasi.acts import Act
from kupasi.operations.bar import Bar
from kupasi.operations.services import backups, rotation
from kupasi.operations.services.snapshots import ToolMissing


class Command(BaseCommand):
    """One consistent dump, the private files, a manifest. The keys are not in it: keep them elsewhere."""

    help = "备份：数据库的一致快照、私有文件和校验清单，放进一个新目录；密钥不在其中。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, metavar="DIR", help="放在哪个目录下（默认 BACKUP_DIR）")
        parser.add_argument("--keep", type=int, default=backups.KEEP, help=f"保留最新的几份（默认 {backups.KEEP}）")
        parser.add_argument("--with-keys", type=Path, metavar="FILE", help="另把密钥写进这个新文件（不得在备份目录里）")

    def handle(self, *args: Any, **options: Any) -> None:
        to = (options["to"] or settings.BACKUP_DIR).resolve()
        bar = Bar(self.stderr, total=sum(1 for _ in rotation.files()), label="备份")
        try:
            if options["with_keys"]:
                self.export_keys(options["with_keys"].resolve(), to)
            made = backups.make(to=to, by=Act.of_job("backup"), keep=options["keep"], tell=bar)
        except ToolMissing as problem:
            raise CommandError(str(problem)) from problem
        except OSError as problem:
            raise CommandError(self.words(problem, to)) from problem
        bar.end()
        manifest = backups.read_manifest(made)
        rows = sum(one["rows"] for one in manifest["tables"].values())
        self.stdout.write(self.style.SUCCESS(f"已备份：{made}（{rows} 行，{len(manifest['files']) - 1} 个文件）"))
        self.stdout.write("密钥不在备份里；没有密钥，备份中的证件号码、手机和文件无法打开。请另外妥善保管。")

    def export_keys(self, path: Path, to: Path) -> None:
        """The environment's variables in a new file for its owner only, never beside the backups."""
        if path.is_relative_to(to):
            raise CommandError("密钥不能放在备份目录里：谁拿到备份，谁就能打开。")
        ring = ",".join(f"{name}:{keys.text(key)}" for name, key in settings.FIELD_KEYS)
        held = {"SECRET_KEY": settings.SECRET_KEY, "FIELD_KEYS": ring}
        held |= {"INDEX_KEY": keys.text(settings.INDEX_KEY), "SIGNING_KEY": keys.text(settings.SIGNING_KEY)}
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(held, file, indent=1)
        self.stdout.write(f"密钥已写入 {path}（仅本人可读）：请移到别处保管。")

    @staticmethod
    def words(problem: OSError, to: Path) -> str:
        """What went wrong in a sentence; nothing half was left."""
        if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
            return f"磁盘已满，没有备份成，也没有留下半份：{to}"
        return f"没有备份成：{problem.strerror or type(problem).__name__}（{problem.filename or to}）"
