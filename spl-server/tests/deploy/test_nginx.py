"""The site for nginx serves API and console under HTTPS, and passes streams and long polls on at once."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tools"))

from processes import Server, Stack, stop, waited  # noqa: E402

GUIDED = "proxy_pass http://spl_server/;"
SITE = ROOT / "deploy" / "nginx" / "spl-server.conf"

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx is not installed"
)

# A first byte that nginx holds back comes after its buffer is full or the stream ends; neither is within this time.
AT_ONCE_SECONDS = 5.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def site(folder: Path, server: Server, http: int, https: int, *, below: str = "") -> Path:
    """The site as shipped, at other ports and with a certificate of its own, in a configuration around it.

    `below` a path, the two lines are changed that the guide names.
    """
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=splime.example"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    text = SITE.read_text()
    for shipped, here in {
        "127.0.0.1:9876": server.url.removeprefix("http://"),
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
        "listen [::]:80;": "",
        "listen [::]:443 ssl http2;": "",
        "/etc/ssl/splime": str(folder),
        "/var/log/nginx": str(folder),
        **({"location / {": f"location {below}/ {{", "proxy_pass http://spl_server;": GUIDED} if below else {}),
    }.items():
        assert shipped in text
        text = text.replace(shipped, here)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    around = f"daemon off; pid {folder}/pid; error_log {folder}/error.log; user root;\nevents {{}}\n"
    file = folder / "nginx.conf"
    file.write_text(f"{around}http {{\n{temporary}{text}\n}}")
    return file


@contextmanager
def behind_nginx(folder: Path, server: Server, *, below: str = "") -> Iterator[tuple[int, int]]:
    """Nginx before a server. Its port without TLS, and the one with it."""
    http, https = free_port(), free_port()
    file = site(folder, server, http, https, below=below)
    subprocess.run(["nginx", "-t", "-c", str(file)], check=True, capture_output=True)
    process = subprocess.Popen(["nginx", "-c", str(file)], stderr=subprocess.DEVNULL)
    try:
        waited("nginx", lambda: True if (folder / "pid").exists() else None, process)
        yield http, https
    finally:
        stop(process)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str, str]]:
    """A server, its address behind nginx, and the address without TLS."""
    folder = tmp_path_factory.mktemp("nginx")
    with Stack(folder) as stack:
        server = stack.server()
        with behind_nginx(folder, server) as (http, https):
            yield server, f"https://127.0.0.1:{https}", f"http://127.0.0.1:{http}"


def opened(url: str, token: str = "", **headers: str) -> object:
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    request = urllib.request.Request(url, headers={"Host": "splime.example", **headers})
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    return urllib.request.urlopen(request, timeout=40, context=trusting)


def test_the_api_is_below_its_prefix_and_at_the_root(served: tuple[Server, str, str]):
    server, https, _ = served

    for path in ("/api/health", "/health"):
        with opened(https + path) as answer:
            assert json.loads(answer.read())["status"] == "ok"
    with opened(f"{https}/api/whoami", server.token) as answer:
        assert json.loads(answer.read())["user"] == "admin"


def test_plain_http_is_sent_to_https(served: tuple[Server, str, str]):
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: object) -> None:
            return None

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.build_opener(Stay).open(f"{served[2]}/api/health", timeout=10)

    assert refused.value.status == 308
    assert refused.value.headers["Location"].startswith("https://")


def test_an_event_stream_begins_at_once(served: tuple[Server, str, str]):
    server, https, _ = served
    begin = time.monotonic()

    with opened(f"{https}/api/console/events", server.token, Accept="text/event-stream") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.read(1)

    assert time.monotonic() - begin < AT_ONCE_SECONDS


@pytest.mark.alone
@pytest.mark.parametrize("below", ["", "/tools/splime"])
def test_the_console_is_behind_https_at_its_own_name_and_below_any_path(tmp_path: Path, below: str):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no Chromium here")
    with Stack(tmp_path) as stack:
        stack.env["SPL_SERVER_PUBLIC_URL"] = f"https://splime.example{below}"
        stack.env["SPL_SERVER_TRUSTED_PROXIES"] = "127.0.0.1/32"
        server = stack.server()
        token = server.person("alice")
        with behind_nginx(tmp_path, server, below=below) as (_, https), sync_playwright() as playwright:
            resolved = f"--host-resolver-rules=MAP splime.example:443 127.0.0.1:{https}"
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", resolved])
            page = browser.new_context(ignore_https_errors=True).new_page()
            wrong: list[str] = []
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("response", lambda one: one.status >= 400 and wrong.append(f"{one.status} {one.url}"))

            page.goto(f"https://splime.example{below}/machines")
            page.get_by_label("Token or one-time code").fill(token)
            page.keyboard.press("Enter")
            expect(page.get_by_role("heading", level=1, name="Machines")).to_be_visible(timeout=20_000)
            expect(page.get_by_role("status", name="Live updates")).to_contain_text("Live", timeout=20_000)
            page.get_by_role("navigation").get_by_role("link", name="Settings").click()
            expect(page).to_have_url(f"https://splime.example{below}/settings")
            page.reload()
            expect(page.get_by_role("heading", level=1, name="Settings")).to_be_visible(timeout=20_000)
            browser.close()

    assert [one for one in wrong if not one.endswith("/api/console/overview") and "/api/session" not in one] == []
