"""Portraits: looked at before they are decoded, normalised to one size and shape, kept without metadata (rules 3)."""

from __future__ import annotations

import hashlib
import io
import struct

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, ImageChops, ImageFile, ImageOps, ImageStat

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.errors import Refusal

from .models import Candidate, Photo
from .rules.likeness import COLUMNS, ROWS, difference_hash
from .signals import photo_kept

CLAUSE = "通知 二(五)"
WIDTH, HEIGHT = 295, 413
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 25_000_000}  # 100 MB while it is decoded
MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
RATIO_SLACK = 0.125  # cut away around the centre without asking
SMALLEST_FILE, LARGEST_FILE = 20 * 1024, 200 * 1024
QUALITIES = (95, 90, 85, 75)
WHITE_FROM, COLOUR_UNTIL, WHITE_SHARE = 190, 42, 0.8
PLAIN_BELOW = 6.0  # standard deviation of brightness in the middle: nobody is in the picture

SENTENCES = {
    "empty": "文件是空的，请重新选择照片。",
    "too_big": "照片超过 10 MB，请用手机相册的“压缩”或“编辑”功能缩小后再上传。",
    "type": "只接受 JPG 或 PNG 格式的照片，请把照片另存为 JPG 后再上传。",
    "too_many_pixels": "照片像素过大，请缩小到长边 5000 像素以内后再上传。",
    "broken": "照片文件不完整或已损坏，请重新导出或重新拍摄后上传。",
    "too_small": f"照片太小，至少需要 {WIDTH}×{HEIGHT} 像素，请上传原图，不要用截图或缩略图。",
    "ratio": f"照片应为竖版一寸照比例（宽 {WIDTH}、高 {HEIGHT}），请裁剪成竖版、人像居中后再上传。",
    "ground": "照片背景应为白色，请在白墙前重新拍摄，或换成白底证件照后再上传。",
    "blank": "照片里看不到人像，请上传本人近期正面免冠照片。",
}


def check_photo(data: bytes) -> bytes:
    """The portrait as a JPEG of 295×413 pixels and 20–200 KB without metadata.

    Refuses with empty, too_big, type, too_many_pixels, broken, too_small, ratio, ground or blank; every sentence says
    how to put it right.
    """
    image = _upright(_manageable(_decoded(data)))
    width, height = image.size
    if width < WIDTH or height < HEIGHT:
        raise _refused("too_small")
    if abs((width / height) / (WIDTH / HEIGHT) - 1) > RATIO_SLACK:
        raise _refused("ratio")
    small = ImageOps.fit(image, (WIDTH, HEIGHT), Image.Resampling.LANCZOS, centering=(0.5, 0.4))
    if not _has_white_ground(small):
        raise _refused("ground")
    if _is_blank(small):
        raise _refused("blank")
    return _encoded(small)


@transaction.atomic
def keep_photo(candidate: Candidate, data: bytes, *, by: Act) -> Photo:
    """Check a portrait and keep it for a person, under a random name, encrypted; the same picture is kept once."""
    content = check_photo(data)
    digest = hashlib.sha256(content).hexdigest()
    latest = Photo.objects.filter(candidate=candidate).order_by("-pk").first()
    if latest is not None and latest.sha256 == digest:
        return latest
    photo = Photo(candidate=candidate, sha256=digest, created_at=by.at)
    photo.file.save("photo.jpg", ContentFile(content), save=False)
    photo.save(force_insert=True)
    record(by, "photo.kept", photo, after={"sha256": digest})
    photo_kept.send(Photo, by=by, photo=photo, content=content)
    return photo


def fingerprint(content: bytes) -> int:
    """The picture's perceptual hash: alike for the same picture saved or scaled anew (see `rules.likeness`)."""
    with Image.open(io.BytesIO(content), formats=["JPEG"]) as image:
        small = image.convert("L").resize((COLUMNS, ROWS), Image.Resampling.BOX)
        return difference_hash(small.tobytes())


def _decoded(data: bytes) -> Image.Image:
    """The picture, opened by its first bytes with the one decoder that they name, its size judged before decoding."""
    if not data:
        raise _refused("empty")
    if len(data) > MOST_BYTES:
        raise _refused("too_big")
    kind = next((name for magic, name in MAGIC.items() if data.startswith(magic)), "")
    if not kind:
        raise _refused("type")
    try:
        ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns it on for the whole process when it is imported
        image = Image.open(io.BytesIO(data), formats=[kind])
        if image.width * image.height > MOST_PIXELS[kind]:
            raise _refused("too_many_pixels")
        image.draft("RGB", (WIDTH * 3, HEIGHT * 3))  # JPEG decodes to a fraction of its size
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refused("too_many_pixels") from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error) as error:
        raise _refused("broken") from error
    return image


def _manageable(image: Image.Image) -> Image.Image:
    """Brought near the size that is kept before any step copies it: many million pixels are held once, not thrice."""
    factor = min(image.size) // (HEIGHT * 2)
    if factor < 2:
        return image
    if image.mode in ("RGB", "L"):
        return image.reduce(factor)
    return image.resize((image.width // factor, image.height // factor), Image.Resampling.NEAREST)


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera says, without transparency, in RGB."""
    try:
        turned = ImageOps.exif_transpose(image)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, struct.error):
        turned = image  # damaged camera data says nothing
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        layered = turned.convert("RGBA")
        flat = Image.new("RGB", layered.size, "white")
        flat.paste(layered, mask=layered.getchannel("A"))
        return flat
    if turned.mode.startswith("I"):  # 16-bit grey
        turned = turned.point(lambda value: value / 256).convert("L")
    return turned.convert("RGB")


def _has_white_ground(image: Image.Image) -> bool:
    """Whether the strip above the head and those beside it are bright and without colour."""
    edge, top = WIDTH // 12, HEIGHT // 14
    strips = ((0, 0, WIDTH, top), (0, 0, edge, HEIGHT // 2), (WIDTH - edge, 0, WIDTH, HEIGHT // 2))
    return all(_white_share(image.crop(box)) >= WHITE_SHARE for box in strips)


def _white_share(strip: Image.Image) -> float:
    red, green, blue = strip.split()
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    lightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    bright = darkest.point([255 if value >= WHITE_FROM else 0 for value in range(256)])
    grey = ImageChops.subtract(lightest, darkest).point([255 if value <= COLOUR_UNTIL else 0 for value in range(256)])
    return ImageChops.darker(bright, grey).histogram()[255] / (strip.width * strip.height)


def _is_blank(image: Image.Image) -> bool:
    middle = image.crop((WIDTH // 4, HEIGHT // 6, WIDTH * 3 // 4, HEIGHT * 5 // 6)).convert("L")
    return ImageStat.Stat(middle).stddev[0] < PLAIN_BELOW


def _encoded(image: Image.Image) -> bytes:
    """JPEG of a fresh picture, so that nothing but its pixels travels on."""
    clean = Image.new("RGB", (WIDTH, HEIGHT))
    clean.paste(image)
    content = b""
    for quality in QUALITIES:
        out = io.BytesIO()
        clean.save(out, "JPEG", quality=quality, subsampling=0, optimize=True)
        content = out.getvalue()
        if len(content) <= LARGEST_FILE:
            break
    return _padded(content)


def _padded(content: bytes) -> bytes:
    """A plain picture compresses below 20 KB: JPEG's own fill bytes before the end marker bring it up to size."""
    missing = SMALLEST_FILE - len(content)
    return content if missing <= 0 else content[:-2] + b"\xff" * missing + content[-2:]


def _refused(code: str) -> Refusal:
    return Refusal(code, SENTENCES[code], CLAUSE)
