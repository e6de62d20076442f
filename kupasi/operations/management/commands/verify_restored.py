"""The part of the restore drill that runs in the restored place."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from kupasi.operations.services import restored


class Command(BaseCommand):
    """Called by `restore_drill`; compares this database with a manifest and writes a report."""

    help = "由 restore_drill 在恢复处调用：与清单比对并写出结果。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("manifest", type=Path, help="备份的 manifest.json")
        parser.add_argument("--report", type=Path, required=True, help="结果写到哪里")

    def handle(self, *args: Any, **options: Any) -> None:
        manifest = json.loads(options["manifest"].read_text(encoding="utf-8"))
        found = [one.as_dict() for one in restored.look(manifest)]
        options["report"].write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
