"""What a server shows: its catalog, libraries, machines, tokens, grants, people, and runs in every detail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from spl.client.display import html
from spl.client.display.catalog import ObjectList
from spl.client.display.text import ago, moment
from spl.client.display.views import DictView, ListView

SECRETS = ("token", "machine_token", "code")
"""Fields of an answer that open something; they are there to be taken, and never shown."""

HIDDEN = "(shown once: take it from the answer by its name)"


class RemoteObjectList(ListView):
    """Objects of a server's libraries, each with its owner and library."""

    title = "Objects on the server"
    columns = ("owner", "library", "name", "kind", "version", "inputs", "updated")
    nothing = "none that may be seen"

    @classmethod
    def compact(cls, items: Iterable[Mapping[str, Any]]) -> RemoteObjectList:
        kept = ("owner", "library", "name", "display_name", "kind", "version", "inputs", "outputs", "env")
        return cls({name: item.get(name) for name in kept} for item in items)

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        local = ObjectList.row(ObjectList(), item)
        return [item.get("owner"), item.get("library"), *local[:4], moment(item.get("updated_at"))]


class LibraryView(DictView):
    """One library."""

    title = "Library"

    def heading(self) -> str:
        return f"Library {self.get('owner')}/{self.get('name')}"

    def __repr__(self) -> str:
        return f"<Library {self.get('owner')}/{self.get('name')}, {self.get('visibility')}>"


class LibraryTable(ListView):
    """Libraries that may be seen."""

    title = "Libraries"
    columns = ("owner", "name", "visibility", "execution", "default machine", "description")

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        return [
            item.get("owner"),
            html.code(item.get("name")),
            item.get("visibility"),
            item.get("execution_policy"),
            item.get("default_machine") or item.get("default_machine_id"),
            item.get("description"),
        ]


class MachineView(DictView):
    """One machine."""

    title = "Machine"

    def heading(self) -> str:
        return f"Machine {self.get('name')} ({self.get('status')})"

    def __repr__(self) -> str:
        return f"<Machine {self.get('owner')}/{self.get('name')}: {self.get('status')}>"


class MachineTable(ListView):
    """Machines that may be used, and whether they are there."""

    title = "Machines"
    columns = ("owner", "name", "status", "running", "labels", "last seen")

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        status = str(item.get("status"))
        return [
            item.get("owner"),
            html.code(item.get("name")),
            html.state(status),
            item.get("running"),
            ", ".join(item.get("labels") or ()) or None,
            ago(item.get("last_seen_at")),
        ]


class IssuedView(DictView):
    """An answer that holds a secret, once. Reading it by name gives it; showing it does not."""

    title = "Issued"

    def shown(self) -> Mapping[str, Any]:
        hidden = {name: HIDDEN if name in SECRETS and value else value for name, value in self.items()}
        if isinstance(self.get("command"), str) and self.get("code"):
            hidden["command"] = self["command"].replace(self["code"], "CODE")
        return DictView(hidden).shown()

    def text(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.shown().items() if value != "None")

    def __repr__(self) -> str:
        return f"<Issued {self.get('id') or self.get('machine_id')}: {', '.join(n for n in SECRETS if self.get(n))}>"


class TokenTable(ListView):
    """Tokens, without their secrets."""

    title = "Tokens"
    columns = ("id", "kind", "name", "for", "expires", "last used", "revoked")

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        bound = item.get("machine") or item.get("machine_id") or item.get("library")
        if item.get("object"):
            bound = f"{bound}/{item['object']}"
        return [
            html.code(item.get("id")),
            item.get("kind"),
            item.get("name"),
            bound,
            moment(item.get("expires_at")),
            ago(item.get("last_used_at")),
            moment(item.get("revoked_at")) if item.get("revoked_at") else None,
        ]


class GrantTable(ListView):
    """Who was given what."""

    title = "Grants"
    columns = ("on", "to", "permission", "until")

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        on = item.get("library") or item.get("machine")
        said = item.get("permissions") or item.get("permission")
        return [
            f"{on}/{item['object']}" if item.get("object") else on,
            item.get("user") or f"team {item.get('team')}",
            ", ".join(said) if isinstance(said, list) else said,
            moment(item["expires_at"]) if item.get("expires_at") else None,
        ]


class PersonView(DictView):
    """A user, a team, or who this credential stands for."""

    title = "Who"


class PersonTable(ListView):
    """Users or teams."""

    title = "People"
    columns = ("name", "display_name", "admin", "members")

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        members = item.get("members")
        shown = [one.get("user") or one.get("name") if isinstance(one, dict) else one for one in members or ()]
        return [html.code(item.get("name")), item.get("display_name"), item.get("admin"), ", ".join(map(str, shown))]


class AuditTable(ListView):
    """What was changed, by whom."""

    title = "Audit"
    columns = ("at", "user", "action", "target")

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        at = item.get("at") or item.get("created_at")
        return [moment(at), item.get("user") or item.get("actor"), item.get("action"), item.get("target")]


class ComparisonView(DictView):
    """How two versions differ."""

    title = "Comparison"


class RunDetail(DictView):
    """A run with its attempts, its timeline and where it was placed."""

    title = "Run"

    def heading(self) -> str:
        run = self.get("run") or self
        return f"Run {run.get('id')}: {run.get('state')}"

    def parts(self) -> Iterable[html.Markup | None]:
        run = self.get("run") or self
        waiting = run.get("waiting") or {}
        yield html.fields(
            {
                "object": f"{run.get('object')}@{run.get('version')}",
                "state": html.state(str(run.get("state"))),
                "reason": run.get("reason"),
                "waiting for": waiting.get("text") or waiting.get("code"),
                "machine": (run.get("machine") or {}).get("name"),
                "attempt": run.get("attempt"),
            }
        )
        timeline = self.get("events") or self.get("timeline") or ()
        if timeline:
            yield html.table(("at", "what", "about"), [_event(item) for item in timeline])

    def __repr__(self) -> str:
        return f"<{self.heading()}>"


def _event(item: Mapping[str, Any]) -> list[Any]:
    data = item.get("data") or {}
    return [moment(item.get("at")), item.get("kind"), ", ".join(f"{name}={value}" for name, value in data.items())]
