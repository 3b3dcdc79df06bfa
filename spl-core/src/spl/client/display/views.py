"""Answers as the dicts and lists they are, that look well in a notebook. `.raw` is the plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from spl.client.display import html
from spl.client.display.text import ago, duration, moment, short, size, table


class View:
    """What dicts and lists have in common here: a text, and the same as HTML."""

    title: ClassVar[str] = ""

    @property
    def raw(self) -> Any:
        raise NotImplementedError

    def text(self) -> str:
        raise NotImplementedError

    def parts(self) -> Iterable[html.Markup | None]:
        return [html.pre(self.text())]

    def heading(self) -> str:
        return self.title

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return html.bundle(self.text(), html.card(self.heading(), self.parts()))


class DictView(View, dict[str, Any]):
    """A JSON object."""

    @property
    def raw(self) -> dict[str, Any]:
        return dict(self)

    def shown(self) -> Mapping[str, Any]:
        return {name: value if isinstance(value, str) else short(value) for name, value in self.items()}

    def text(self) -> str:
        return repr(self)

    def parts(self) -> Iterable[html.Markup | None]:
        return [html.fields(self.shown())]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={short(value)}' for name, value in self.items())})"


class ListView(View, list[dict[str, Any]]):
    """JSON objects of one kind, shown as a table."""

    columns: ClassVar[tuple[str, ...]] = ()
    nothing: ClassVar[str] = "none"

    @property
    def raw(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self]

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        return [item.get(column) for column in self.columns]

    def text(self) -> str:
        if not self:
            return f"{self.title}: {self.nothing}"
        rows = [[html.plain(cell) for cell in self.row(item)] for item in self[: html.MOST_ROWS]]
        rest = f"\n… {len(self) - html.MOST_ROWS} more" if len(self) > html.MOST_ROWS else ""
        return table(self.columns, rows) + rest

    def parts(self) -> Iterable[html.Markup | None]:
        return [html.table(self.columns, [self.row(item) for item in self]) if self else html.soft_line(self.nothing)]

    def heading(self) -> str:
        return f"{self.title} ({len(self)})"

    def __repr__(self) -> str:
        return self.text()


class HealthView(DictView):
    """How the daemon is."""

    title = "SPL daemon"


class ConnectionStatusView(DictView):
    """Whether the daemon is connected to a server."""

    title = "Server connection"

    def parts(self) -> Iterable[html.Markup | None]:
        about = {
            "status": html.state(str(self.get("status"))),
            "server": html.code(self["server_url"]) if self.get("server_url") else None,
            "machine": self.get("machine_id"),
            "owner": self.get("owner"),
            "since": moment(self["connected_at"]) if self.get("connected_at") else None,
        }
        yield html.fields(about)
        if self.get("last_error"):
            yield html.soft_line(self["last_error"])

    def __repr__(self) -> str:
        if not self.get("server_url"):
            return "<Server connection: none>"
        return f"<Server connection of {self.get('machine_id')} to {self['server_url']}: {self.get('status')}>"


class EnvironmentView(DictView):
    """A named base Python."""

    title = "Environment"

    def __repr__(self) -> str:
        return f"Environment {self.get('name')!r}: Python {self.get('version')} at {self.get('python')}"


class EnvironmentTable(DictView):
    """Named base Pythons, by name."""

    title = "Environments"

    def text(self) -> str:
        rows = [(name, env.get("version"), env.get("python")) for name, env in self.items()]
        return table(("name", "version", "python"), rows) if rows else "Environments: none"

    def parts(self) -> Iterable[html.Markup | None]:
        rows = [(html.code(name), env.get("version"), env.get("python")) for name, env in self.items()]
        return [html.table(("name", "version", "python"), rows)]

    def __repr__(self) -> str:
        return f"EnvironmentTable({list(self)})"


class EnvironmentBuildView(DictView):
    """One cached environment."""

    title = "Environment build"

    def __repr__(self) -> str:
        return f"Environment build {str(self.get('spec_hash'))[:12]} ({self.get('status')})"

    def parts(self) -> Iterable[html.Markup | None]:
        about = {
            "spec": html.code(self.get("spec_hash")),
            "status": html.state(str(self.get("status"))),
            "python": self.get("python"),
            "size": size(self.get("size_bytes")),
            "took": duration(self.get("duration_ms")),
            "last used": ago(self.get("last_used_at")),
        }
        yield html.fields(about)
        if self.get("requirements"):
            listed = self["requirements"]
            yield html.details(
                "requirements", html.pre(listed if isinstance(listed, str) else "\n".join(map(str, listed)))
            )
        if self.get("error"):
            yield html.pre(str(self["error"]))
        if self.get("log"):
            yield html.details("log", html.pre(str(self["log"])))


class EnvironmentBuildListView(ListView):
    """Cached environments."""

    title = "Environment builds"
    columns = ("spec", "status", "env", "python", "size", "last used")

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        status = str(item.get("status"))
        return [
            html.code(str(item.get("spec_hash"))[:12]),
            html.state(status),
            item.get("env"),
            item.get("python"),
            size(item.get("size_bytes")),
            ago(item.get("last_used_at")),
        ]


class RunList(ListView):
    """Runs, newest first."""

    title = "Runs"
    columns = ("id", "object", "state", "reason", "started", "took")

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        label = f"{item.get('object')}@{item.get('version')}"
        if item.get("function"):
            label += f"::{item['function']}"
        reason = item.get("reason")
        return [
            html.code(item.get("id")),
            label,
            html.state(str(item.get("state"))),
            None if reason == "ok" else reason,
            moment(item.get("started_at") or item.get("created_at")),
            duration((item.get("timings") or {}).get("run_ms")),
        ]


class ReceiptView(DictView):
    """What a change did."""

    title = "Done"


class LogText(str):
    """What a run printed; a notebook shows it as lines."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return html.bundle(
            str(self), html.card("Output", [html.pre(str(self), 12_000) if self else html.soft_line("none")])
        )
