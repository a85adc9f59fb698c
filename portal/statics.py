"""Style, scripts and pictures of our own, read once; their address changes with their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Static:
    """A file's bytes, type and version."""

    content: bytes
    media_type: str
    version: str


@lru_cache(maxsize=1)
def files() -> Mapping[str, Static]:
    """All files of portal/static that a page may use, by name."""
    found = {}
    for item in resources.files("portal.static").iterdir():
        suffix = "." + item.name.rpartition(".")[2]
        if suffix in TYPES:
            content = item.read_bytes()
            found[item.name] = Static(content, TYPES[suffix], hashlib.sha256(content).hexdigest()[:12])
    return found


def address(name: str) -> str:
    """Where a page finds a file: in templates `static("style.css")`."""
    return f"/static/{name}?v={files()[name].version}"


async def answer(request: Request) -> Response:
    """A file; 404 for any other name."""
    static = files().get(request.path_params["name"])
    if static is None:
        return Response(status_code=404)
    known = request.query_params.get("v") == static.version
    caching = "public, max-age=31536000, immutable" if known else "no-store"
    return Response(static.content, media_type=static.media_type, headers={"Cache-Control": caching})
