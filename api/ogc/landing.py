"""The landing page, what this door conforms to, and its OpenAPI document."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.access import Rights  # noqa: TC001 - read by the framework
from api.ogc import definition, filtering, pages, tilesets
from api.ogc.formats import HTML, JSON, OPENAPI, Format, answer, base, both, link, wanted
from api.ogc.parameters import PAGE, known_only

router = APIRouter()

TITLE = "网格数据 wangge data"
_WORDS = (
    "城市网格治理的区域、案件和报告。Areas, cases and reports of grid-based city governance, "
    "as far as this key sees them."
)

_PART_1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
_PART_2 = "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf"
CONFORMANCE = (
    f"{_PART_1}/core",
    f"{_PART_1}/oas30",
    f"{_PART_1}/geojson",
    f"{_PART_1}/html",
    f"{_PART_2}/crs",
    *filtering.CONFORMANCE,
    *tilesets.CONFORMANCE,
)


@router.get("/ogc")
@router.get("/ogc/")
async def get_landing(request: Request, _rights: Rights) -> Response:
    """What there is, as links."""
    known_only(request.query_params, PAGE)
    form, here = wanted(request), base(request)
    layouts = f"{here.href.removesuffix('/ogc')}/v1/layouts"
    document = {
        "title": TITLE,
        "description": _WORDS,
        "links": [
            *both(here, "", request.query_params, form),
            link(here.to("/api"), "service-desc", OPENAPI, "接口定义 / The API's definition"),
            link(here.to("/api", f="html"), "service-doc", HTML, "接口说明 / The API in words"),
            link(here.to("/conformance"), "conformance", JSON, "符合的标准 / Conformance"),
            link(here.to("/collections"), "data", JSON, "数据集 / Collections"),
            link(layouts, "related", JSON, "网格划分方案 / Layouts of cells"),
        ],
    }
    if form is Format.HTML:
        return pages.page("landing.html", here, document)
    return answer(document)


@router.get("/ogc/conformance")
async def get_conformance(request: Request, _rights: Rights) -> Response:
    """The conformance classes of OGC API Features that hold here."""
    known_only(request.query_params, PAGE)
    form, here = wanted(request), base(request)
    document = {
        "conformsTo": list(CONFORMANCE),
        "links": both(here, "/conformance", request.query_params, form),
    }
    if form is Format.HTML:
        return pages.page("conformance.html", here, document)
    return answer(document)


@router.get("/ogc/api")
async def get_definition(request: Request, _rights: Rights) -> Response:
    """The door as OpenAPI 3.0, from the table of collections."""
    known_only(request.query_params, PAGE)
    form, here = wanted(request), base(request)
    document = definition.document(here, TITLE, _WORDS)
    if form is Format.HTML:
        links = both(here, "/api", request.query_params, form, OPENAPI)
        return pages.page("api.html", here, document | {"links": links})
    return answer(document, OPENAPI)
