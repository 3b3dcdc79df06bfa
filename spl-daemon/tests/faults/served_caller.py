"""A caller that keeps one connection to the server open, as services do."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

# Longer than any answer is held back at these scaled times; a frozen server answers when it is let go.
ANSWER_SECONDS = 20.0


class Refused(Exception):
    """The server answered, and not with 2xx."""


class Caller:
    """Requests of one token, one at a time."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The answer as JSON.

        Raises:
            Refused: the answer wasn't 2xx.
            OSError | http.client.HTTPException: there was none.
        """
        try:
            content = None if body is None else json.dumps(body)
            self._connection.request(method, path, content, self._headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        if not 200 <= answer.status < 300:
            raise Refused(f"{method} {path}: {answer.status} {text.decode(errors='replace')}")
        return json.loads(text or b"null")

    def close(self) -> None:
        self._connection.close()
