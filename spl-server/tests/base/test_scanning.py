"""Credentials that lie in files are found by form and checksum, and their secrets are not repeated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from daemon_server.cli.application import run
from daemon_server.cli.scanning import PIECE_BYTES
from daemon_server.identity.token_format import PREFIXES, mint


def test_every_kind_is_found_wherever_it_lies_and_nothing_else(tmp_path: Path, capsys: Any) -> None:
    tokens = [mint(kind) for kind in PREFIXES]
    (tmp_path / "deep").mkdir()
    wrong = tokens[0].raw[:-1] + ("a" if tokens[0].raw[-1] != "a" else "b")
    text = " ".join(token.raw for token in tokens)
    (tmp_path / "deep" / "notes.txt").write_text(f"x{tokens[0].raw} {wrong} {text}\n")
    border = b"\n" * (PIECE_BYTES - 20) + tokens[1].raw.encode() + b"\n"
    (tmp_path / "large.bin").write_bytes(border)

    assert run(["tokens-scan", str(tmp_path), "--json"]) == 1
    told = capsys.readouterr().out

    found = json.loads(told)["found"]
    assert sorted(one["token"] for one in found if one["path"].endswith("txt")) == sorted(t.raw[:15] for t in tokens)
    assert [(one["offset"], one["token"]) for one in found if one["path"].endswith("bin")] == [
        (PIECE_BYTES - 20, tokens[1].raw[:15])
    ]
    assert not any(token.secret in told for token in tokens)


def test_a_clean_folder_is_told_as_such(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "clean.txt").write_text("splu_" + "a" * 50)

    assert run(["tokens-scan", str(tmp_path)]) == 0
    assert "none found" in capsys.readouterr().out


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert run(["tokens-scan", str(tmp_path / "nothing")]) == 2
