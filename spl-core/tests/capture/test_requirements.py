"""What the author wrote wins over what is found."""

from __future__ import annotations

import pytest

from spl.core.capture.requirements import Wanted, read_block, wanted
from spl.core.errors import CaptureError

BLOCK = """\
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "numpy>=2",
#   "Pandas[excel]==2.2",
# ]
# ///
x = 1
"""


def test_a_script_block_is_read():
    found = read_block(BLOCK)

    assert found == Wanted(("numpy>=2", "Pandas[excel]==2.2"), ">=3.11")
    assert found.names == {"numpy", "pandas"}


def test_an_argument_wins_over_a_block_and_a_later_block_over_an_earlier_one():
    later = '# /// script\n# dependencies = ["attrs"]\n# ///\n'

    assert wanted(["scipy"], [("In [1]", BLOCK)]).lines == ("scipy",)
    assert wanted(None, [("In [1]", BLOCK), ("In [2]", "y = 2"), ("In [3]", later)]).lines == ("attrs",)
    assert wanted(None, [("In [1]", "x = 1")]).lines is None


def test_a_block_that_asks_for_nothing_asks_for_nothing():
    assert read_block("# /// script\n# dependencies = []\n# ///\n") == Wanted(())


@pytest.mark.parametrize("content", ["dependencies = 3", "dependencies = [1]", "dependencies = ["])
def test_a_broken_block_is_refused_with_its_place(content):
    with pytest.raises(CaptureError, match=r"In \[4\], line 2"):
        read_block(f"x = 1\n# /// script\n# {content}\n# ///\n", "In [4]")


def test_one_text_is_no_list_of_requirements():
    with pytest.raises(CaptureError, match="takes a list"):
        wanted("numpy", ())
