"""The page about the command line says what the command line is."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from spl.daemon.cli.application import build
from spl.daemon.cli.command import PANELS
from spl.daemon.cli.reference import markdown

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "cli.md"


def test_the_page_is_as_the_commands_are():
    if not PAGE.parent.is_dir():
        pytest.skip("the docs are not beside the package here")

    assert PAGE.read_text(encoding="utf-8") == markdown(), (
        "run `python -m spl.daemon.cli.reference docs/reference/cli.md`"
    )


def test_every_command_and_every_option_is_on_it():
    page = markdown()
    for name, command in typer.main.get_command(build()).commands.items():
        assert f"### {name}\n" in page
        assert command.rich_help_panel in PANELS
        for parameter in command.params:
            assert parameter.param_type_name == "argument" or f"`{parameter.opts[0]}`" in page
            assert parameter.help, f"{name} {parameter.name} has no help"


def test_it_can_be_written_to_a_file_or_to_stdout(tmp_path: Path, monkeypatch, capsys):
    from spl.daemon.cli import reference

    file = tmp_path / "cli.md"
    monkeypatch.setattr("sys.argv", ["reference", str(file)])
    reference.main()
    monkeypatch.setattr("sys.argv", ["reference"])
    reference.main()

    assert file.read_text(encoding="utf-8") == capsys.readouterr().out == markdown()
