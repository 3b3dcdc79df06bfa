"""The console's files: given to browsers as they were built, and nothing else is given in their name."""

from __future__ import annotations

import gzip

import httpx
import pytest
from starlette.responses import PlainTextResponse

from daemon_server.console.pages import POLICY, Pages, base_of

pytestmark = pytest.mark.anyio

SCRIPT = b"console.log('hello');" * 100
PAGE = '<!doctype html><html><head><base href="/" /></head><body></body></html>'
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def built(tmp_path):
    assets = tmp_path / "dist" / "assets"
    assets.mkdir(parents=True)
    (assets / "index-1.js").write_bytes(SCRIPT)
    (assets / "index-1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "index-1.js.br").write_bytes(b"brotli")
    (assets / "secret.txt.bak").write_bytes(b"no")
    (tmp_path / "dist" / "icon.svg").write_text("<svg/>")
    (tmp_path / "dist" / "index.html").write_text(PAGE)
    (tmp_path / "outside.js").write_text("outside")
    return tmp_path / "dist"


def browser(folder, public_url="http://127.0.0.1:9876"):
    app = Pages(PlainTextResponse("the API"), public_url=public_url, folder=folder)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9876")


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/run_1", "/libraries/a/b/<img src=x>", "/machines?status=online"])
async def test_a_browser_gets_the_page_wherever_it_goes(built, path):
    async with browser(built) as client:
        got = await client.get(path, headers=BROWSER)

    assert got.status_code == 200
    assert got.text == PAGE
    assert got.headers["cache-control"] == "no-cache"
    assert got.headers["content-security-policy"] == POLICY


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/machines", "application/json"),
        ("GET", "/machines", "*/*"),
        ("GET", "/console/events", "text/event-stream"),
        ("GET", "/api", "text/html"),
        ("GET", "/api/machines", "text/html"),
        ("POST", "/machines", "text/html"),
        ("GET", "/assets/../outside.js", "*/*"),
        ("GET", "/assets/%2e%2e/outside.js", "text/html"),
        ("GET", "/assets/secret.txt.bak", "text/html"),
        ("GET", "/assets/index-0.js", "text/html"),
    ],
)
async def test_everything_else_goes_on_to_the_gate(built, method, path, accept):
    async with browser(built) as client:
        got = await client.request(method, path, headers={"Accept": accept})

    assert got.text == "the API"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
async def test_a_script_comes_as_small_as_the_browser_takes_it(built, accepted, encoding):
    async with (
        browser(built) as client,
        client.stream("GET", "/assets/index-1.js", headers={"Accept-Encoding": accepted}) as got,
    ):
        raw = b"".join([piece async for piece in got.aiter_raw()])

    assert got.headers.get("content-encoding") == encoding
    assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert got.headers["content-type"] == "text/javascript; charset=utf-8"
    assert raw == {"br": b"brotli", "gzip": gzip.compress(SCRIPT), None: SCRIPT}[encoding] or (
        encoding == "gzip" and gzip.decompress(raw) == SCRIPT
    )


async def test_what_a_browser_has_is_not_sent_again(built):
    async with browser(built) as client:
        first = await client.get("/", headers=BROWSER)
        again = await client.get("/", headers=BROWSER | {"If-None-Match": first.headers["etag"]})
        other = await client.get("/", headers=BROWSER | {"If-None-Match": 'W/"other"'})
        head = await client.head("/", headers=BROWSER)

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == POLICY
    assert other.status_code == 200
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(PAGE)))


@pytest.mark.parametrize(
    ("public_url", "base"),
    [
        ("http://127.0.0.1:9876", "/"),
        ("https://splime.example", "/"),
        ("https://splime.example/api", "/"),
        ("https://splime.example/tools/splime/", "/tools/splime/"),
        ("https://splime.example/tools/api", "/tools/"),
        ("", "/"),
    ],
)
async def test_the_page_knows_the_path_that_it_has_behind_a_proxy(built, public_url, base):
    assert base_of(public_url) == base
    async with browser(built, public_url) as client:
        got = await client.get("/", headers=BROWSER)

    assert f'<base href="{base}" />' in got.text


async def test_another_name_is_refused_before_the_page_is_given(built):
    async with browser(built, "https://splime.example") as client:
        got = await client.get("/", headers=BROWSER | {"Host": "evil.example"})

    assert got.status_code == 421
    assert got.json()["code"] == "host_not_allowed"


async def test_a_console_that_is_not_built_says_how_to_build_it(tmp_path):
    async with browser(tmp_path / "nothing") as client:
        got = await client.get("/", headers=BROWSER)

    assert got.status_code == 200
    assert "tools/dev.py console" in got.text


async def test_a_server_gives_the_page_to_anybody_and_the_api_to_nobody(app_client, people):
    people.user("alice")
    page = await app_client.get("/machines", headers=BROWSER | {"Authorization": ""})
    api = await app_client.get("/machines", headers={"Accept": "application/json", "Authorization": ""})

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert api.status_code == 401
