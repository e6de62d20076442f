"""Portraits that people send: what is taken, what is refused and with which word."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageFile, ImageOps, PngImagePlugin

from kupasi.errors import Refusal
from kupasi.people.models import Photo
from kupasi.people.photos import HEIGHT, WIDTH, _manageable, check_photo, keep_photo
from kupasi.people.storage import private_storage
from tests.builders import a_candidate, act, photo_bytes

SENTINEL = b"SENTINEL-CAMERA"


def portrait(**kwargs: object) -> Image.Image:
    return Image.open(io.BytesIO(photo_bytes(**kwargs)))  # type: ignore[arg-type]  # passed through


def saved(image: Image.Image, fmt: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, fmt, **options)
    return out.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    """A few hundred bytes that claim to be an enormous picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def png_with_text_bomb() -> bytes:
    """A compressed comment that grows to 60 MB."""
    info = PngImagePlugin.PngInfo()
    info.add_text("a", "x" * 60_000_000, zip=True)
    return saved(portrait(), "PNG", pnginfo=info)


def camera_jpeg(*, turned: bool = False) -> bytes:
    """A phone's picture with place and maker; `turned` lies on its side and says so."""
    image = portrait()
    exif = Image.Exif()
    exif[0x010F] = SENTINEL.decode()
    exif.get_ifd(0x8825)[1] = "N"
    if turned:
        image, exif[0x0112] = image.rotate(90, expand=True), 6
    return saved(image, exif=exif, comment=SENTINEL, quality=92)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "zero bytes": (lambda: b"", "empty"),
    "white space": (lambda: b" " * 2000, "type"),
    "html": (lambda: b"<html><script>alert(1)</script></html>", "type"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "type"),
    "bmp": (lambda: saved(portrait(), "BMP"), "type"),
    "tiff": (lambda: saved(portrait(), "TIFF"), "type"),
    "gif": (lambda: saved(portrait(), "GIF"), "type"),
    "webp": (lambda: saved(portrait(), "WEBP"), "type"),
    "pdf": (lambda: saved(portrait(), "PDF"), "type"),
    "eps": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run\n", "type"),
    "psd": (lambda: b"8BPS" + b"\0" * 100, "type"),
    "fits": (lambda: b"SIMPLE  =                    T" + b" " * 2850, "type"),
    "gzip": (lambda: b"\x1f\x8b" + b"\0" * 100, "type"),
    "900 megapixels": (lambda: png_that_says(30_000, 30_000), "too_many_pixels"),
    "60 megapixels": (lambda: png_that_says(6000, 10_000), "too_many_pixels"),
    "two thousand million wide": (lambda: png_that_says(2_000_000_000, 1), "too_many_pixels"),
    "no width": (lambda: png_that_says(0, 100), "broken"),
    "magic alone": (lambda: b"\xff\xd8\xff", "broken"),
    "png magic alone": (lambda: b"\x89PNG\r\n\x1a\n", "broken"),
    "cut off": (lambda: photo_bytes()[: len(photo_bytes()) // 2], "broken"),
    "png cut off": (lambda: photo_bytes(fmt="PNG")[:900], "broken"),
    "eleven megabytes": (lambda: photo_bytes() + b"\0" * 11_000_000, "too_big"),
    "one pixel": (lambda: saved(Image.new("RGB", (1, 1), "white")), "too_small"),
    "a thumbnail": (lambda: saved(portrait().resize((200, 280))), "too_small"),
    "landscape": (lambda: photo_bytes(width=900, height=600), "ratio"),
    "square": (lambda: photo_bytes(width=800, height=800), "ratio"),
    "a ribbon": (lambda: photo_bytes(width=400, height=2400), "ratio"),
    "blue ground": (lambda: photo_bytes(ground="#438edb"), "ground"),
    "red ground": (lambda: photo_bytes(ground="#d9001b"), "ground"),
    "dark ground": (lambda: photo_bytes(ground="#777777"), "ground"),
    "nobody in it": (lambda: saved(Image.new("RGB", (590, 826), "white")), "blank"),
    "a comment that explodes": (png_with_text_bomb, "broken"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_picture_that_will_not_do_is_refused_with_its_word(name: str) -> None:
    made, code = REFUSED[name]
    with pytest.raises(Refusal) as caught:
        check_photo(made())
    assert caught.value.code == code
    assert "请" in caught.value.sentence


def test_a_pdf_made_before_does_not_loosen_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as importing WeasyPrint leaves it
    made, code = REFUSED["cut off"]
    with pytest.raises(Refusal) as caught:
        check_photo(made())
    assert caught.value.code == code


TAKEN: dict[str, Callable[[], bytes]] = {
    "jpeg": photo_bytes,
    "png": lambda: photo_bytes(fmt="PNG"),
    "three to four": lambda: photo_bytes(width=600, height=800),
    "two to three": lambda: photo_bytes(width=600, height=900),
    "a phone's twelve megapixels": lambda: photo_bytes(width=3000, height=4000),
    "exactly the size": lambda: photo_bytes(width=295, height=413),
    "off-white wall": lambda: photo_bytes(ground="#e4e2de"),
    "grey scale": lambda: saved(portrait().convert("L")),
    "cmyk": lambda: saved(portrait().convert("CMYK")),
    "palette": lambda: saved(portrait().quantize(64), "PNG"),
    "transparent ground": lambda: saved(cut_out(), "PNG"),
    "progressive": lambda: saved(portrait(), progressive=True),
    "html behind the end": lambda: photo_bytes() + b"<script>alert(1)</script>",
    "a large png": lambda: photo_bytes(width=2950, height=4130, fmt="PNG"),
    "a large one with a transparent ground": lambda: saved(cut_out().resize((2950, 4130)), "PNG"),
    "a large palette": lambda: saved(portrait(width=2950, height=4130).quantize(64), "PNG"),
    "sixteen bits of grey": lambda: saved(sixteen_bits(), "PNG"),
    "camera's notes": camera_jpeg,
    "lying on its side": lambda: camera_jpeg(turned=True),
}


def cut_out() -> Image.Image:
    """The portrait with its white made transparent."""
    image = portrait(fmt="PNG")
    mask = image.convert("L").point([0 if value > 250 else 255 for value in range(256)])
    image.putalpha(mask)
    return image


def sixteen_bits() -> Image.Image:
    """A scanner's grey picture."""
    grey = portrait(width=2950, height=4130).convert("L")
    return grey.convert("I").point(lambda value: value * 257).convert("I;16")


@pytest.mark.parametrize("name", TAKEN)
def test_a_good_picture_comes_out_in_one_size_and_nothing_but_pixels(name: str) -> None:
    content = check_photo(TAKEN[name]())
    image = Image.open(io.BytesIO(content))
    image.load()
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (WIDTH, HEIGHT))
    assert 20 * 1024 <= len(content) <= 200 * 1024
    assert not dict(image.getexif())
    assert not [word for word in (SENTINEL, b"<script", b"Exif", b"GPS") if word in content]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16", "CMYK"])
def test_millions_of_pixels_are_held_once(mode: str) -> None:
    assert max(_manageable(Image.new(mode, (4000, 5600))).size) < 2000


def test_a_picture_on_its_side_is_put_upright() -> None:
    upright, turned = (Image.open(io.BytesIO(check_photo(camera_jpeg(turned=flag)))) for flag in (False, True))
    difference = ImageOps.grayscale(upright).resize((8, 8)), ImageOps.grayscale(turned).resize((8, 8))
    pairs = zip(*(image.tobytes() for image in difference), strict=True)
    assert max(abs(one - other) for one, other in pairs) < 12


def test_a_noisy_picture_stays_under_the_limit() -> None:
    noise = Image.effect_noise((590, 826), 90).convert("RGB")
    picture = portrait().convert("RGB")
    picture.paste(noise.crop((120, 180, 470, 826)), (120, 180))
    assert len(check_photo(saved(picture, quality=100))) <= 200 * 1024


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    tracemalloc.start()
    with pytest.raises(Refusal):
        check_photo(png_that_says(30_000, 30_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.django_db
def test_a_portrait_is_kept_encrypted_under_a_name_that_says_nothing() -> None:
    person = a_candidate()
    photo = keep_photo(person, photo_bytes(), by=act(person.user))
    name = str(photo.file.name)
    with open(private_storage.path(name), "rb") as file:
        sealed = file.read()
    assert not sealed.startswith(b"\xff\xd8")
    with photo.file.open() as opened:
        assert opened.read().startswith(b"\xff\xd8\xff")
    assert name.startswith("photos/")
    assert person.name not in name


@pytest.mark.django_db
def test_the_same_picture_is_kept_once_and_a_new_one_is_a_new_row() -> None:
    person = a_candidate()
    first = keep_photo(person, photo_bytes(), by=act(person.user))
    assert keep_photo(person, photo_bytes(), by=act(person.user)).pk == first.pk
    keep_photo(person, photo_bytes(ground="#f2f2f2"), by=act(person.user))
    assert Photo.objects.filter(candidate=person).count() == 2
