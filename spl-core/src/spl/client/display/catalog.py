"""Published objects and their signatures, as dicts and lists that look well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from spl.client.display import html
from spl.client.display.capture import capture_part
from spl.client.display.text import moment, size, table
from spl.client.display.views import DictView, ListView

if TYPE_CHECKING:
    from spl.core.entities.signature import Signature


class Description(str):
    """`describe()`: a text to print, and a card in a notebook."""

    __slots__ = ("_card",)
    _card: str

    @classmethod
    def of(cls, text: str, card: str) -> Description:
        made = cls(text)
        made._card = card
        return made

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return html.bundle(str(self), getattr(self, "_card", html.card("", [html.pre(str(self))])))


class SignatureView(DictView):
    """What an object, or a function inside it, takes and gives."""

    @property
    def reference(self) -> str:
        name = self.get("object") or self["name"]
        return f"{name}::{self['function']}" if self.get("function") else str(name)

    @property
    def signature(self) -> Signature:
        """The same as the language knows it."""
        from spl.core.entities.port import InputPort, OutputPort, PortKind
        from spl.core.entities.signature import Signature

        return Signature(
            name=self.get("function") or self["name"],
            kind=self["kind"],
            inputs=tuple(
                InputPort(port["name"], port["type"], port["default"], PortKind(port["kind"]))
                for port in self["inputs"]
            ),
            outputs=tuple(OutputPort(port["name"], port["type"]) for port in self["outputs"]),
            aliases=dict.fromkeys(self.get("aliases") or (), ""),
            doc=self.get("doc") or "",
            functions=tuple(self.get("functions") or ()),
        )

    def describe(self) -> Description:
        return Description.of(self.text(), html.card(self.heading(), self.parts(), beside=self._beside()))

    def text(self) -> str:
        return self.signature.describe(self.reference, self.get("version"), self.get("display_name"))

    def heading(self) -> str:
        return f"{self.reference} v{self.get('version')}"

    def parts(self) -> Iterable[html.Markup | None]:
        if self.get("doc"):
            yield html.soft_line(str(self["doc"]).strip().splitlines()[0])
        if self["inputs"]:
            yield html.table(("input", "type", "default"), [_input_row(port) for port in self["inputs"]])
        yield html.table(("output", "type", "read"), [_output_row(port) for port in self["outputs"]])
        if self.get("functions") and self["kind"] == "pipeline":
            yield html.soft_line("functions: " + ", ".join(self["functions"]))
        yield html.pre(self.signature.example(self.reference))
        yield capture_part(self.get("capture"))

    def _beside(self) -> str:
        return f"{self['kind']}, env {self.get('env')}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.describe()._repr_mimebundle_()

    def __repr__(self) -> str:
        return f"<Signature {self.reference}@{self.get('version')}: {self.signature.text}>"


class InputListView(ListView):
    """What an object takes."""

    title = "Inputs"
    columns = ("name", "type", "required", "default")

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        return [html.code(item["name"]), item["type"] or "any", "yes" if item["required"] else "no", item["default"]]


class OutputListView(ListView):
    """What an object gives."""

    title = "Outputs"
    columns = ("name", "type", "output=", "read")

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        return [html.code(item["name"]), item["type"] or "any", item["selector"], html.code(item["read"])]


class VersionListView(ListView):
    """The versions of an object."""

    title = "Versions"
    columns = ("version", "env", "entrypoint", "size", "published")

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        label = f"{item['version']} (latest)" if item.get("latest") else item["version"]
        return [
            label,
            item.get("env"),
            item.get("entrypoint"),
            size(item.get("size_bytes")),
            moment(item.get("created_at")),
        ]


class ObjectView(DictView):
    """One version of an object."""

    title = "Object"

    def heading(self) -> str:
        return f"{self['name']} v{self['version']}"

    def __repr__(self) -> str:
        return f"<Object {self['name']}@{self['version']}, {self['kind']}, env {self.get('env')!r}>"

    def parts(self) -> Iterable[html.Markup | None]:
        yield html.fields({**{name: value for name, value in self.shown().items() if name not in ("yaml", "capture")}})
        if self.get("yaml"):
            yield html.details("SPL/YAML", html.pre(self["yaml"], 8_000))


class ObjectList(ListView):
    """Published objects with everything that is listed of them."""

    title = "Objects"
    columns = ("name", "kind", "version", "inputs", "env", "updated")
    nothing = "none published yet"

    def row(self, item: Mapping[str, Any]) -> list[Any]:
        return [
            html.code(item["name"]),
            item["kind"],
            item["version"],
            _names(item.get("inputs") or ()),
            item.get("env"),
            moment(item.get("updated_at")),
        ]


class ObjectTable(DictView):
    """Published objects by name."""

    title = "Objects"

    @classmethod
    def of(cls, items: Iterable[Mapping[str, Any]]) -> ObjectTable:
        kept = ("display_name", "kind", "version", "inputs", "outputs", "env")
        return cls({item["name"]: {name: item.get(name) for name in kept} for item in items})

    def text(self) -> str:
        rows = [[html.plain(cell) for cell in row] for row in self._rows()[: html.MOST_ROWS]]
        rest = f"\n… {len(self) - html.MOST_ROWS} more" if len(self) > html.MOST_ROWS else ""
        return table(("name", "kind", "version", "inputs"), rows) + rest if rows else "Objects: none published yet"

    def heading(self) -> str:
        return f"Objects ({len(self)})"

    def parts(self) -> Iterable[html.Markup | None]:
        return [html.table(("name", "kind", "version", "inputs"), self._rows())]

    def _rows(self) -> list[list[Any]]:
        return [
            [html.code(name), item["kind"], item["version"], _names(item["inputs"] or ())]
            for name, item in self.items()
        ]

    def __repr__(self) -> str:
        return self.text()


class ObjectCatalog(DictView):
    """Both catalogs: `{"local": {...}, "server": [...]}`."""

    title = "Objects"

    def text(self) -> str:
        return f"On this machine:\n{self['local'].text()}\nOn the server:\n{self['server'].text()}"

    def parts(self) -> Iterable[html.Markup | None]:
        yield html.soft_line("on this machine")
        yield from self["local"].parts()
        yield html.soft_line("on the server")
        yield from self["server"].parts()

    def __repr__(self) -> str:
        return self.text()


def _input_row(port: Mapping[str, Any]) -> list[Any]:
    default = html.soft("required") if port["required"] else port["default"]
    return [html.code(port["name"]), port["type"] or "any", default]


def _output_row(port: Mapping[str, Any]) -> list[Any]:
    return [html.code(port["name"]), port["type"] or "any", html.code(port["read"])]


def _names(inputs: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(port["name"] if port["required"] else f"[{port['name']}]" for port in inputs)
