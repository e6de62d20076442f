"""Whether two portraits are the same picture, saved or scaled anew: a difference hash (rules E8).

It compares pictures, not faces: somebody who was photographed anew is not recognised by it, and it decides nothing.
Portraits on white ground share their outline, so the hash looks at the middle, where the face is, in 16 by 16 steps.
"""

from __future__ import annotations

from collections.abc import Sequence

SIDE = 16
COLUMNS, ROWS = 25, 24  # the whole picture; the outer fifth, where the ground is, says little
SIDES, TOP = 4, 3
BITS = SIDE * SIDE
ALIKE = 9  # of 256 bits; the same picture at half the size or poor quality differs in fewer


def difference_hash(grey: Sequence[int]) -> int:
    """256 bits of a picture of COLUMNS × ROWS grey values: whether each is brighter than its neighbour to the right.

    Differences below the grain of a JPEG count as none.
    """
    bits = 0
    for row in range(TOP, TOP + SIDE):
        for column in range(SIDES, SIDES + SIDE):
            at = row * COLUMNS + column
            bits = bits << 1 | (grey[at] > grey[at + 1] + 1)
    return bits


def distance(one: int, other: int) -> int:
    """In how many bits two hashes differ."""
    return (one ^ other).bit_count()


def are_alike(one: int, other: int) -> bool:
    """Near enough for a human to look."""
    return distance(one, other) <= ALIKE
