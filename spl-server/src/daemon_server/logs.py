"""Log lines: JSON or text, each with its request, and no credential in any of them, wherever it came from."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
from contextvars import ContextVar
from typing import Literal

# The request that is being answered, as `X-Request-Id` tells it.
request_id: ContextVar[str] = ContextVar("request_id", default="-")

# Every credential there is: its kind, its public id, and the secret. One that was cut short is no less a secret.
CREDENTIAL = re.compile(r"\b(spl[a-z]_[0-9A-Za-z]{10})[0-9A-Za-z]{6,}")
# A session cookie and what proves the console: kept out by their names.
COOKIE = re.compile(r"((?:__Host-spl_session|spl_session_dev)=)[^;\s\"']+", re.IGNORECASE)
PASSWORD = re.compile(r"(\w+://[^:/\s]+:)[^@/\s]+(@)")
# What a client sent may be long; a line is for reading.
FIELD_CHARACTERS = 500
TRACE_CHARACTERS = 20_000

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def redacted(text: str) -> str:
    """The text without the secrets in it; public ids stay."""
    text = CREDENTIAL.sub(r"\1…", text)
    text = COOKIE.sub(r"\1…", text)
    return PASSWORD.sub(r"\1…\2", text)


class Formatter(logging.Formatter):
    """One line a record. Control characters are escaped, so that nobody writes lines of his own."""

    def __init__(self, kind: Literal["json", "text"]) -> None:
        super().__init__()
        self._json = kind == "json"

    def format(self, record: logging.LogRecord) -> str:
        message = redacted(record.getMessage())[:TRACE_CHARACTERS]
        extra = {
            name: redacted(value)[:FIELD_CHARACTERS] if isinstance(value, str) else value
            for name, value in vars(record).items()
            if name not in _OWN
        }
        trace = ""
        if record.exc_info and record.exc_info[1] is not None:
            trace = redacted("".join(traceback.format_exception(record.exc_info[1])))[-TRACE_CHARACTERS:]
        if self._json:
            document = {
                "at": int(record.created * 1000),
                "level": record.levelname.lower(),
                "logger": record.name,
                "message": message,
                "request": request_id.get(),
                **extra,
                **({"trace": trace} if trace else {}),
            }
            return json.dumps(document, ensure_ascii=True, default=lambda value: redacted(str(value)))
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        fields = "".join(f" {name}={value}" for name, value in extra.items())
        line = f"{moment} {record.levelname} {record.name}: {message}{fields}"
        return _escaped(line) + (f"\n{trace}" if trace else "")


def _escaped(line: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in line)


def configure(kind: Literal["json", "text"], level: int = logging.INFO) -> None:
    """Send every log line of the process to stderr, in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter(kind))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
