"""Files with personal content: encrypted at rest, under random names, outside everything that is served."""

from __future__ import annotations

import fcntl
import io
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible

from kupasi import full_disk

from . import crypto, sealed_files

PURPOSE = "file"
LOCK = ".lock"
LARGE = 4 << 20  # from here on a file is stored in portions and never as a whole in memory


@deconstructible
class PrivateStorage(FileSystemStorage):
    """A store without addresses; whoever may see a file gets it through a view that asks."""

    def __init__(self) -> None:
        super().__init__(
            location=settings.PRIVATE_ROOT, base_url=None, file_permissions_mode=0o600, directory_permissions_mode=0o700
        )

    def _save(self, name: str, content: File) -> str:
        sealed: File = _InPortions(content) if content.size > LARGE else _AtOnce(content)
        try:
            return str(super()._save(name, sealed))  # type: ignore[misc]  # not in the stubs
        except OSError as problem:
            if not full_disk.is_full(problem):
                raise
            self._drop_half(name, whole=sealed.size)
            raise full_disk.refusal() from problem

    def _drop_half(self, name: str, *, whole: int) -> None:
        """Take away what a full disk left of a file, so that its room is there for the next."""
        half = Path(self.path(name))
        if half.exists() and half.stat().st_size < whole:
            half.unlink()

    def _open(self, name: str, mode: str = "rb") -> File:
        file = super()._open(name, "rb")  # type: ignore[misc]  # not in the stubs
        start = file.read(sealed_files.LONGEST_ID)
        file.seek(0)
        if sealed_files.is_in_portions(start):
            return _Opened(sealed_files.Reader(file.file, bound_to=PURPOSE), name)
        with file:
            return ContentFile(crypto.decrypt_bytes(file.read(), bound_to=PURPOSE), name=name)

    def delete(self, name: str) -> None:
        with self.alone():
            super().delete(name)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else deletes a file or puts another in its place meanwhile, in whatever process."""
        root = Path(self.location)
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (root / LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def size(self, name: str) -> int:
        with self.open(name) as file:
            return int(file.size)

    @contextmanager
    def scratch(self) -> Iterator[BinaryIO]:
        """A file for what is too large for memory: without a name, gone when it is closed, however the process ends.

        Refuses with `storage_full`.
        """
        root = Path(self.location)
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryFile(dir=root) as file:
                yield file
        except OSError as problem:
            if not full_disk.is_full(problem):
                raise
            raise full_disk.refusal() from problem


class _AtOnce(ContentFile):
    """A file's ciphertext, as one piece."""

    def __init__(self, content: File) -> None:
        content.seek(0)
        super().__init__(crypto.encrypt_bytes(content.read(), bound_to=PURPOSE))


class _InPortions(File):
    """A file's ciphertext, made while it is written."""

    def __init__(self, content: File) -> None:
        super().__init__(None)
        self.content = content

    @property
    def size(self) -> int:  # type: ignore[override]  # the base keeps it, too
        return sealed_files.sealed_size(self.content.size)

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        return sealed_files.seal(self.content.chunks(chunk_size or sealed_files.PORTION), bound_to=PURPOSE)


class _Opened(File):
    """A file that is stored in portions, readable from anywhere in it."""

    def __init__(self, reader: sealed_files.Reader, name: str) -> None:
        super().__init__(io.BufferedReader(reader, sealed_files.PORTION), name)
        self.size = reader.length


private_storage = PrivateStorage()


def random_name(folder: str, suffix: str) -> str:
    """A name that nobody can guess and that says nothing, spread over 256 folders."""
    token = secrets.token_hex(20)
    return str(PurePosixPath(folder) / token[:2] / f"{token[2:]}{suffix}")


def upload_photo(instance: Any, filename: str) -> str:
    """Where a photo is put; the uploaded name is forgotten."""
    return random_name("photos", ".jpg")


def upload_pdf(instance: Any, filename: str) -> str:
    """Where a generated document is put."""
    return random_name("documents", ".pdf")


def upload_any(instance: Any, filename: str) -> str:
    """Where any other file is put."""
    return random_name("files", ".bin")
