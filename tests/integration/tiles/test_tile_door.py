"""The door of tiles: addresses, keys, entity tags, what is kept for how long, what a set says."""

from __future__ import annotations

import asyncio
import gzip
import re

import pytest

from api.quick_reads import LAYOUT_FRESH_S, QuickReads
from api.tile_store import FRESH_S, TileStore
from geo_data.database import open_pool
from geo_data.features.tile_sets import TILE_SETS
from geo_data.features.tiles import TileAsked
from geo_data.features.web_mercator import Tile, tile_at
from geo_data.patience import TooSlow, quick
from geo_data.rights import RowFilter
from tests import city
from tests.api_house import CITY
from tests.map_tiles import address, decoded, fetched

AT = tile_at(*CITY.middle(4, 4), 12)
HERE = f"12/{AT.x}/{AT.y}"


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("cells/12/-1/0", 400, "x must be a whole number"),
        ("cells/12/0/1.5", 400, "y must be a whole number"),
        ("cells/1e1/0/0", 400, "z must be a whole number"),
        ("cells/012/0/0", 400, "z must be a whole number"),
        ("cells/12/%EF%BC%91/0", 400, "x must be a whole number"),
        ("cells/12/" + "9" * 400 + "/0", 400, "x must be a whole number"),
        ("cells/12/0x10/0", 400, "x must be a whole number"),
        ("cells/12/%00/0", 400, "x must be a whole number"),
        ("cells/12/1%27%20OR%201=1/0", 400, "x must be a whole number"),
        ("cells/12/4096/0", 404, "no tile 12/4096/0"),
        ("cells/12/0/4096", 404, "no tile 12/0/4096"),
        ("cells/23/0/0", 404, "no tile 23/0/0"),
        ("cells/8/0/0", 404, "from zoom 9"),
        ("heat/13/0/0", 404, "to 12"),
        (f"nothing/{HERE}", 404, "there are: cells"),
        (f"area_facts/{HERE}", 404, "there are: cells"),
    ],
)
async def test_an_address_that_is_none_is_a_problem(admin, path, status, says):
    got = await admin.get(f"/tiles/{path}.mvt")
    assert (got.status_code, got.headers["content-type"]) == (status, "application/problem+json")
    assert says in got.json()["detail"]


@pytest.mark.parametrize(
    ("name", "query", "kind"),
    [
        ("cells", "datetime=2026-01-01T00:00:00Z", "unknown-parameter"),
        ("cells", "as_of=yesterday", "invalid-parameter"),
        ("cells", "as_of=2026-02-30T00:00:00Z", "invalid-parameter"),
        ("cells", "as_of=2026-01-01T00:00:00Z&as_of=2026-01-01T00:00:00Z", "invalid-parameter"),
        ("cells", "limit=1", "unknown-parameter"),
        ("cases", "as_of=2026-01-01", "invalid-parameter"),
        ("cases", "datetime=../..", "invalid-parameter"),
        ("heat", "datetime=2026-01-02T00:00:00Z/2026-01-01T00:00:00Z", "invalid-parameter"),
    ],
)
async def test_a_parameter_that_is_none_is_a_problem(admin, name, query, kind):
    for path in (f"/tiles/{name}/{HERE}.mvt", f"/tiles/{name}.json"):
        got = await admin.get(f"{path}?{query}")
        assert (got.status_code, got.json()["type"]) == (400, f"/problems/{kind}")


async def test_without_a_readers_key_there_are_none(house):
    for path in (f"/tiles/cells/{HERE}.mvt", "/tiles/cells.json"):
        async with house.client() as nobody, house.client("citizen") as citizen:
            assert (await nobody.get(path)).status_code == 401
            assert (await citizen.get(path)).status_code == 403


