"""What this machine says to a server, request by request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from spl.core.errors import ServerRefused, ServerUnreachable, SPLError, by_code
from spl.daemon.server_link.exchange import Answer, Body, Exchange, Unreachable

# Refusals that do not come from a server alone: what stands before it, with a limit of its own, says them as well.
OF_ANYBODY = frozenset({400, 413, 414, 431})
# What a server that has too much to do, or is being replaced, answers: the same request may be right a moment later.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 507})
SHOWN = 200


class Refusal(Exception):
    """The server answered, and said no."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.headers = answer.headers
        document = _problem(answer)
        self.told = "code" in document
        self.code = str(document.get("code") or f"http_{answer.status}")
        self.detail = str(document.get("detail") or f"The server answered {answer.status}.")[:2_000]
        hint = document.get("hint")
        self.hint = str(hint)[:500] if hint else None
        details = document.get("details")
        self.details: Mapping[str, Any] = details if isinstance(details, dict) else {}
        super().__init__(f"{self.status} {self.code}: {self.detail}")

    @property
    def passing(self) -> bool:
        """Whether it may be otherwise in a moment."""
        return self.status in PASSING

    @property
    def credential(self) -> bool:
        """Whether it is the credential that the server does not accept."""
        return self.status == 401 or self.code == "wrong_credential_kind"

    def error(self) -> SPLError:
        """The same, as our clients know it. The server's 401 is about this machine, never about who asked us."""
        if self.credential:
            return ServerRefused(
                f"The server does not accept this machine's token: {self.detail}",
                hint="Join again: `spl-daemon join URL CODE`, or server-connect with a new token.",
            )
        error = by_code(self.code)(self.detail, hint=self.hint, **{str(name): v for name, v in self.details.items()})
        if error.code != self.code:
            error.__dict__.update(code=self.code, status=self.status)
        return error


class Connected(Protocol):
    """Sends requests with one credential."""

    async def request(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        body: Body = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Answer: ...


class ServerApi:
    """One server, as the bearer of one token sees it."""

    def __init__(self, exchange: Exchange, token: str) -> None:
        self.exchange = exchange
        self.token = token

    async def request(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        body: Body = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Send a request; its answer, where the server said yes.

        Args:
            document: JSON to send; `body` is anything else.
            token: another credential than the machine's.

        Raises:
            Unreachable: there was no answer, or one that no SPLime server gives.
            Refusal
        """
        if document is not None:
            body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
        credential = self.token if token is None else token
        answer = await self.exchange.ask(method, path, token=credential, body=body, headers=headers, seconds=seconds)
        if answer.status >= 300:
            refusal = Refusal(answer)
            if not (refusal.told or refusal.passing or answer.status in OF_ANYBODY or method == "HEAD"):
                raise Unreachable(f"what answers there is not an SPLime server: {refusal.detail}", sent=True)
            raise refusal
        return answer

    async def whoami(self, token: str | None = None) -> dict[str, Any]:
        return json_object(await self.request("GET", "/whoami", token=token))

    async def redeem(self, code: str, hello: dict[str, Any]) -> dict[str, Any]:
        return json_object(await self.request("POST", "/daemon-enrollment/redeem", hello, token=code))

    async def connect(self, hello: dict[str, Any]) -> dict[str, Any]:
        answer = json_object(await self.request("POST", "/connections/connect", hello))
        if not (isinstance(answer.get("connection_id"), str) and isinstance(answer.get("owner"), str)):
            raise Unreachable("the answer to a connection names none", sent=True)
        return answer

    async def disconnect(self, connection_id: str, *, seconds: float) -> None:
        await self.request("POST", "/connections/disconnect", {"connection_id": connection_id}, seconds=seconds)

    async def sync(self, body: bytes, *, seconds: float | None = None) -> dict[str, Any]:
        return json_object(await self.request("POST", "/sync", body=body, seconds=seconds))

    async def start(self, run_id: str, fence: str) -> dict[str, Any]:
        """Permission to start an attempt."""
        path = f"/remote-runs/{quote(run_id, safe='')}/start"
        answer = json_object(await self.request("POST", path, {"fence": fence}))
        if str(answer.get("fence")) != fence:
            raise Unreachable("the permission to start is for no attempt of ours", sent=True)
        return answer

    async def source(self, owner: str, library: str, name: str, version: int | str | None) -> dict[str, Any]:
        """A version of an object, with its YAML."""
        query = urlencode({"include_yaml": "1", **({"version": str(version)} if version is not None else {})})
        return json_object(await self.request("GET", f"{object_path(owner, library, name)}?{query}"))

    async def publish(self, owner: str, library: str, document: dict[str, Any]) -> dict[str, Any]:
        return json_object(await self.request("POST", f"{objects_path(owner, library)}", document))


def objects_path(owner: str, library: str) -> str:
    return f"/owners/{quote(owner, safe='')}/libraries/{quote(library, safe='')}/objects"


def object_path(owner: str, library: str, name: str) -> str:
    return f"{objects_path(owner, library)}/{quote(name, safe='')}"


def unreachable(url: str, error: Unreachable | None = None) -> ServerUnreachable:
    """What callers are told of a server that does not answer."""
    why = f": {error}" if error is not None else ""
    return ServerUnreachable(
        f"The server at {url} is not reachable at present{why}.",
        hint="Objects on this machine run as ever; the daemon connects again by itself.",
        server_url=url,
    )


def _problem(answer: Answer) -> dict[str, Any]:
    try:
        document = json.loads(answer.body)
    except ValueError:
        return {"detail": f"{answer.status}: {answer.body[:SHOWN].decode('utf-8', 'replace')}"}
    return document if isinstance(document, dict) else {}


def json_object(answer: Answer) -> dict[str, Any]:
    """What an answer says.

    Raises:
        Unreachable: it is none of an SPLime server; who gave it is unknown, and what became of the request.
    """
    try:
        document = answer.json()
    except ValueError as error:
        raise Unreachable(f"what answers there is not an SPLime server: {error}", sent=True) from error
    if not isinstance(document, dict):
        raise Unreachable("what answers there is not an SPLime server", sent=True)
    return document
