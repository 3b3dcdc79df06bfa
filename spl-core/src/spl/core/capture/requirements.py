"""Requirements that the author wrote: an argument, or an inline script block (PEP 723)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spl.core.capture.markers import parse_requirement
from spl.core.capture.refusal import Reason, Site, refusal

_BLOCK = re.compile(r"^# /// script[ \t]*$\n(?P<content>(?:^#(?:| [^\n]*)$\n)+?)^# ///[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the author asked for.

    Attributes:
        lines: requirement lines; None if the author gave none, and what was captured counts.
        python: a version specifier, or an empty string.
    """

    lines: tuple[str, ...] | None = None
    python: str = ""

    @property
    def names(self) -> frozenset[str]:
        """The distributions that the lines name."""
        found = (parse_requirement(line) for line in self.lines or ())
        return frozenset(one.name for one in found if one is not None)


def wanted(argument: Sequence[str] | None, texts: Iterable[tuple[str, str]]) -> Wanted:
    """The argument wins over an inline block; the last block of several texts wins.

    Args:
        argument: requirement lines, or None.
        texts: (label, source) of what may hold a block.

    Raises:
        CaptureError: a block or the argument is not well formed.
    """
    block = Wanted()
    for label, text in texts:
        block = read_block(text, label) or block
    if argument is None:
        return block
    if isinstance(argument, str) or not all(isinstance(line, str) for line in argument):
        raise refusal(
            Reason.REQUIREMENTS,
            "requirements= takes a list of requirement lines.",
            hint='Write it as requirements=["numpy>=2", "pandas"].',
        )
    return Wanted(tuple(line.strip() for line in argument if line.strip()), block.python)


def read_block(text: str, label: str = "") -> Wanted | None:
    """The `# /// script` block of a text; None where there is none."""
    if "# /// script" not in text:
        return None
    match = _BLOCK.search(text)
    if match is None:
        return None
    import tomllib  # few sources have a block

    site = Site(label, text.count("\n", 0, match.start()) + 1)
    content = "".join(line[2:] if line.startswith("# ") else line[1:] for line in match["content"].splitlines(True))
    try:
        document = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise refusal(
            Reason.REQUIREMENTS, f"The script block is not TOML: {error}.", hint="See PEP 723.", site=site
        ) from error
    lines = document.get("dependencies")
    python = document.get("requires-python", "")
    if not (lines is None or (isinstance(lines, list) and all(isinstance(one, str) for one in lines))):
        raise refusal(
            Reason.REQUIREMENTS,
            "`dependencies` of the script block is no list of strings.",
            hint="See PEP 723.",
            site=site,
        )
    return Wanted(None if lines is None else tuple(lines), str(python))
