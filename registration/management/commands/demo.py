"""The demonstration: a believable year of made-up people in every state."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from exams.models import ExamSession, Window
from kupasi.acts import Act
from kupasi.people.models import User
from registration.demo import heroes, stage
from registration.demo.accounts import Book, open_staff
from registration.demo.applying import Applying
from registration.demo.asking import Asking
from registration.demo.breaches import Breaches
from registration.demo.coming import Coming
from registration.demo.examining import Examining
from registration.demo.following import Following
from registration.demo.rosters import Filing
from registration.services import deadlines
from registration.services.notice import load_notice

SEED = 20250226


class Command(BaseCommand):
    """Fills an empty install through the product's own services, up to the product's present moment."""

    help = "载入演示数据：虚构的人员、申报、考试、成绩和证书；账号写入 DATA_DIR/accounts.json。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--candidates", type=int, default=240, help="大约多少人（默认 240）")
        parser.add_argument("--dry-run", action="store_true", help="只检查能否载入、会载入多少，不写入")

    def handle(self, *args: Any, dry_run: bool = False, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError("数据库里已有账号；演示数据只载入空的安装。")
        if not settings.DEMO:
            raise CommandError("设置了 DEMO=0，不载入演示数据。")
        if dry_run:
            self.stdout.write(f"将载入通知内容、各角色账号和约 {options['candidates']} 名虚构人员的一年；没有写入。")
            return
        now = Act.of_job("demo")
        load_notice(by=now)
        book, random = Book(), Random(SEED)
        open_staff(now, book, institution=stage.institution())
        self.year(now, book, random=random, people=options["candidates"])
        book.write()
        self.stdout.write(self.style.SUCCESS(f"\n演示数据已就绪，账号见 {settings.DATA_DIR / 'accounts.json'}"))

    def year(self, now: Act, book: Book, *, random: Random, people: int) -> None:
        """Windows of the last thirteen months, one after another, then the sessions that they led to."""
        setting = Act(book.users["supervisor"][0], now.at)
        stage.plans(setting)
        stage.number_series(setting)
        stage.documents(setting, on=now.on)
        recent = Window.objects.public().filter(opens_on__lte=now.on, closes_on__gte=now.on - timedelta(days=396))
        windows = list(recent.order_by("opens_on"))
        self.total, self.done = people + 11 * 2 * len(windows), 0
        applying = Applying.until(now.at, random=random, book=book, tell=self.tick)
        for number, window in enumerate(windows):
            share = people // len(windows) + (number < people % len(windows))
            applying.cohort(window, people=share)
        open_now = Window.objects.public().filter(opens_on__lte=now.on, closes_on__gte=now.on).first()
        filing = Filing(applying, book, stage.institution())
        if open_now is not None:
            filing.live(open_now)
        following = Following(filing, now=now.at)
        following.file()
        examining = Examining(now.at, random=random, book=book, rooms=stage.rooms(setting), tell=self.tick)
        examining.when_seated.append(following.bring_together)
        for session in ExamSession.objects.select_related("occupation").order_by("exam_month", "occupation__order"):
            examining.live(session)
        following.finish(examining)
        Coming(applying, examining).live()
        for key in deadlines.without_original_due(now.at):
            deadlines.end_without_original(key, by=Act(None, now.at, job="lapse-unpaid"))
        Breaches(now.at, book=book).live()
        heroes.choose(applying, book, now=now)
        Asking(now, book=book).live()

    def tick(self) -> None:
        """One step further on the progress bar."""
        self.done += 1
        share = min(self.done / self.total, 1)
        if self.stdout.isatty():
            self.stdout.write(f"\r{'█' * round(share * 30):░<30} {share:4.0%}", ending="")
            self.stdout.flush()
        elif int(share * 10) > int((self.done - 1) / self.total * 10):
            self.stdout.write(f"演示数据已载入 {share:.0%}")
            self.stdout.flush()
