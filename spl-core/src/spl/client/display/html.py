"""Small pieces of HTML: escaped, scoped by class names, readable in light and dark themes, narrow and wide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

MOST_ROWS = 50
"""Rows of a table; more are counted below it."""

MOST_CELL = 200
"""Characters of a cell; a longer text is for its own card."""

MOST_BYTES = 20_000
"""Bytes of one output: notebooks keep every one of them for ever."""

STYLE = (
    "<style>"
    ".spl-card{font:13px/1.45 system-ui,sans-serif;border:1px solid color-mix(in srgb,currentColor 22%,transparent);"
    "border-radius:6px;padding:8px 12px;margin:4px 0;max-width:100%;overflow-x:auto;box-sizing:border-box}"
    ".spl-card .spl-head{font-weight:600;margin-bottom:4px}"
    ".spl-card .spl-soft{opacity:.7;font-weight:400}"
    ".spl-card table.spl-table{border-collapse:collapse;margin:4px 0;font-size:12px}"
    ".spl-card .spl-table th,.spl-card .spl-table td{text-align:left;padding:2px 10px 2px 0;background:none;border:0;"
    "vertical-align:top;overflow-wrap:anywhere}"
    ".spl-card .spl-table th{font-weight:600;opacity:.7}"
    ".spl-card pre{margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere;background:none;color:inherit;"
    "font-size:12px}"
    ".spl-card code{background:none;color:inherit}"
    ".spl-card .spl-good{color:#1a7f37}.spl-card .spl-bad{color:#c62828}.spl-card .spl-busy{color:#9a6700}"
    "@media (prefers-color-scheme:dark){.spl-card .spl-good{color:#3fb950}.spl-card .spl-bad{color:#ff7b72}"
    ".spl-card .spl-busy{color:#d29922}}"
    'body[data-jp-theme-light="true"] .spl-card .spl-good{color:#1a7f37}'
    'body[data-jp-theme-light="true"] .spl-card .spl-bad{color:#c62828}'
    'body[data-jp-theme-light="true"] .spl-card .spl-busy{color:#9a6700}'
    'body[data-jp-theme-light="false"] .spl-card .spl-good{color:#3fb950}'
    'body[data-jp-theme-light="false"] .spl-card .spl-bad{color:#ff7b72}'
    'body[data-jp-theme-light="false"] .spl-card .spl-busy{color:#d29922}'
    "</style>"
)

_TONES = {
    "succeeded": "good", "ready": "good", "ok": "good", "failed": "bad", "timed_out": "bad", "cancelled": "bad",
    "online": "good", "connected": "good", "lost": "bad", "expired": "bad", "revoked": "bad", "refused": "bad",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Markup:
    """Text that is HTML already; everything else is escaped. `plain` is what it says."""

    html: str
    plain: str = ""


def text(value: Any, limit: int = MOST_CELL) -> str:
    """A value as escaped text, cut where it is long."""
    if isinstance(value, Markup):
        return value.html
    shown = "" if value is None else str(value)
    return escape(shown if len(shown) <= limit else shown[: limit - 1] + "…")


def plain(cell: Any) -> str:
    """A cell as text: markup without its tags."""
    if isinstance(cell, Markup):
        return cell.plain
    return "" if cell is None else str(cell)


def code(value: Any) -> Markup:
    return Markup(f"<code>{text(value)}</code>", str(value))


def soft(value: Any) -> Markup:
    return Markup(f'<span class="spl-soft">{text(value)}</span>')


def soft_line(value: Any) -> Markup:
    return Markup(f'<div class="spl-soft">{text(value)}</div>')


def state(word: str) -> Markup:
    """A state's word in its colour; the word alone tells it too."""
    return Markup(f'<span class="spl-{_TONES.get(word, "busy")}">{text(word)}</span>', word)


def pre(value: str, limit: int = 4_000) -> Markup:
    return Markup(f"<pre>{text(value, limit)}</pre>")


def details(summary: str, body: Markup) -> Markup:
    return Markup(f"<details><summary>{text(summary)}</summary>{body.html}</details>")


def progress(label: str, done: float, total: float | None) -> Markup:
    amount = f' value="{done:g}" max="{total:g}"' if total else ""
    return Markup(f'<progress aria-label="{text(label)}"{amount}></progress>')


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> Markup:
    shown = rows[:MOST_ROWS]
    head = "".join(f'<th scope="col">{text(header)}</th>' for header in headers)
    body = "".join(f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in row)}</tr>" for row in shown)
    rest = f'<div class="spl-soft">… {len(rows) - len(shown)} more</div>' if len(rows) > len(shown) else ""
    return Markup(f'<table class="spl-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}')


def fields(pairs: Mapping[str, Any]) -> Markup:
    """Names and values, one line each; what is None is left out."""
    rows = "".join(
        f'<tr><th scope="row">{text(name)}</th><td>{text(value)}</td></tr>'
        for name, value in pairs.items()
        if value is not None
    )
    return Markup(f'<table class="spl-table"><tbody>{rows}</tbody></table>')


def card(title: Any, parts: Iterable[Markup | None] = (), *, beside: Any = None) -> str:
    """One output: a title, something beside it, and parts below."""
    aside = f" {soft(beside).html}" if beside is not None else ""
    body = "".join(part.html for part in parts if part is not None)
    return f'{STYLE}<div class="spl-card"><div class="spl-head">{text(title)}{aside}</div>{body}</div>'


def bundle(plain: str, html: str) -> dict[str, str]:
    """What a front end chooses from. HTML that grew too large gives way to the text."""
    if len(html.encode()) > MOST_BYTES:
        html = card("", [pre(plain, MOST_BYTES // 8)])
    return {"text/plain": plain, "text/html": html}
