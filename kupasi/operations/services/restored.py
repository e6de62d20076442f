"""What is looked at in the restored place, by the product itself. Nothing stays changed there."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import identify_hasher
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from certificates.models import Certificate
from certificates.services import by_name
from kupasi.acts import Act
from kupasi.audit import services as audit
from kupasi.operations.findings import Finding, bad, ok, warn
from kupasi.people.models import User
from kupasi.people.services import erased_list
from kupasi.people.storage import private_storage

from . import backups, rotation
from .snapshots import snapshot


def look(manifest: dict[str, Any]) -> list[Finding]:
    """Rows first, before anything else touches them."""
    return [
        same_rows(manifest),
        same_keys(manifest),
        migrated(),
        files_of_rows(),
        chain_whole(),
        everything_opens(),
        somebody_signs_in(),
        a_certificate_verifies(),
        erased_again(),
    ]


def same_rows(manifest: dict[str, Any]) -> Finding:
    """Table by table, row for row."""
    with snapshot() as view:
        found = view.sums()
    wanted = manifest["tables"]
    differing = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    rows = sum(one["rows"] for one in found.values())
    if differing:
        return bad("数据", f"与备份时不一致的表：{'、'.join(differing[:10])}", "换一份备份，并查明原因")
    return ok("数据", f"{len(found)} 张表 {rows} 行，逐行一致")


def same_keys(manifest: dict[str, Any]) -> Finding:
    """The keys at hand are those of the backup, or their successors."""
    here, there = backups.key_marks(), manifest["keys"]
    if [here["index"], here["signing"]] != [there["index"], there["signing"]]:
        return bad("密钥", "索引密钥或签名密钥与备份时不同", "换成备份时的密钥")
    lost = set(there["fields"]) - set(here["fields"])
    if lost:
        return bad("密钥", f"密钥环里缺 {'、'.join(sorted(lost))}", "把旧密钥放回 FIELD_KEYS")
    return ok("密钥", "与备份时相符")


def migrated() -> Finding:
    """An older backup is brought to the present models, as a real restore would."""
    plan = MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    if not plan:
        return ok("版本", "与现在的程序相符")
    call_command("migrate", interactive=False, verbosity=0)
    return warn("版本", f"较旧，已补做 {len(plan)} 步数据库升级", "正式恢复后也要执行 migrate")


def files_of_rows() -> Finding:
    """Every file that a row names is there."""
    missing, seen = 0, 0
    for model, column in rotation.models_with_files():
        for name in model._base_manager.exclude(**{column.name: ""}).values_list(column.name, flat=True).iterator():
            seen += 1
            missing += not Path(private_storage.path(name)).exists()
    if missing:
        return bad("附件", f"{seen} 个中缺 {missing} 个", "换一份备份，并查明原因")
    return ok("附件", f"记录中提到的 {seen} 个文件都在")


def chain_whole() -> Finding:
    """History is whole."""
    verdict = audit.verify()
    if not verdict.whole:
        return bad("审计链", f"在记录 {verdict.broken_entry} 处断开：{verdict.why}", "以审计员手中的日根核对，查明原因")
    return ok("审计链", f"完好，共 {verdict.checked} 条")


def everything_opens() -> Finding:
    """Every encrypted value, second factor and file, one by one."""
    tally = rotation.look()
    if tally.unreadable:
        return bad("加密内容", f"{tally.seen} 项中有 {len(tally.unreadable)} 项打不开", "补齐密钥环里的旧密钥")
    return ok("加密内容", f"{tally.seen} 项全部打得开")


def somebody_signs_in() -> Finding:
    """An account is authenticated by the product's own way in.

    Nobody's password is known here, so one is set and taken back within a transaction; that the stored one is a hash
    which this product understands is checked before.
    """
    user = User.objects.filter(is_active=True).exclude(password="").exclude(password__startswith="!").first()
    if user is None:
        return bad("登录", "没有一个可以登录的账号", "核对备份的内容")
    identify_hasher(user.password)
    word = secrets.token_urlsafe(16)
    with transaction.atomic():
        user.set_password(word)
        user.save(update_fields=["password"])
        right = authenticate(None, username=user.username, password=word)
        wrong = authenticate(None, username=user.username, password=f"{word}x")
        transaction.set_rollback(True)
    if right != user or wrong is not None:
        return bad("登录", "账号登录不成", "查明原因后重做演练")
    return ok("登录", "账号可以登录")


def a_certificate_verifies() -> Finding:
    """The oldest certificate of the register gets the answer that the public would get."""
    oldest = Certificate.objects.public().order_by("pk").first()
    if oldest is None or not oldest.number:
        return warn("证书", "还没有发过证书，无从核验", "发证之后再演练一次")
    if by_name(oldest.number, oldest.name).status not in {"valid", "void"}:
        return bad("证书", "旧证书核验不出", "查明原因后重做演练")
    return ok("证书", "旧证书可以核验")


def erased_again() -> Finding:
    """Whoever was erased after the backup was made is erased in the restored place too, before it would open."""
    done, wanted = erased_list.reapply(Act.of_job("restore")), len(erased_list.missing())
    if wanted:
        return warn("删除名单", f"补删 {done} 人，另有 {wanted} 人不在这份备份里", "核对备份的日期")
    return ok("删除名单", f"补删 {done} 人，与名单一致")
