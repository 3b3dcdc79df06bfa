"""The console's own files: the one thing that this server gives to a browser without asking who it is.

There is nothing of anybody's in them, so they stand before the gate; whatever else is asked goes on to it.

/assets/index-3f9a.js   as it was built, already compressed, kept by browsers for a year: its name changes with it
/icon.svg               the same, but asked for again each time
/machines               a browser that goes there wants the page; a program, which takes no HTML, wants the API
/api/machines           always the API
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from daemon_server.http.answers import respond
from daemon_server.http.gate import API, check_host
from daemon_server.http.problems import ServerProblem

BUILT = Path(__file__).parent / "dist"
PAGE = "index.html"
# Where the built page says that it lives; the server's own path takes its place.
BASE = '<base href="/" />'

MEDIA = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
# The smaller first.
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))

# Only our own scripts run, and nobody frames us. Styles may stand in attributes: so components place themselves.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
GUARDED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"

NOT_BUILT = """<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>SPLime</title></head>
  <body>
    <main>
      <h1>The console is not built</h1>
      <p>This server runs from a checkout. Build the console with <code>python3 tools/dev.py console</code>, then start
      the server again. The API is at <code>/api</code> as always.</p>
    </main>
  </body>
</html>
"""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent. `bodies` are by encoding; `""` is the file itself."""

    media_type: str
    cache: str
    etag: str
    bodies: Mapping[str, bytes]

    def best(self, accepted: str) -> tuple[str, bytes]:
        """The smallest of what the browser takes."""
        taken = _encodings(accepted)
        for encoding, _ in ENCODINGS:
            if encoding in taken and encoding in self.bodies:
                return encoding, self.bodies[encoding]
        return "", self.bodies[""]


def files_of(folder: Path, public_url: str = "") -> dict[str, File]:
    """Every file of a built console, by its path; `/index.html` is always there."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in MEDIA and path.is_file():
            name = "/" + path.relative_to(folder).as_posix()
            found[name] = _file(path, FOR_EVER if name.startswith("/assets/") else ASK_AGAIN)
    page = folder / PAGE
    text = page.read_text("utf-8") if page.is_file() else NOT_BUILT
    text = text.replace(BASE, f'<base href="{html.escape(base_of(public_url))}" />')
    found["/" + PAGE] = _made(text.encode(), "text/html; charset=utf-8", ASK_AGAIN)
    return found


def base_of(public_url: str) -> str:
    """The path that the console has behind its proxy: the public address, without what belongs to the API."""
    path = urlsplit(public_url).path.rstrip("/").removesuffix(API)
    return f"{path}/"


class Pages:
    """Gives the console's files, and passes everything else on."""

    def __init__(self, app: ASGIApp, *, public_url: str, folder: Path = BUILT) -> None:
        self.app = app
        self._public_url = public_url
        self._files = files_of(folder, public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._wanted(scope) if scope["type"] == "http" else None
        if file is None:
            await self.app(scope, receive, send)
            return
        try:
            check_host(scope, self._public_url)
        except ServerProblem as problem:
            await respond(problem, GUARDED)(scope, receive, send)
            return
        await _answer(file, Headers(scope=scope))(scope, receive, send)

    def _wanted(self, scope: Scope) -> File | None:
        if scope["method"] not in ("GET", "HEAD"):
            return None
        path = scope["path"]
        if path == API or path.startswith(f"{API}/"):
            return None
        file = self._files.get(path)
        if file is not None:
            return file
        if path.startswith("/assets/"):  # of another version; a page in its place would only confuse the browser
            return None
        return self._files["/" + PAGE] if _takes_html(Headers(scope=scope)) else None


def _answer(file: File, headers: Headers) -> Response:
    shared = {**GUARDED, "ETag": file.etag, "Cache-Control": file.cache, "Vary": "Accept, Accept-Encoding"}
    if file.etag in headers.get("if-none-match", ""):
        return Response(status_code=304, headers=shared)
    encoding, body = file.best(headers.get("accept-encoding", ""))
    if encoding:
        shared["Content-Encoding"] = encoding
    return Response(body, media_type=file.media_type, headers=shared)


def _file(path: Path, cache: str) -> File:
    bodies = {"": path.read_bytes()}
    for encoding, suffix in ENCODINGS:
        beside = path.with_name(path.name + suffix)
        if beside.is_file():
            bodies[encoding] = beside.read_bytes()
    return File(MEDIA[path.suffix], cache, _etag(bodies[""]), bodies)


def _made(body: bytes, media_type: str, cache: str) -> File:
    return File(media_type, cache, _etag(body), {"": body})


def _etag(body: bytes) -> str:
    # Weak: the same tag stands for every encoding of the file.
    return f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'


def _takes_html(headers: Headers) -> bool:
    """A browser that goes somewhere names HTML; programs, and our own scripts, do not."""
    return any(part.partition(";")[0].strip() == "text/html" for part in headers.get("accept", "").split(","))


def _encodings(accepted: str) -> set[str]:
    parts = (part.strip().partition(";") for part in accepted.split(","))
    return {name.strip() for name, _, quality in parts if quality.replace(" ", "") not in ("q=0", "q=0.0")}
