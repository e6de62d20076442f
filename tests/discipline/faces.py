"""Drawn portraits that differ as people do: width and height of the face, hair, eyes, glasses, nose, mouth, clothes."""

from __future__ import annotations

import io
from random import Random

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

WIDTH, HEIGHT = 295, 413


def a_face(seed: int) -> Image.Image:
    """One person's portrait on white ground."""
    r = Random(seed)
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    x, half, tall = 147 + r.randint(-8, 8), 62 + r.randint(-10, 10), 85 + r.randint(-10, 10)
    y = 80 + r.randint(-15, 15) + tall
    hair, skin = (r.randint(10, 60),) * 3, (r.randint(190, 235), r.randint(160, 195), r.randint(130, 170))
    draw.ellipse((x - 150, y + tall + 10, x + 150, HEIGHT + 150), fill=tuple(r.randint(20, 200) for _ in range(3)))
    draw.rectangle((x - 25, y + tall - 25, x + 25, y + tall + 30), fill=skin)
    locks, top = r.randint(4, 16), r.randint(8, 20)
    draw.ellipse((x - half - locks, y - tall - top, x + half + locks, y + r.randint(0, 60)), fill=hair)
    draw.ellipse((x - half, y - tall + r.randint(8, 30), x + half, y + tall), fill=skin)
    eyes, apart, glasses = y - r.randint(0, 15), 26 + r.randint(-6, 6), r.random() < 0.4
    for side in (x - apart, x + apart):
        draw.ellipse((side - 10, eyes - 5, side + 10, eyes + 5), fill=(40, 30, 30))
        draw.rectangle((side - 14, eyes - 22, side + 14, eyes - 16), fill=hair)
        if glasses:
            draw.rectangle((side - 18, eyes - 12, side + 18, eyes + 12), outline=(20, 20, 20), width=3)
    draw.polygon((x - 6, eyes + 40, x + 8, eyes + 40, x, eyes + 10), fill=tuple(one - 25 for one in skin))
    mouth, wide = y + r.randint(35, 50), r.randint(16, 26)
    draw.ellipse((x - wide, mouth - 5, x + wide, mouth + 6), fill=(170, 70, 70))
    return image.filter(ImageFilter.GaussianBlur(1.5))


def saved(image: Image.Image, quality: int = 92) -> bytes:
    """As a JPEG file."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def again(image: Image.Image) -> bytes:
    """The same picture as somebody would send it elsewhere: half the size and back, brighter, poorer."""
    small = image.resize((WIDTH // 2, HEIGHT // 2)).resize((WIDTH, HEIGHT))
    return saved(ImageEnhance.Brightness(small).enhance(1.08), 60)
