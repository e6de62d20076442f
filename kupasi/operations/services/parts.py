"""The parts of the product that can be out of order, each looked at by one function that never raises for long."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from kupasi import file_broker, health
from kupasi.acts import Act
from kupasi.operations.findings import Finding, bad, ok, warn
from kupasi.people import crypto

from . import pulse, rotation

FREE_BAD, FREE_LOW = 500 << 20, 5 << 30
SAMPLE = 50


def database() -> Finding:
    """Reachable, and brought to the present models."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        waiting = unapplied()
    except DatabaseError as problem:
        return bad("数据库", f"连接不上（{type(problem).__name__}）", "检查 DATABASE_URL 和数据库服务")
    if waiting:
        return bad("数据库", f"有 {waiting} 步升级没有做", "运行 manage.py migrate")
    return ok("数据库", f"{connection.display_name} 可用，结构为最新")


def unapplied() -> int:
    """How many migrations are not applied."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def broker() -> Finding:
    """Redis answers; without one, the folders of the filesystem broker take a file."""
    if settings.REDIS_URL:
        if health.broker_answers():
            return ok("任务通道", "Redis 可用")
        return bad("任务通道", "Redis 连接不上", "检查 REDIS_URL 和 Redis 服务；申报照常，任务恢复后会补做")
    folder = Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"]))
    if not folder.exists():
        return warn("任务通道", "还没有建立", "用 make run 启动一次")
    if not os.access(folder, os.W_OK):
        return bad("任务通道", "目录不可写", f"把 {folder} 交给运行服务的用户")
    aside = file_broker.unreadable(folder.parent)
    if aside:
        return warn(
            "任务通道",
            f"搁置了 {aside} 个读不出的文件",
            f"检查磁盘后删除 {folder.parent} 内的 *.unreadable；任务会自动补做",
        )
    return ok("任务通道", "文件通道可用")


def beats(by: Act) -> Iterator[Finding]:
    """The last sign of life of worker and clock."""
    for one in pulse.beats(by.at):
        if one.is_silent:
            yield bad(one.label, f"最近一次心跳：{pulse.words(one.age)}", "启动（或重启）后台作业与时钟")
        else:
            yield ok(one.label, f"最近一次心跳：{pulse.words(one.age)}")


def disk() -> Finding:
    """Room for what comes."""
    free = shutil.disk_usage(settings.DATA_DIR).free
    seen = f"还有 {free / (1 << 30):.1f} GB"
    if free < FREE_BAD:
        return bad("磁盘", seen, "立即清理或扩容")
    return warn("磁盘", seen, "尽快清理或扩容") if free < FREE_LOW else ok("磁盘", seen)


def private_files() -> Finding:
    """A file can be written, and nobody else on the machine can look in."""
    root = Path(settings.PRIVATE_ROOT)
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=root, prefix=".doctor-") as file:
            file.write(b"x")
            file.flush()
    except OSError as problem:
        return bad("私有文件", f"写不进去（{problem.strerror}）", f"把 {root} 交给运行服务的用户")
    if root.stat().st_mode & 0o077:
        return warn("私有文件", "本机其他用户也进得去", f"chmod 700 {root}")
    return ok("私有文件", "可写，仅本服务可入")


def ring() -> Finding:
    """The keys at hand open a sample of what is stored: the oldest rows and the newest."""
    opened = failed = 0
    for column in rotation.columns():
        rows = column.model._base_manager.order_by("pk").values_list("pk", flat=True)
        for pk in {*rows[:SAMPLE], *rows.reverse()[:SAMPLE]}:
            try:
                column.model._base_manager.filter(pk=pk).values_list(column.name, flat=True).get()
                opened += 1
            except (crypto.Unreadable, ValueError):
                failed += 1
    if failed:
        return bad("密钥", f"抽查 {opened + failed} 项，{failed} 项打不开", "把旧密钥放回 FIELD_KEYS；不要改动数据")
    return ok("密钥", f"密钥环 {len(settings.FIELD_KEYS)} 把，抽查 {opened} 项都打得开")


def backup(by: Act) -> Iterator[Finding]:
    """The age of the last backup and of the last green drill."""
    made, drilled = pulse.last_run("backup", at=by.at), pulse.last_run("restore-drill", at=by.at)
    if made is None or made > pulse.BACKUP_OLD:
        yield warn("备份", f"最近一次：{pulse.words(made)}", "每天运行 manage.py backup")
    else:
        yield ok("备份", f"最近一次：{pulse.words(made)}")
    if drilled is None or drilled > pulse.DRILL_OLD:
        yield warn("恢复演练", f"最近一次合格：{pulse.words(drilled)}", "运行 manage.py restore_drill，每季至少一次")
    else:
        yield ok("恢复演练", f"最近一次合格：{pulse.words(drilled)}")
