"""Made-up people: names, numbers with right check digits, drawn portraits. None of them exists."""

from __future__ import annotations

import functools
import io
from datetime import date, timedelta
from random import Random

from PIL import Image, ImageDraw

from kupasi.people.enums import DocumentKind, Education
from kupasi.people.rules import check_character
from kupasi.people.services.persons import PersonFacts

FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "子涵梓轩雨桐浩然欣怡宇航诗琪俊杰思远佳宁明哲若溪嘉树清妍一鸣书瑶景行晓彤天佑静姝"
RARE = ("欧阳䶮", "上官㛃", "阿依努尔·买买提", "𠅤文博")
EMPLOYERS = ("演示数据科技", "演示智能制造", "演示传媒", "演示物流", "")
AREAS = ("310101", "310104", "310105", "310106", "310107", "310109", "310110", "310112", "320102", "330106")
SKIN, HAIR, COAT = (
    ("#e7c0a0", "#d9b08c", "#c79a73"),
    ("#1d1a18", "#2f2622", "#473529"),
    ("#30466b", "#5b6770", "#7a3b3b"),
)


class Crowd:
    """An endless, repeatable crowd: the same seed makes the same people, except where a number is already known."""

    def __init__(self, random: Random, *, on: date) -> None:
        self.random = random
        self.on = on
        self.serial = 0

    def person(self, *, name: str = "") -> PersonFacts:
        """Somebody between 17 and 55 with a phone of the 199 range and, nearly always, a resident id."""
        self.serial += 1
        born = self.on - timedelta(days=self.random.randint(17 * 366, 55 * 365))
        phone = f"1990{self.serial:07d}"
        facts = PersonFacts(
            name=name or self._name(),
            kind=DocumentKind.RESIDENT_ID,
            number=self._resident_id(born),
            phone=phone,
            education=self.random.choice(list(Education)[3:7]).value,
            employer=self.random.choice(EMPLOYERS),
        )
        return facts

    def _name(self) -> str:
        if self.serial % 40 == 7:
            return RARE[self.serial // 40 % len(RARE)]
        start = self.random.randrange(len(GIVEN) // 2) * 2
        given = GIVEN[start : start + self.random.choice((1, 2, 2, 2))]
        return self.random.choice(FAMILY) + given

    def _resident_id(self, born: date) -> str:
        """The serial stands in the three digits before the check digit and in the area, so that none comes twice."""
        area = AREAS[self.serial // 1000 % len(AREAS)]
        stem = f"{area}{born:%Y%m%d}{self.serial % 1000:03d}"
        return stem + check_character(stem)


@functools.cache
def portrait(number: int) -> bytes:
    """One of a dozen drawn portraits on a white ground, as a JPEG of 590×826 pixels."""
    skin, hair, coat = SKIN[number % 3], HAIR[number // 3 % 3], COAT[number // 2 % 3]
    image = Image.new("RGB", (590, 826), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((-20, 610, 610, 1150), fill=coat)
    draw.rectangle((245, 520, 345, 660), fill=skin)
    draw.polygon([(215, 640), (375, 640), (295, 740)], fill="white")
    draw.ellipse((165, 150, 425, 430), fill=hair)
    draw.ellipse((180, 215, 410, 560), fill=skin)
    draw.pieslice((165, 150, 425, 470), 180, 360 if number % 2 else 340, fill=hair)
    for x in (245, 345):
        draw.ellipse((x - 14, 370, x + 14, 388), fill="#2a2a2a")
    draw.arc((255, 430, 335, 490), 20, 160, fill="#8c4a3f", width=6)
    draw.line((295, 395, 288, 440), fill="#b08a6c", width=5)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92)
    return out.getvalue()
