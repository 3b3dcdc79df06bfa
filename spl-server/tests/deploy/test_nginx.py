"""The site for nginx serves the API under HTTPS, and passes streams and long polls on at once."""

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
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tools"))

from processes import Server, Stack, stop, waited  # noqa: E402

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


def site(folder: Path, server: Server, http: int, https: int) -> Path:
    """The site as shipped, at other ports and with a certificate of its own, in a configuration around it."""
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


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str, str]]:
    """A server, its address behind nginx, and the address without TLS."""
    folder = tmp_path_factory.mktemp("nginx")
    with Stack(folder) as stack:
        server = stack.server()
        http, https = free_port(), free_port()
        file = site(folder, server, http, https)
        subprocess.run(["nginx", "-t", "-c", str(file)], check=True, capture_output=True)
        process = subprocess.Popen(["nginx", "-c", str(file)], stderr=subprocess.DEVNULL)
        try:
            waited("nginx", lambda: True if (folder / "pid").exists() else None, process)
            yield server, f"https://127.0.0.1:{https}", f"http://127.0.0.1:{http}"
        finally:
            stop(process)


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
