"""The global names of a definition are found as Python finds them."""

from __future__ import annotations

import ast

import pytest

from spl.core.capture.names import names_of
from spl.core.capture.source import FUTURE_ANNOTATIONS


def names(source: str, **options):
    return names_of(ast.parse(source).body, **options)


@pytest.mark.parametrize(
    ("source", "now", "later"),
    [
        ("def f(x):\n    return x + g(y)", [], ["g", "y"]),
        ("@deco(A)\ndef f(x=B, *, k=C): ...", ["deco", "A", "B", "C"], []),
        ("def f(x: T) -> R: ...", ["T", "R"], []),
        (
            "class K(Base, metaclass=M):\n    a = A\n    b = a\n    def m(self):\n        return K, G",
            ["Base", "M", "A"],
            ["K", "G"],
        ),
        ("class K:\n    x = x\n    y = [g(i) for i in z]", ["x", "z", "g"], []),
        ("f = lambda x: h(x, k)", [], ["h", "k"]),
        ("def f(xs):\n    return [g(x) for x in xs for y in x]", [], ["g"]),
        (
            "def f():\n    try:\n        a()\n    except E as e:\n        del e\n    with o() as w:\n        return w",
            [],
            ["a", "E", "o"],
        ),
        ("def f(x):\n    import json\n    from a import b as c\n    return json, c", [], []),
        ("def f(x):\n    y: Nonsense = x\n    return y", [], []),
        ("def f[T: Bound](x: T, y: U): ...", ["U"], ["Bound"]),
        ("def f(x):\n    match x:\n        case P(a=1) | Q.R:\n            return x", [], ["P", "Q"]),
        ("def f():\n    def g():\n        return h()\n    return g", [], ["h"]),
        ("def f(x):\n    return f'{x:{w}} {y!r}'", [], ["w", "y"]),
    ],
)
def test_names_are_needed_when_a_definition_runs_or_when_it_is_called(source, now, later):
    found = names(source)

    assert (sorted(found.now), sorted(found.later)) == (sorted(now), sorted(later))


def test_quoted_annotations_are_quiet():
    found = names("def f(x: 'A.b | None', y: Annotated[int, 'not a name!']) -> 'list[B]': ...")

    assert list(found.now) == ["Annotated", "int"]
    assert sorted(found.quiet) == ["A", "B", "list"]


def test_all_annotations_are_quiet_where_they_are_not_evaluated():
    found = names("class K:\n    a: A\n    def m(self, x: B) -> C: ...", flags=FUTURE_ANNOTATIONS)

    assert sorted(found.quiet) == ["A", "B", "C"]
    assert not {"A", "B", "C"} & {*found.now, *found.later}


def test_names_that_are_written_are_told():
    found = names("def f():\n    global a\n    a = 1\n    def g():\n        global b\n        del b")

    assert sorted(found.written) == ["a", "b"]


def test_what_an_enclosing_function_provides_is_no_global():
    found = names("def f(x):\n    nonlocal n\n    n += step\n    return g(x)", enclosed=["n", "g"])

    assert sorted(found.all) == ["step"]


def test_dotted_paths_are_told_by_their_first_name():
    found = names("def f(x):\n    return xml.etree.ElementTree.parse(x).find(np.linalg)")

    assert "xml.etree.ElementTree.parse" in found.chains["xml"]
    assert found.chains["np"] == {"np.linalg"}


def test_each_name_has_the_line_of_its_first_use():
    assert names("def f(x):\n    a(x)\n\n    return a(b)").later == {"a": 2, "b": 4}


def test_names_in_the_text_of_a_query_are_mentioned():
    assert list(names("def f(df):\n    return df.query('a > @limit')").mentioned) == ["limit"]
