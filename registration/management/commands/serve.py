"""The embedded install in one command: prepare the data, then serve web, worker and clock."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from kupasi.people.models import User


class Command(BaseCommand):
    """Migrates, collects static files, loads the notice and, on an empty install, the demonstration; then serves."""

    help = "准备数据并启动服务、任务与时钟；Ctrl-C 停止。"

    def handle(self, *args: Any, **options: Any) -> None:
        from kupasi import serve

        wrong = serve.obstacle()
        if wrong:  # before a minute goes by over the demonstration
            raise CommandError(wrong)
        try:
            self.prepare()
        except OperationalError as error:
            place = "DATA_DIR" if settings.EMBEDDED else "DATABASE_URL"
            told = str(error).strip().partition("\n")[0]
            raise CommandError(f"数据库打不开，请核对 {place} 和数据库服务：{told}") from error
        sys.exit(serve.main())

    def prepare(self) -> None:
        """Everything that a fresh DATA_DIR needs; quick when it is there already."""
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("retention", erased_only=True)  # before the site opens (OP-014)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("load_notice")
        if settings.DEMO and not User.objects.exists():
            self.stdout.write("首次启动：正在准备演示数据……")
            call_command("demo")
