"""R30: a hostile field in a PDF makes no connection and brings no file's bytes: watched from outside the process."""

from __future__ import annotations

import io
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parent.parent
SECRET = "KEEP-THIS-TO-YOURSELF-7f3a"
CHILD = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kupasi.settings")
import django; django.setup()
from django.conf import settings
settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = ""
from django.template import engines
from kupasi import pdf
page, escaped = sys.stdin.read().split("\\x1e")
form = engines["django"].from_string("<html><body><p>{{ field }}</p></body></html>")
html = page if escaped == "no" else form.render({"field": page})
sys.stdout.buffer.write(pdf.render(html))
"""
LEAKY = """
import sys
from weasyprint import HTML
sys.stdout.buffer.write(HTML(string=sys.stdin.read().split("\\x1e")[0]).write_pdf())
"""


class Listener:
    """A port of this machine that counts who knocks."""

    def __init__(self) -> None:
        self.knocks = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.count, daemon=True).start()

    def count(self) -> None:
        while True:
            try:
                caller, _ = self.server.accept()
            except OSError:
                return
            self.knocks += 1
            caller.sendall(b"HTTP/1.0 404 x\r\n\r\n")
            caller.close()


def hostile(port: int, secret: Path) -> list[str]:
    """What a field may try: pictures, styles, fonts, attachments, objects; over the net and from the disk."""
    here, file = f"http://127.0.0.1:{port}", secret.as_uri()
    return [
        f'<img src="{here}/a.png"><img src="{file}">',
        f'<link rel="stylesheet" href="{here}/a.css"><link rel="attachment" href="{file}">',
        f"<style>@import '{here}/x'; @font-face {{ font-family: x; src: url({file}) }}</style>"
        f"<style>p {{ background: url({here}/b) }}</style><p>z</p>",
        f'<object data="{file}"></object><embed src="{here}/c"><svg><image href="{here}/d"/></svg>',
        f'<a rel="attachment" href="{file}">x</a><p style="background:url({here}/e)">y</p>',
    ]


def made(source: str, page: str, *, escaped: bool) -> bytes:
    typed = f"{page}\x1e{'yes' if escaped else 'no'}".encode()
    argv = [sys.executable, "-W", "ignore", "-c", source]
    answer = subprocess.run(argv, cwd=ROOT, input=typed, capture_output=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stderr.decode()[-800:]
    return answer.stdout


def everything_in(pdf: bytes) -> bytes:
    """The raw file, its streams unpacked, its text and its attachments."""
    reader = PdfReader(io.BytesIO(pdf))
    found = [pdf, *(page.extract_text().encode() for page in reader.pages)]
    found += [content for files in reader.attachments.values() for content in files]
    found += [one.get_object().get_data() for one in reader.resolved_objects.values() if hasattr(one, "get_data")]
    return b"\n".join(found)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    return file


@pytest.mark.parametrize("escaped", [True, False], ids=["as a field", "as a template"])
def test_no_connection_and_no_file(secret: Path, escaped: bool) -> None:
    """Escaped it is text; and were it not, the fetcher opens nothing."""
    door = Listener()
    for page in hostile(door.port, secret):
        found = everything_in(made(CHILD, page, escaped=escaped))
        assert SECRET.encode() not in found
    assert door.knocks == 0


def test_the_library_by_itself_would_fetch_both(secret: Path) -> None:
    door = Listener()
    pages = [everything_in(made(LEAKY, page, escaped=False)) for page in hostile(door.port, secret)]
    assert door.knocks > 0
    assert any(SECRET.encode() in one for one in pages)
