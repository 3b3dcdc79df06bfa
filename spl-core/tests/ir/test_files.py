"""Export to a file or a folder, import back, and publish what was imported."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spl.core import spl_export_to_dir, spl_export_to_file, spl_import_from_file
from spl.core.common import Deployment, lift
from spl.core.entities.bundle import Bundle, DataFile, Module
from spl.core.entities.function import Function
from spl.core.errors import InvalidBundle
from spl.core.ir.encode import encode
from spl.core.ir.files import bundle_from_text, dump_bundle, load_bundle
from spl.core.ir.hashing import content_hash

CORPUS = Path(__file__).parent.parent / "corpus"
FACTOR = 3


@dataclass
class Point:
    x: int
    y: int


def scaled(a: int, by: int = 1) -> int:
    return a * by * FACTOR


def placed(value: int, at: Point) -> list[int]:
    assert isinstance(at, Point)
    return [value + at.x, value + at.y]


def total(values: list[int], *, extra: int = 0) -> int:
    return sum(values) + extra


def make_pipeline() -> Any:
    spot = lift(placed).bind(value=lift(scaled).bind(by=2), at=Point(1, 2)).alias("spot")
    return lift(total).bind(values=spot).alias("total").render("spots")


def simple(**changes: Any) -> Bundle:
    parts: dict[str, Any] = {
        "entrypoint": "f",
        "modules": (Module("main", "main.py", "def f():\n    return 'é'\n"),),
        "functions": (Function("f", module="main", qualname="f"),),
    }
    return Bundle(**(parts | changes))


def test_a_function_comes_back_as_a_function(tmp_path):
    spl_export_to_file(tmp_path / "bundle.yaml", [scaled])
    namespace: dict[str, Any] = {}

    bundle = spl_import_from_file(tmp_path / "bundle.yaml", namespace)

    assert list(namespace) == ["scaled"]
    assert namespace["scaled"](2, by=5) == 30
    assert namespace["scaled"] is not scaled
    assert bundle.entrypoint == "scaled"


def test_a_pipeline_comes_back_as_a_pipeline_and_runs_at_once(tmp_path):
    spl_export_to_file(tmp_path / "bundle.yaml", [make_pipeline()])
    namespace: dict[str, Any] = {}

    spl_import_from_file(tmp_path / "bundle.yaml", namespace)

    assert set(namespace) == {"spots", "scaled", "placed", "total"}
    run = Deployment(namespace["spots"]).run(a=10, extra=100)
    assert run[namespace["spots"].get_node_by_alias("spot")]["default"] == [61, 62]
    assert run["total"]["default"] == 223


def test_what_was_imported_is_exported_again_with_nothing_lost(tmp_path):
    first = spl_export_to_file(tmp_path / "first.yaml", [make_pipeline()])
    namespace: dict[str, Any] = {}
    spl_import_from_file(tmp_path / "first.yaml", namespace)

    again = spl_export_to_file(tmp_path / "again.yaml", [namespace["spots"]])
    function = spl_export_to_file(tmp_path / "function.yaml", [namespace["scaled"]])

    assert {one.name for one in again.functions} == {one.name for one in first.functions}
    assert again.dependencies == first.dependencies
    second: dict[str, Any] = {}
    spl_import_from_file(tmp_path / "again.yaml", second)
    assert Deployment(second["spots"]).run(a=10)["total"]["default"] == 123
    third: dict[str, Any] = {}
    spl_import_from_file(tmp_path / "function.yaml", third)
    constants = [link["value"] for link in encode(again)["pipelines"][0]["links"] if "value" in link]
    assert constants == [2, {"$spl": "dataclass", "type": "main:Point", "fields": {"x": 1, "y": 2}}]
    assert function.entrypoint == "scaled"
    assert third["scaled"](1) == 3


def test_the_same_objects_give_the_same_bytes(tmp_path):
    spl_export_to_file(tmp_path / "one.yaml", [make_pipeline()])
    spl_export_to_file(tmp_path / "two.yaml", [make_pipeline()])

    assert (tmp_path / "one.yaml").read_bytes() == (tmp_path / "two.yaml").read_bytes()


def test_one_object_needs_no_list(tmp_path):
    assert spl_export_to_file(str(tmp_path / "bundle.yaml"), scaled).entrypoint == "scaled"


def test_the_entrypoint_can_be_chosen(tmp_path):
    bundle = spl_export_to_file(tmp_path / "bundle.yaml", [scaled, total], entrypoint="total")

    assert load_bundle(tmp_path / "bundle.yaml").entrypoint == bundle.entrypoint == "total"
    with pytest.raises(InvalidBundle, match="'nope' is not among what is exported"):
        spl_export_to_file(tmp_path / "bundle.yaml", [scaled, total], entrypoint="nope")


def test_a_file_is_utf_8_with_line_feeds(tmp_path):
    spl_export_to_file(tmp_path / "deep" / "bundle.yaml", simple())

    content = (tmp_path / "deep" / "bundle.yaml").read_bytes()

    assert "é".encode() in content
    assert b"\r" not in content
    assert content.decode("utf-8") == dump_bundle(simple())


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a folder that can't be written to")
def test_a_file_that_can_t_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "bundle.yaml"
    spl_export_to_file(path, simple())
    tmp_path.chmod(0o500)

    with pytest.raises(OSError):
        spl_export_to_file(path, simple(entrypoint="f", python="3.13.9"))
    tmp_path.chmod(0o700)

    assert load_bundle(path) == simple()


def test_a_bundle_that_can_t_be_written_leaves_the_old_file_and_nothing_beside(tmp_path):
    path = tmp_path / "bundle.yaml"
    spl_export_to_file(path, simple())

    with pytest.raises(InvalidBundle):
        spl_export_to_file(path, simple(modules=(Module("main", "main.py", "'\ud800'"),)))

    assert load_bundle(path) == simple()
    assert [file.name for file in tmp_path.iterdir()] == ["bundle.yaml"]


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_folder_holds_the_modules_as_files_and_comes_back_the_same(tmp_path):
    bundle = load_bundle(CORPUS / "v1" / "embedded_package.yaml")

    spl_export_to_dir(tmp_path / "out", bundle)

    assert (tmp_path / "out" / "src" / "shop" / "text.py").read_text("utf-8") == bundle.modules[3].source
    assert (tmp_path / "out" / "src" / "shop" / "prices" / "data" / "rates.csv").read_bytes() == bundle.files[0].content
    assert "def " not in (tmp_path / "out" / "bundle.yaml").read_text("utf-8")
    assert load_bundle(tmp_path / "out") == load_bundle(tmp_path / "out" / "bundle.yaml") == bundle
    assert content_hash(load_bundle(tmp_path / "out")) == content_hash(bundle)


def test_an_edited_module_of_a_folder_is_what_runs(tmp_path):
    spl_export_to_dir(tmp_path, [scaled])
    (source,) = [path for path in (tmp_path / "src").rglob("*.py") if "def scaled" in path.read_text("utf-8")]
    source.write_text(source.read_text("utf-8").replace("* FACTOR", "* FACTOR + 1"), encoding="utf-8", newline="\r\n")
    namespace: dict[str, Any] = {}

    spl_import_from_file(tmp_path, namespace)

    assert namespace["scaled"](2) == 7


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("../secret.py", "`..`"),
        ("/etc/passwd", "absolute"),
        ("src/missing.py", "can't be read"),
        ("link.py", "leads out"),
    ],
)
def test_a_folder_can_t_make_the_import_read_elsewhere(tmp_path, name, says):
    folder = tmp_path / "bundle"
    spl_export_to_dir(folder, simple())
    (tmp_path / "secret.py").write_text("def f(): ...\n", encoding="utf-8")
    (folder / "link.py").symlink_to(tmp_path / "secret.py")
    document = folder / "bundle.yaml"
    document.write_text(document.read_text("utf-8").replace("src/main.py", name), encoding="utf-8")

    with pytest.raises(InvalidBundle, match=says) as caught:
        load_bundle(folder)

    assert str(caught.value).startswith("modules[0].source_file, line ")


def test_a_text_alone_can_t_refer_to_files(tmp_path):
    spl_export_to_dir(tmp_path, simple())

    with pytest.raises(InvalidBundle, match="refers to a file beside it"):
        bundle_from_text((tmp_path / "bundle.yaml").read_text("utf-8"))


def test_a_source_file_that_is_no_text_is_refused(tmp_path):
    spl_export_to_dir(tmp_path, simple())
    (tmp_path / "src" / "main.py").write_bytes(b"\xff\xfe")

    with pytest.raises(InvalidBundle, match=r"modules\[0\].source_file, line .*not UTF-8"):
        load_bundle(tmp_path)


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_text_or_a_path_is_loaded(tmp_path):
    text = dump_bundle(simple())
    path = tmp_path / "bundle.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode("utf-8"))

    assert load_bundle(text) == load_bundle(path) == load_bundle(str(path)) == simple()


@pytest.mark.parametrize("source", ["", "  ", "\n", "nothing.yaml", "a\x00b", Path("nowhere"), Path()])
def test_what_is_no_bundle_and_no_file_is_refused(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InvalidBundle):
        load_bundle(source)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"spl: 1\nentrypoint: \xe9\n", b"x" * (5 * 1024 * 1024)])
def test_a_file_that_is_no_text_or_too_large_is_refused(content, tmp_path):
    (tmp_path / "bundle.yaml").write_bytes(content)

    with pytest.raises(InvalidBundle, match=r"UTF-8|larger"):
        load_bundle(tmp_path / "bundle.yaml")


def test_nothing_runs_when_a_bundle_is_only_read(tmp_path):
    trap = f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\ndef f(): ...\n"

    load_bundle(dump_bundle(simple(modules=(Module("main", "main.py", trap),))))

    assert not (tmp_path / "ran").exists()


def test_a_data_file_keeps_every_byte():
    content = bytes(range(256)) * 5
    bundle = simple(files=(DataFile("a/b.bin", content), DataFile("empty", b"")))

    assert bundle_from_text(dump_bundle(bundle)).files == bundle.files
