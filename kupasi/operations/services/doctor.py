"""A look at every part of the product: what can be printed, sent and counted on, and the parts of `parts`."""

from __future__ import annotations

import ctypes.util
import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings

from exams.models import WorkdayYear
from kupasi import pdf, typeface
from kupasi.acts import Act
from kupasi.operations.findings import Finding, bad, ok, warn

from . import parts

PDF_SECONDS = 5.0  # without libharfbuzz-subset a Chinese page takes 11 to 14
COMMON, RARE = "上海库帕思职业技能等级证书", "䶮㐂𠮷龘镕"
SENTENCE = "体检：上海库帕思 2025"
EXAMPLE = "noreply@kupasi.example"


Look = Callable[[], "Finding | Iterator[Finding]"]


def looks(by: Act) -> dict[str, Look]:
    """What is looked at, in the order in which it is told."""
    return {
        "数据库": parts.database,
        "任务通道": parts.broker,
        "心跳": lambda: parts.beats(by),
        "磁盘": parts.disk,
        "私有文件": parts.private_files,
        "字体": fonts,
        "字体子集": subset,
        "PDF": sample_pdf,
        "电子邮件": mail,
        "短信": messages,
        "节假日": lambda: calendar(by),
        "密钥": parts.ring,
        "备份": lambda: parts.backup(by),
        "设置": secrets,
    }


def examine(*, by: Act) -> Iterator[Finding]:
    """Every part in turn, as it is looked at; a look that breaks is itself a finding, and the next one follows."""
    for part, look in looks(by).items():
        try:
            found = look()
            told = [found] if isinstance(found, Finding) else list(found)
        except Exception as problem:
            told = [bad(part, f"检查没有做成（{type(problem).__name__}）", "先处理其他的「坏」项，再查日志")]
        yield from told


def fonts() -> Finding:
    """Chinese can be drawn, rare characters of names too."""
    if lost := typeface.missing(COMMON):
        return bad("字体", f"缺常用字：{lost}", "安装 fonts-noto-cjk")
    if lost := typeface.missing(RARE):
        return warn("字体", f"缺生僻字：{lost}", "安装 fonts-hanazono")
    return ok("字体", "常用字与生僻字都有")


def subset() -> Finding:
    """The library without which every Chinese PDF takes many seconds."""
    if ctypes.util.find_library("harfbuzz-subset"):
        return ok("字体子集", "libharfbuzz-subset 已安装")
    return bad("字体子集", "没有 libharfbuzz-subset，生成 PDF 会慢几十倍", "安装 libharfbuzz-subset0")


def sample_pdf() -> Finding:
    """A page is set, and its text is read back."""
    from pypdf import PdfReader

    page = f"<html lang='zh-CN'><body><p>{SENTENCE}</p></body></html>"
    pdf.render(page)  # the first of a process loads the libraries
    started = time.monotonic()
    made = pdf.render(page)
    took = time.monotonic() - started
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    if SENTENCE.replace(" ", "") not in "".join(text.split()):
        return bad("PDF", "生成了，但读不回文字", "检查字体安装")
    seen = f"生成用了 {took:.1f} 秒，文字可读回"
    return ok("PDF", seen) if took < PDF_SECONDS else warn("PDF", seen, "安装 libharfbuzz-subset0，或换快一些的机器")


def mail() -> Finding:
    """Letters can leave: the server is asked for a connection, nothing is sent."""
    kind = settings.EMAIL_BACKEND.rpartition("backends.")[2].partition(".")[0]
    if kind == "console":
        return bad("电子邮件", "信件会印在日志里", "把 EMAIL_URL 设为邮件服务器")
    if kind != "smtp":
        seen = f"信件只存在 {Path(settings.EMAIL_FILE_PATH).name}/，不寄出" if kind == "filebased" else "信件不寄出"
        return _embedded("电子邮件", seen, "把 EMAIL_URL 设为邮件服务器")
    from django.core.mail import get_connection

    try:
        with get_connection(timeout=5):
            pass
    except OSError as problem:  # smtplib's errors are OSErrors
        return bad("电子邮件", f"邮件服务器连接不上（{type(problem).__name__}）", "检查 EMAIL_URL")
    if settings.DEFAULT_FROM_EMAIL == EXAMPLE:
        return warn("电子邮件", "可以寄出，但发件人还是示例地址", "设置 DEFAULT_FROM_EMAIL")
    return ok("电子邮件", "邮件服务器可用")


def messages() -> Finding:
    """Codes reach phones."""
    if settings.SMS_PROVIDER.endswith(".ConsoleSms"):
        return _embedded("短信", "短信只存在 sms.txt，不发出", "把 SMS_PROVIDER 设为真实的短信服务")
    return ok("短信", settings.SMS_PROVIDER.rpartition(".")[2])


def _embedded(part: str, seen: str, todo: str) -> Finding:
    """Fine while trying the product out, not with a production database."""
    return warn(part, seen, todo) if settings.EMBEDDED else bad(part, seen, todo)


def calendar(by: Act) -> Iterator[Finding]:
    """Whether the rest and working days of this year and the next are known (通知 二(五)、(六))."""
    known = set(WorkdayYear.objects.values_list("year", flat=True))
    if by.on.year in known:
        yield ok("节假日", f"{by.on.year} 年已录入")
    else:
        yield bad("节假日", f"{by.on.year} 年没有录入，各项期限只是暂定", "按国务院办公厅通知录入")
    if by.on.year + 1 in known:
        yield ok("节假日", f"{by.on.year + 1} 年已录入")
    else:
        yield warn("节假日", f"{by.on.year + 1} 年没有录入，届时的期限为暂定", "通知发布（通常在 11 月）后录入")


def secrets() -> Finding:
    """Nothing of a trial is left in production."""
    faults = []
    if settings.DEBUG:
        faults.append("DEBUG 开着")
    if "*" in settings.ALLOWED_HOSTS or not settings.ALLOWED_HOSTS:
        faults.append("ALLOWED_HOSTS 没有写明")
    if settings.REHEARSAL:
        faults.append("演练时钟开着")
    if not settings.EMBEDDED and not settings.HTTPS:
        faults.append("HTTPS 关着")
    if not settings.EMBEDDED and "127.0.0.1" in settings.SITE_URL:
        faults.append("SITE_URL 还是本机地址")
    if faults:
        return (warn if settings.EMBEDDED else bad)("设置", "、".join(faults), "改好环境变量后重启")
    kept = settings.DATA_DIR / "keys.json"
    if kept.exists() and kept.stat().st_mode & 0o077:
        return bad("设置", "keys.json 其他用户也能读", f"chmod 600 {kept}")
    return ok("设置", "密钥齐全，没有试用时的设置")
