"""Answers as pages for people: Chinese and English, no script, nothing from outside."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fastapi import Response
from jinja2 import Environment, FunctionLoader, StrictUndefined

from api.ogc.drawing import Thing, drawing
from api.page import content_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.ogc.formats import Base
    from geo_data.features.collections import Collection

MOST = 2000  # features of a page: what a browser still shows at once
_SHOWN = 7  # columns of the table of a page; a feature's own page has them all

_FOLDER = files("api.ogc").joinpath("templates")
_STYLE = _FOLDER.joinpath("style.css").read_text(encoding="utf-8")
_HEADERS = {
    "Content-Security-Policy": content_policy(f"<style>{_STYLE}</style>"),
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@cache
def _templates() -> Environment:
    return Environment(
        loader=FunctionLoader(lambda name: _FOLDER.joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, here: Base, document: dict[str, Any], **more: Any) -> Response:
    """A template filled with what the JSON answer would hold."""
    links = document["links"]
    text = (
        _templates()
        .get_template(template)
        .render(
            style=_STYLE,
            here=here,
            document=document,
            alternate=next(one["href"] for one in links if one["rel"] == "alternate"),
            following=next((one["href"] for one in links if one["rel"] == "next"), None),
            **more,
        )
    )
    return Response(text, media_type="text/html", headers=_HEADERS)


def items(
    here: Base, document: dict[str, Any], collection: Collection, texts: Sequence[str]
) -> Response:
    """A page of features: map, table, links. For a thread: it may take half a second."""
    features = [_with_href(here, collection, text) for text in texts]
    return page(
        "items.html",
        here,
        document,
        collection=collection,
        columns=collection.columns[:_SHOWN],
        features=features,
        map=drawing([_thing(one) for one in features if one["geometry"]]),
        made_up=any(one["properties"].get("synthetic") for one in features),
    )


def item(here: Base, document: dict[str, Any], collection: Collection, text: str) -> Response:
    """One feature: map and all of its properties."""
    feature = _with_href(here, collection, text)
    return page(
        "item.html",
        here,
        document,
        collection=collection,
        feature=feature,
        map=drawing([_thing(feature)] if feature["geometry"] else []),
        made_up=bool(feature["properties"].get("synthetic")),
    )


def _with_href(here: Base, collection: Collection, text: str) -> dict[str, Any]:
    feature: dict[str, Any] = json.loads(text)
    feature["href"] = here.to(here.item(collection.name, feature["id"]), f="html")
    return feature


def _thing(feature: dict[str, Any]) -> Thing:
    told = feature["properties"]
    name = told.get("name") or told.get("number")
    title = f"{name} ({feature['id']})" if name else feature["id"]
    return Thing(feature["geometry"], feature["href"], title)
