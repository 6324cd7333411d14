"""Array literals: what goes in as one text comes back as the very items."""

import pytest

from geo_data.arrays import plain, quoted
from geo_data.database import connect
from tests import services

TEXTS = (
    "",
    "NULL",
    "a,b",
    "{x}",
    'said "so"',
    "C:\\temp\\",
    '\\"',
    " spaces ",
    "two\nlines",
    "东门外垃圾堆放",
    '{"key":"值"}',
    "{}",
    '{"a","b"}',
    "😀",
)


async def read(literal: str, kind: str):
    async with connect(services.database_url()) as conn:
        found = await conn.execute(f"SELECT unnest(%s::{kind}[])", [literal])
        return [row[0] for row in await found.fetchall()]


@pytest.mark.parametrize("text", TEXTS)
async def test_any_text_comes_back(text):
    assert await read(quoted([text]), "text") == [text]


async def test_all_of_them_in_their_order_and_nothing_as_null():
    assert await read(quoted([*TEXTS, None]), "text") == [*TEXTS, None]


@pytest.mark.parametrize(
    ("items", "kind", "wanted"),
    [
        ((), "int", []),
        (("1", "-2", None), "int", [1, -2, None]),
        (("True", "False"), "bool", [True, False]),
        (("2.5e-07",), "float8", [2.5e-07]),
    ],
)
async def test_numbers_and_truths_need_no_quotes(items, kind, wanted):
    assert await read(plain(items), kind) == wanted
