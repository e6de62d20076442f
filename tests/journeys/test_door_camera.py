"""The door's camera, in a browser that reads no codes by itself, as phones do: the reader that is brought along."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from exams.models import CheckIn
from tests.exams.doors import code
from tests.exams.marking import Exam, an_exam
from tests.people import pages

from .conftest import CHROMIUM, PHONE, QUIET, SECONDS, SetClock
from .steps import sign_in
from .walker import Walker

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("opened")]
FAKE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture
def exam(opened: SetClock) -> Exam:
    exam = an_exam(people=2)
    pages.enrol(exam.invigilator)
    opened("2025-07-12T08:45")
    return exam


def film(text: str, path: Path) -> Path:
    """What a camera sees of a ticket that somebody holds: its code, a little turned, on grey."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="png", scale=6, border=4)
    sheet = Image.open(drawn).convert("L").resize((330, 330)).rotate(7, expand=True, fillcolor=255)
    frame = Image.new("L", (640, 480), 150)
    frame.paste(sheet, (150, 40))
    frame.convert("RGB").save(path, "JPEG", quality=80)
    path.write_bytes(path.read_bytes() * 10)
    return path


@pytest.fixture
def filming(exam: Exam, browser: Browser, tmp_path: Path) -> Iterator[Browser]:
    """A second browser, before whose camera lies the first person's ticket."""
    seen = film(code(exam.entries[0]), tmp_path / "camera.mjpeg")
    args = [*QUIET, *FAKE, f"--use-file-for-fake-video-capture={seen}"]
    found = browser.browser_type.launch(executable_path=CHROMIUM, args=args)
    yield found
    found.close()


def at_the_door(browser: Browser, server: LiveServer, exam: Exam) -> Walker:
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **PHONE)  # type: ignore[arg-type]
    context.set_default_timeout(SECONDS)
    walker = sign_in(Walker(context, origin=server.url), exam.invigilator)
    walker.go(f"/exams/rooms/{exam.sittings[0].pk}/door/")
    return walker


def test_a_ticket_held_before_the_camera_is_read_and_its_holder_let_in(
    exam: Exam, filming: Browser, live_server: LiveServer
) -> None:
    walker = at_the_door(filming, live_server, exam)
    assert walker.page.evaluate("'BarcodeDetector' in window") is False
    walker.press("用摄像头扫描")
    walker.page.locator("#door-answer").get_by_text("可以入场").first.wait_for()
    walker.sees(exam.entries[0].candidate.name)
    walker.look()
    walker.press("相符，入场")
    walker.page.locator("#door-answer .k-door-word", has_text="已入场").wait_for()
    walker.press("停止摄像头")
    assert CheckIn.objects.get().seat == exam.seats(exam.entries[0])[0]


@pytest.mark.parametrize(
    ("without", "says"),
    [
        ("delete Navigator.prototype.mediaDevices", "这个浏览器不能使用摄像头"),
        (
            "MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))",
            "没有得到使用摄像头的许可",
        ),
        (
            "MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'))",
            "没有找到摄像头",
        ),
    ],
)
def test_without_a_camera_the_door_says_so_and_what_to_do(
    exam: Exam, browser: Browser, live_server: LiveServer, without: str, says: str
) -> None:
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **PHONE)  # type: ignore[arg-type]
    context.set_default_timeout(SECONDS)
    context.add_init_script(without)
    walker = sign_in(Walker(context, origin=live_server.url), exam.invigilator)
    walker.go(f"/exams/rooms/{exam.sittings[0].pk}/door/")
    button = walker.page.get_by_role("button", name="用摄像头扫描")
    if button.count():
        button.click()
    walker.page.get_by_text(says).wait_for()
    walker.sees("扫码枪，或输入准考证号")
    context.close()
