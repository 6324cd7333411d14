"""On which side of a line does a point lie? Never wrong, and nearly always fast.

         b
        /          side(a, b, p) = +1: p lies to the left when one looks from a to b
    p  /                            -1: to the right, 0: on the line
      a

The side is the sign of (b − a) × (p − a). Three roundings can make each of the two products wrong
by 3 · 2⁻⁵³ of its size, so a difference that is greater than that is right in sign (`UNSURE`
has some to spare, and `TINY` covers products that run out of exponent). What the filter lets not
through, about one random point in a million, is worked out without any rounding: a difference of
two numbers is exactly a sum of two, a product of two is exactly a sum of two, and the sign of a
sum of sixteen is that of its largest part once no two parts overlap (Shewchuk, Adaptive Precision
Floating-Point Arithmetic and Fast Robust Geometric Predicates, 1997).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.compiled import compiled

if TYPE_CHECKING:
    from grid.cells.compiled import Floats

#: A difference of products is right in sign beyond this part of their sum, and `TINY`.
UNSURE: Final = 4.5e-16
TINY: Final = 1e-290
#: 2²⁷ + 1 cuts a number into two halves of 26 bits (Dekker).
_SPLITTER: Final = 134217729.0
_PARTS: Final = 16


@compiled
def side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """+1 where p lies left of a → b, -1 right of it, 0 on the line through both. Exact."""
    left = (bx - ax) * (py - ay)
    right = (by - ay) * (px - ax)
    det = left - right
    if abs(det) > UNSURE * (abs(left) + abs(right)) + TINY:
        return 1 if det > 0.0 else -1
    return _exact_side(ax, ay, bx, by, px, py)


@compiled
def _exact_side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    total = np.zeros(_PARTS)
    _add_product(total, 0, bx, ax, py, ay, 1.0)
    _add_product(total, 8, by, ay, px, ax, -1.0)
    for i in range(_PARTS - 1, -1, -1):
        if total[i] != 0.0:
            return 1 if total[i] > 0.0 else -1
    return 0


@compiled
def _add_product(
    total: Floats, filled: int, p: float, q: float, r: float, s: float, sign: float
) -> None:
    """Add sign · (p − q) · (r − s) to the first `filled` parts, smallest first: eight more."""
    first, first_rest = _two_sum(p, -q)
    second, second_rest = _two_sum(r, -s)
    for f in (first_rest, first):
        for g in (second_rest, second):
            product, rest = _two_product(f * sign, g)
            for part in (rest, product):
                carry = part
                for i in range(filled):
                    carry, total[i] = _two_sum(carry, total[i])
                total[filled] = carry
                filled += 1


@compiled
def _two_sum(a: float, b: float) -> tuple[float, float]:
    """Rounded sum and what rounding lost: together exactly a + b (Knuth)."""
    total = a + b
    shadow = total - a
    return total, (a - (total - shadow)) + (b - shadow)


@compiled
def _two_product(a: float, b: float) -> tuple[float, float]:
    """Rounded product and what rounding lost: together exactly a · b (Dekker)."""
    product = a * b
    big = _SPLITTER * a
    a_high = big - (big - a)
    a_low = a - a_high
    big = _SPLITTER * b
    b_high = big - (big - b)
    b_low = b - b_high
    return product, a_low * b_low - (
        ((product - a_high * b_high) - a_low * b_high) - a_high * b_low
    )
