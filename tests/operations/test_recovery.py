"""R15: a backup is whole or is not there; a drill is green only when everything was found again."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import CommandError

from kupasi.audit.models import Entry
from kupasi.notices.models import JobRun
from kupasi.operations.findings import any_bad
from kupasi.operations.services import backups, drill
from kupasi.people.models import Candidate, Photo
from kupasi.people.photos import keep_photo
from kupasi.people.storage import private_storage
from tests import builders
from tests.certificates.made import issued

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(settings: Any, tmp_path: Path) -> Path:
    """A small office with a certificate, a photo, an audit chain; its backups go to the returned folder."""
    settings.BACKUP_DIR = tmp_path / "backups"
    builders.load_notice()
    issued(name="测试甲")
    return tmp_path / "backups"


def make(office: Path, *, when: str = "2025-08-01T03:00", keep: int = 14) -> Path:
    return backups.make(to=office, by=builders.act(when=when), keep=keep)


def test_a_backup_is_restored_row_for_row_and_in_use(office: Path) -> None:
    made = make(office)
    findings = drill.run(made, by=builders.act(when="2025-08-01T04:00"))
    assert [one.line() for one in findings if one.level != "ok"] == []
    assert {"数据", "登录", "证书", "加密内容", "审计链", "附件"} <= {one.part for one in findings}
    assert JobRun.objects.filter(job="restore-drill").exists()
    assert set(Entry.objects.values_list("action", flat=True)) >= {"backup.make", "restore.drill"}


def test_the_keys_are_not_in_a_backup_and_only_its_owner_reads_it(office: Path, settings: Any) -> None:
    made = make(office)
    everything = b"".join(one.read_bytes() for one in made.rglob("*") if one.is_file())
    for _, key in (*settings.FIELD_KEYS, ("", settings.INDEX_KEY), ("", settings.SIGNING_KEY)):
        assert key not in everything
    assert settings.SECRET_KEY.encode() not in everything
    assert made.stat().st_mode & 0o077 == 0
    assert [one for one in made.rglob("*") if one.stat().st_mode & 0o077] == []


def test_a_backup_is_never_overwritten_and_the_oldest_go(office: Path) -> None:
    names = [make(office, keep=3).name for _ in range(4)]
    assert len(set(names)) == 4
    assert [one.name for one in backups.found_in(office)] == sorted(names, reverse=True)[:3]


def test_a_full_disk_leaves_nothing_half(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(backups, "_write", full)
    with pytest.raises(CommandError, match="磁盘已满"):
        call_command("backup")
    assert [one.name for one in office.iterdir()] == [".lock"]
    assert not JobRun.objects.filter(job="backup").exists()


def test_keys_leave_only_when_asked_and_never_beside_the_backups(office: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="备份目录"):
        call_command("backup", "--with-keys", str(office / "keys.json"))
    call_command("backup", "--with-keys", str(tmp_path / "keys.json"))
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert json.loads((tmp_path / "keys.json").read_text())["FIELD_KEYS"]


def red(backup: Path) -> str:
    """What the drill complains about."""
    findings = drill.run(backup, by=builders.act())
    assert any_bad(findings)
    assert not JobRun.objects.filter(job="restore-drill").exists()
    return "".join(one.part for one in findings if one.level == "bad")


def test_a_changed_file_is_seen(office: Path) -> None:
    made = make(office)
    photo = next((made / "private" / "photos").rglob("*.jpg"))
    content = photo.read_bytes()
    photo.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert red(made) == "文件"


def test_a_row_that_differs_is_seen(office: Path) -> None:
    made = make(office)
    manifest = backups.read_manifest(made)
    manifest["tables"]["people_candidate"]["sha256"] = "0" * 64
    (made / "manifest.json").write_text(json.dumps(manifest))
    assert red(made) == "数据"


def test_a_missing_attachment_is_seen(office: Path) -> None:
    person = Candidate.objects.first()
    assert person is not None
    photo = keep_photo(person, builders.photo_bytes(ground="lightgrey"), by=builders.act())
    os.unlink(private_storage.path(str(Photo.objects.get(pk=photo.pk).file.name)))
    assert red(make(office)) == "附件"


def test_a_file_under_another_key_is_seen(office: Path) -> None:
    name = private_storage.save("files/x.bin", ContentFile(b"x"))
    Path(private_storage.path(name)).write_bytes(b"k9:" + b"0" * 40)
    assert red(make(office)) == "加密内容"


def test_a_drill_that_could_not_run_is_red(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="没有备份"):
        call_command("restore_drill")
    made = make(office)
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    assert red(made) == "演练"
