"""Texts, and the pieces that are cut out of them."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from spl.core.capture.source import Edit, SourceText


def text(source: str) -> SourceText:
    return SourceText("In [1]", dedent(source))


def function(source: SourceText, name: str) -> ast.FunctionDef:
    return next(node for node in source.definitions if isinstance(node, ast.FunctionDef) and node.name == name)


def test_a_segment_has_decorators_comments_and_the_comment_behind_it():
    source = text("""\
        before = 1
        @deco  # why
        @ other(1)
        def f(x):
            # inside
            return x  # behind
        # after
        """)

    assert source.segment(function(source, "f")) == dedent("""\
        @deco  # why
        @ other(1)
        def f(x):
            # inside
            return x  # behind""")


def test_positions_count_letters_not_bytes():
    source = text("é = '🙂'; f = (lambda ß: ß + 'ü')  # ende\n")
    [node] = [node for node in source.definitions if isinstance(node, ast.Lambda)]

    assert source.segment(node) == "lambda ß: ß + 'ü'"


def test_a_block_moves_to_the_margin_but_not_what_stands_in_strings():
    source = text('''\
        class K:
            if True:
                def f(self):
                    text = """
                    kept
                  kept too
            """
                    return (text +
            "odd")
        ''')

    moved = source.block(function(source, "f"))

    assert moved == (
        'def f(self):\n    text = """\n            kept\n          kept too\n    """\n    return (text +\n"odd")'
    )
    ast.parse(moved)


def test_a_block_can_be_moved_below_another():
    source = text("def f(x):\n\treturn x\n")

    assert source.block(function(source, "f"), indent="    ") == "    def f(x):\n    \treturn x"


def test_edits_are_applied_where_they_stand():
    source = text("def f(x=now()):\n    return x\n")
    node = function(source, "f")
    start, end = source.span(node.args.defaults[0])

    assert source.block(node, [Edit(start, end, "12")]) == "def f(x=12):\n    return x"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_are_all_alike(ends):
    assert SourceText("x", f"a = 1{ends}b = 2{ends}").text == "a = 1\nb = 2\n"


def test_the_lambda_is_found_that_the_code_came_from():
    source = text("pair = [lambda x: x + 1, lambda x: x + 2]; deep = lambda a: (lambda b: a + b)\n")
    names: dict = {}
    exec(compile(source.text, "cell", "exec"), names)

    found = [source.find_code(f.__code__) for f in (*names["pair"], names["deep"], names["deep"](1))]

    assert [source.segment(node) for node in found if node is not None] == [
        "lambda x: x + 1",
        "lambda x: x + 2",
        "lambda a: (lambda b: a + b)",
        "lambda b: a + b",
    ]


def test_a_text_gives_the_code_that_was_compiled_from_it_and_no_other():
    names: dict = {}
    exec(compile("def f(x):\n    return x + 1\n", "cell", "exec"), names)

    assert text("def f(x):\n    return x + 1\n").gives(names["f"].__code__)
    assert not text("def f(x):\n    return x + 2\n").gives(names["f"].__code__)
    assert not text("\ndef f(x):\n    return x + 1\n").gives(names["f"].__code__)


def test_text_that_is_not_python_has_no_definitions():
    source = SourceText("In [1]", "%time f(1)\n")

    assert source.tree is None
    assert source.definitions == []
    assert source.codes() == []


def test_the_last_statement_that_binds_a_name_counts():
    source = text("""\
        a = 1
        try:
            import a
        except ImportError:
            a, b = 2, 3
        for c in ():
            d = 4
        def f():
            e = 5
        """)

    assert sorted(source.bindings) == ["a", "b", "c", "d", "f"]
    assert isinstance(source.bindings["a"], ast.Assign)
