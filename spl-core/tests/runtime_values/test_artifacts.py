"""The files a run leaves behind."""

from __future__ import annotations

import hashlib
import os
import sys
import types
from pathlib import Path

import pytest

from spl.runtime import artifacts
from spl.runtime.artifacts import ArtifactRejected, adopt, check_name, collect
from spl.runtime.values import ArtifactRef


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run" / "artifacts").mkdir(parents=True)
    return tmp_path / "run"


def write(path: Path, data: bytes = b"data") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def rejected(folder: Path, **bounds: int) -> ArtifactRejected:
    with pytest.raises(ArtifactRejected) as caught:
        collect(folder, **bounds)
    return caught.value


def test_every_file_is_listed_with_its_hash(folder):
    write(folder / "artifacts" / "b.csv", b"1,2")
    write(folder / "artifacts" / "plots" / "a b.png", b"")

    assert collect(folder) == [
        {"name": "b.csv", "size": 3, "sha256": hashlib.sha256(b"1,2").hexdigest(), "media_type": "text/csv"},
        {"name": "plots/a b.png", "size": 0, "sha256": hashlib.sha256(b"").hexdigest(), "media_type": "image/png"},
    ]


def test_no_folder_is_no_artifacts(tmp_path):
    assert collect(tmp_path / "nowhere") == []


def test_an_unknown_ending_is_bytes(folder):
    write(folder / "artifacts" / "model.bin2")

    assert collect(folder)[0]["media_type"] == "application/octet-stream"


@pytest.mark.parametrize("name", ["größe.txt", "a\nb", "a.", " a", "a ", "x" * 201, "a" + "/a" * 8, "a:b", "<b>"])
def test_a_file_without_a_safe_name_is_rejected_and_named(folder, name):
    write(folder / "artifacts" / "good.txt")
    write(folder / "artifacts" / name)

    error = rejected(folder)

    assert [problem[0] for problem in error.problems] == [name]
    assert [item["name"] for item in error.accepted] == ["good.txt"]


@pytest.mark.parametrize("name", ["a", ".hidden", "a.b-c_d e", "a/b/c/d/e/f/g/h", "x" * 200, "1", "-"])
def test_a_safe_name_is_accepted(name):
    check_name(name)


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are POSIX")
def test_links_and_pipes_are_rejected_and_not_followed(folder, tmp_path):
    secret = write(tmp_path / "secret")
    (folder / "artifacts" / "link").symlink_to(secret)
    (folder / "artifacts" / "linked-folder").symlink_to(tmp_path)
    os.mkfifo(folder / "artifacts" / "pipe")

    reasons = dict(rejected(folder).problems)

    assert "link" in reasons["link"]
    assert "link" in reasons["linked-folder"]
    assert "regular" in reasons["pipe"]
    assert len(reasons) == 3


def test_number_and_sizes_are_bounded(folder):
    for name in ("a", "b", "c"):
        write(folder / "artifacts" / name, b"12345")

    assert len(collect(folder, max_count=3, max_size=5, max_total=15)) == 3
    assert "at most 2" in str(rejected(folder, max_count=2))
    assert "has 5 bytes" in str(rejected(folder, max_size=4))
    assert "at most 14 bytes" in str(rejected(folder, max_total=14))


def test_very_many_files_are_rejected_in_time(folder):
    for number in range(500):
        write(folder / "artifacts" / f"{number}.txt")

    error = rejected(folder)

    assert len(error.accepted) == artifacts.MAX_COUNT
    assert len(str(error)) < 5000


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_can_not_be_read_is_rejected(folder):
    write(folder / "artifacts" / "a").chmod(0)

    assert "can't be read" in str(rejected(folder))


# --- returned paths and figures ---------------------------------------------------------------------------------------


def test_a_returned_path_below_the_folder_is_an_artifact(folder, monkeypatch):
    monkeypatch.chdir(folder)
    write(folder / "artifacts" / "deep" / "a.txt")
    write(folder / "out.csv", b"1,2")

    assert adopt(folder / "artifacts" / "deep" / "a.txt", folder) == ArtifactRef("deep/a.txt")
    assert adopt(Path("out.csv"), folder) == ArtifactRef("out.csv")
    assert (folder / "artifacts" / "out.csv").read_bytes() == b"1,2"


def test_a_name_that_is_taken_gets_a_number(folder):
    write(folder / "artifacts" / "out.csv", b"first")
    write(folder / "out.csv", b"second")

    assert adopt(folder / "out.csv", folder) == ArtifactRef("out-2.csv")
    assert (folder / "artifacts" / "out.csv").read_bytes() == b"first"


@pytest.mark.parametrize("make", ["outside", "missing", "folder", "sibling"])
def test_any_other_path_stays_a_path(folder, tmp_path, make):
    path = {
        "outside": write(tmp_path / "elsewhere"),
        "missing": folder / "nothing",
        "folder": folder,
        "sibling": write(tmp_path / "run2" / "a"),
    }[make]

    assert adopt(path, folder) == path
    assert collect(folder) == []


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX")
def test_a_link_out_of_the_folder_stays_a_path(folder, tmp_path):
    (folder / "link").symlink_to(write(tmp_path / "secret"))

    assert adopt(folder / "link", folder) == folder / "link"


def test_paths_are_found_inside_what_is_returned(folder):
    path = write(folder / "artifacts" / "a.txt")
    ref = ArtifactRef("a.txt")

    assert adopt({"files": [path, 1], "pair": (path, {"default": path})}, folder) == {
        "files": [ref, 1],
        "pair": (ref, {"default": ref}),
    }


def test_what_has_no_files_in_it_is_left_alone(folder):
    value = {"a": [1, {"b": (2.5, None)}], "c": list(range(1000))}

    assert adopt(value, folder) is value


@pytest.fixture
def figure_class(monkeypatch):
    """What `adopt` knows of matplotlib: the name of its class, and savefig."""

    class Figure:
        def savefig(self, path, **options):
            Path(path).write_bytes(b"\x89PNG")

    Figure.__module__, Figure.__qualname__ = "matplotlib.figure", "Figure"
    return Figure


def test_a_returned_figure_is_a_picture(folder, figure_class):
    class Mine(figure_class):
        pass

    assert adopt(Mine(), folder) == ArtifactRef("figure.png")
    assert adopt({"loss": figure_class(), "not/safe": figure_class()}, folder) == {
        "loss": ArtifactRef("loss.png"),
        "not/safe": ArtifactRef("figure-2.png"),
    }
    assert [item["media_type"] for item in collect(folder)] == ["image/png"] * 3


def test_a_returned_axes_is_its_figure(folder, figure_class):
    axes_class = type("_AxesBase", (), {"__module__": "matplotlib.axes._base", "figure": figure_class()})

    assert adopt([axes_class()], folder) == [ArtifactRef("figure.png")]
