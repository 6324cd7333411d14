"""Pages for people (`/conf/html/definition`, `/conf/html/content`), and which form is sent."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from api.ogc import pages
from tests.api_house import CITY
from tests.integration.ogc.asking import CASES, CELLS, ROOT
from tests.winding import BEGAN

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PATHS = ("/ogc", "/ogc/conformance", "/ogc/api", ROOT, f"{ROOT}/cells", CELLS, CASES)


class Page(HTMLParser):
    """What a page is made of; an element that is not closed again is an error."""

    EMPTY = frozenset({"meta", "link", "input", "br"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


async def page(client, path, **params):
    answer = await client.get(path, params={"f": "html"} | params)
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer


@pytest.mark.parametrize("path", [*PATHS, f"{CELLS}/{CITY.code(0, 0)}"])
async def test_html_definition_and_content(house, analyst, path):
    """Both languages, nothing from outside, no script, links that lead somewhere."""
    await house.file(1, 1)
    answer = await page(analyst, path)
    told = Page(answer.text)
    assert answer.text.startswith("<!doctype html>")
    assert ("html", "lang", "zh-Hans") in told.attributes
    assert ("span", "lang", "en") in told.attributes
    assert {"title", "main", "nav", "h1"} <= set(told.tags)
    assert not {"script", "img", "iframe", "object", "form"} & set(told.tags)
    names = {name for _, name, _ in told.attributes}
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]
    links = {value for tag, name, value in told.attributes if (tag, name) == ("a", "href")}
    for link in sorted(links)[:20]:
        if not link.startswith("#"):
            assert link.startswith(house.base)
            assert (await analyst.get(link)).status_code == 200, link


@pytest.mark.parametrize("path", PATHS)
async def test_pages_run_nothing_and_fetch_nothing(analyst, path):
    answer = await page(analyst, path)
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["script-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/=]+'", policy["style-src"])
    assert "unsafe" not in str(policy)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, "application/geo+json"),
        ("*/*", "application/geo+json"),
        ("application/geo+json, application/json", "application/geo+json"),
        ("application/json", "application/geo+json"),
        (BROWSER, "text/html; charset=utf-8"),
        ("text/html", "text/html; charset=utf-8"),
        ("text/html;q=0.5, application/json;q=0.4", "text/html; charset=utf-8"),
        ("text/html;q=0.5, application/geo+json", "application/geo+json"),
        ("text/html;q=odd", "application/geo+json"),
        ("application/xml", "application/geo+json"),
        (",;,", "application/geo+json"),
    ],
)
async def test_the_form_that_the_client_likes_best(analyst, accept, media):
    answer = await analyst.get(CELLS, headers={"Accept": accept} if accept else {})
    assert answer.headers["content-type"] == media


async def test_f_goes_before_accept(analyst):
    asked = await analyst.get(CELLS, params={"f": "json"}, headers={"Accept": BROWSER})
    assert asked.headers["content-type"] == "application/geo+json"


async def test_a_browser_logs_in_with_the_key_as_password(house):
    async with house.client() as client:
        closed = await client.get("/ogc", headers={"Accept": BROWSER})
        assert closed.status_code == 401
        assert "Basic" in closed.headers["www-authenticate"]
        opened = await client.get(
            "/ogc", headers={"Accept": BROWSER}, auth=("anybody", house.key["analyst"])
        )
        assert opened.status_code == 200


async def test_what_people_wrote_is_shown_and_not_run(house, analyst):
    words = "<script>alert(1)</script>\"'&"
    async with house.database() as conn:
        await conn.execute(
            "UPDATE areas SET name = %s WHERE layout <> %s AND code LIKE '%%001'",
            (words, house.layout),
        )
    answer = await page(analyst, CELLS, as_of=BEGAN)
    assert "<script" not in answer.text
    assert answer.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2, "table and map"


async def test_the_map_has_a_shape_for_each_feature_that_leads_to_it(house, analyst):
    told = Page((await page(analyst, CELLS, limit=10)).text)
    drawn = [value for tag, name, value in told.attributes if (tag, name) == ("path", "d")]
    assert len(drawn) == 10
    assert all(re.fullmatch(r"M[\d. L]+Z", d) for d in drawn)
    case = await house.file(2, 5)
    told = Page((await page(analyst, CASES, number=case.number)).text)
    assert "circle" in told.tags


@pytest.mark.parametrize("path", [CELLS, f"{CELLS}/{CITY.code(0, 0)}"])
async def test_borders_that_a_program_drew_are_called_so(house, analyst, path):
    assert "由程序绘制" in (await page(analyst, path)).text
    case = await house.file(2, 5)
    assert "由程序绘制" not in (await page(analyst, f"{CASES}/{case.id}")).text


async def test_a_page_without_features_says_so(analyst):
    answer = await page(analyst, CELLS, bbox="0,0,1,1")
    assert "没有符合条件且此密钥可见的要素" in answer.text
    assert "<svg" not in answer.text


async def test_pages_lead_to_the_next_page_and_keep_what_was_asked(analyst):
    answer = await page(analyst, CELLS, limit=60, synthetic="true")
    [following] = set(re.findall(r'href="([^"]*after=[^"]*)" rel="next"', answer.text))
    last = await analyst.get(following.replace("&amp;", "&"))
    assert last.headers["content-type"].startswith("text/html")
    assert last.text.count('<th scope="row">') == 4
    assert 'rel="next"' not in last.text


async def test_a_page_for_people_has_no_more_than_a_browser_shows(analyst, monkeypatch):
    """To make one takes long, and everybody else waits."""
    monkeypatch.setattr(pages, "MOST", 10)
    answer = await page(analyst, CELLS, limit=10_000)
    assert answer.text.count('<th scope="row">') == 10
    assert 'rel="next"' in answer.text


@pytest.mark.parametrize("host", ["a b", '"><script>', "x" * 500, "[::1", "a,b", "%00"])
async def test_an_odd_host_breaks_nothing(analyst, host):
    for form in ("json", "html"):
        answer = await analyst.get(CELLS, params={"f": form}, headers={"Host": host})
        assert answer.status_code in (200, 400)
        assert "<script>" not in answer.text or form == "json"