async def test_who_has_a_tile_already_is_told_so(house, admin):
    path = f"/tiles/cells/{HERE}.mvt"
    packed = await admin.get(path)
    plain = await admin.get(path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content, "the client unpacked it"
    tags = {one.headers["etag"] for one in (packed, plain)}
    assert len(tags) == 2
    assert all(re.fullmatch(r'"[0-9a-f]{32}(-gzip)?"', tag) for tag in tags)
    for one in (packed, plain):
        assert one.headers["cache-control"] == "private, max-age=60"
        assert set(one.headers["vary"].split(", ")) == {"Accept-Encoding", "Authorization"}
    tag = packed.headers["etag"]
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await admin.get(path, headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "private, max-age=60"
    assert (await admin.get(path, headers={"If-None-Match": '"other"'})).status_code == 200
    empty = await admin.get("/tiles/cells/12/0/0.mvt")
    assert (empty.status_code, empty.content) == (204, b"")
    assert empty.headers["cache-control"] == "private, max-age=60"
    assert "Authorization" in empty.headers["vary"]


async def test_what_is_packed_is_packed_once_and_unpacks_to_the_tile(house, admin):
    async with admin.stream("GET", f"/tiles/cells/{HERE}.mvt") as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert decoded(gzip.decompress(raw), AT)["cells"]


async def test_a_set_says_what_its_tiles_hold(house, admin):
    await house.file(4, 4)
    for name, one in TILE_SETS.items():
        told = (await admin.get(f"/tiles/{name}.json")).json()
        assert told["tilejson"] == "3.0.0"
        assert told["tiles"] == [f"{house.base}/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt"]
        west, south, east, north = told["bounds"]
        assert (west, south) == pytest.approx((city.WEST, city.SOUTH))
        assert west < told["center"][0] < east
        assert south < told["center"][1] < north
        layers = {layer["id"]: layer for layer in told["vector_layers"]}
        assert min(layer["minzoom"] for layer in layers.values()) == told["minzoom"]
        assert max(layer["maxzoom"] for layer in layers.values()) == told["maxzoom"]
        if name == "places":
            continue  # there are none here
        for z in (told["minzoom"], told["maxzoom"]):
            found = await fetched(admin, name, tile_at(*CITY.middle(4, 4), z))
            for layer, features in found.items():
                assert layers[layer]["minzoom"] <= z <= layers[layer]["maxzoom"]
                for feature in features:
                    assert feature.properties.keys() <= layers[layer]["fields"].keys()
            assert found, (name, one)


async def test_a_set_of_another_time_leads_to_tiles_of_that_time(admin):
    told = (
        await admin.get("/tiles/cells.json", params={"as_of": "1995-06-01T00:00:00+08:00"})
    ).json()
    template = told["tiles"][0]
    at = tile_at(*told["center"][:2], 12)
    url = template.replace("{z}", "12").replace("{x}", str(at.x)).replace("{y}", str(at.y))
    got = await admin.get(url)
    assert {f.properties["name"][0] for f in decoded(got.content, at)["cells"]} == {"旧"}


EVERYTHING = RowFilter("3707/", "", masked=False)


@pytest.fixture
async def store(house):
    """A store with a clock that stands still."""

    class Clock:
        now = 100.0

    async with open_pool(house.url, schema=house.schema, most=2, single=quick(5)) as pool:
        reads = QuickReads(pool, 2, lambda: Clock.now)
        made = TileStore(reads, monotonic=lambda: Clock.now)
        made.clock, made.reads = Clock, reads
        yield made


def case_asked(rights=EVERYTHING, z=9):
    return TileAsked(TILE_SETS["cases"], tile_at(*CITY.middle(1, 1), z), rights)


async def test_a_tile_of_cases_is_no_older_than_promised(house, store):
    before = await store.get(case_asked())
    await house.file(1, 1)
    store.clock.now += FRESH_S - 0.01
    assert await store.get(case_asked()) is before
    store.clock.now += 0.02
    assert (await store.get(case_asked())).plain != before.plain


async def test_no_one_gets_what_was_drawn_for_others(house, store):
    await house.file(1, 1)
    seen = await store.get(case_asked())
    same = RowFilter("3707/", "key:another", masked=False)
    assert await store.get(case_asked(same)) is seen, "who asks is no part of what is seen"
    others = [
        RowFilter("3707/", "", masked=True),
        RowFilter("3707/", "", masked=False, department="water"),
        RowFilter("3707/370799/", "", masked=False),
        RowFilter(None, "", masked=False),
    ]
    drawn = [await store.get(case_asked(rights)) for rights in others]
    assert all(one is not seen for one in drawn)
    assert [one.plain for one in drawn[1:]] == [b"", b"", b""]


async def test_a_new_layout_is_seen_as_soon_as_promised(house, store):
    assert await store.reads.layout() == house.layout
    async with house.database() as conn:
        await conn.execute("UPDATE layouts SET valid_to = now() WHERE id = %s", (house.layout,))
        ((new,),) = await (
            await conn.execute(
                "INSERT INTO layouts (name, source, valid_from) SELECT 'newer', 'made up', valid_to"
                " FROM layouts WHERE id = %s RETURNING id",
                (house.layout,),
            )
        ).fetchall()
        try:
            store.clock.now += LAYOUT_FRESH_S - 0.01
            assert await store.reads.layout() == house.layout
            store.clock.now += 0.02
            assert await store.reads.layout() == new
            cells = TILE_SETS["cells"]
            old = await store.get(TileAsked(cells, AT, EVERYTHING, house.layout))
            assert old.plain
            assert (await store.get(TileAsked(cells, AT, EVERYTHING, new))).plain == b""
        finally:
            await conn.execute("DELETE FROM layouts WHERE id = %s", (new,))
            await conn.execute("UPDATE layouts SET valid_to = NULL WHERE id = %s", (house.layout,))


async def test_a_tile_that_takes_too_long_is_given_up(house):
    asked = TileAsked(TILE_SETS["cells"], AT, EVERYTHING, house.layout)
    async with open_pool(house.url, schema=house.schema, single=quick(0.05)) as pool:
        store = TileStore(QuickReads(pool, 1))
        async with house.database() as other, other.transaction():
            await other.execute("LOCK TABLE areas IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(TooSlow, match="tile of cells takes too long"):
                await store.get(asked)
    async with open_pool(house.url, schema=house.schema, single=quick(5)) as pool:
        assert (await TileStore(QuickReads(pool, 1)).get(asked)).plain


async def test_connections_that_were_lost_are_not_noticed(house, store):
    store.clock.now += 10 * FRESH_S
    pids, pool = [], store.reads._pool
    async with pool.connection() as one, pool.connection() as two:
        pids = [one.info.backend_pid, two.info.backend_pid]
    async with house.database() as conn:
        await conn.execute("SELECT pg_terminate_backend(pid, 2000) FROM unnest(%s) AS pid", (pids,))
    for z in (9, 10, 11):
        assert (await store.get(case_asked(z=z))).plain


async def test_a_map_that_asks_for_many_tiles_at_once_gets_them_all(house, admin):
    _, x, y = tile_at(*CITY.middle(4, 4), 18)
    wanted = [Tile(18, x + i, y + j) for i in range(8) for j in range(8)]
    got = await asyncio.gather(*(admin.get(address("cells", at)) for at in wanted))
    assert {one.status_code for one in got} == {200}
