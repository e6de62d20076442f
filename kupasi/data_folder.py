"""The folder of an embedded install, made where it is missing, or a sentence for the operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


@contextmanager
def usable(data_dir: Path) -> Iterator[None]:
    """The folder is there. Whatever cannot be read or written in it is told as its fault (ImproperlyConfigured)."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        yield
    except FileExistsError:
        raise ImproperlyConfigured(f"DATA_DIR（{data_dir}）不是文件夹，请换一个文件夹。") from None
    except OSError as error:
        message = f"DATA_DIR（{data_dir}）不能读写（{error.strerror}），请换一个可写的文件夹或修改它的权限。"
        raise ImproperlyConfigured(message) from None
