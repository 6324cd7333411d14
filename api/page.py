"""`/`: the live page, one file, under a policy that allows exactly the script it came with."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter, Response

router = APIRouter(tags=["page"])

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def content_policy(html: str) -> str:
    """The Content-Security-Policy of a page: its own inline script and style, and this server."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hashes(_SCRIPT, html)}",
            f"style-src {_hashes(_STYLE, html)}",
            "connect-src 'self'",
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _hashes(block: re.Pattern[str], html: str) -> str:
    found = [base64.b64encode(sha256(text.encode()).digest()) for text in block.findall(html)]
    return " ".join(f"'sha256-{digest.decode()}'" for digest in found) or "'none'"


_HTML = files("api").joinpath("page.html").read_text(encoding="utf-8")
_HEADERS = {
    "Content-Security-Policy": content_policy(_HTML),
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@router.get("/", include_in_schema=False)
async def get_page() -> Response:
    """The page itself holds no data: it asks for a key or takes it from the address's fragment."""
    return Response(_HTML, media_type="text/html", headers=_HEADERS)
