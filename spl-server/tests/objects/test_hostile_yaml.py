"""YAML from strangers: it is refused where it is no plain document, soon, and with the line."""

from __future__ import annotations

import time

import pytest

from daemon_server.objects.bundle import InvalidBundle, read
from daemon_server.objects.bundle.text import DEPTH_LIMIT, NODE_LIMIT, TEXT_LIMIT, load

# Seconds that any text may keep the server busy: the largest ones that are accepted take a third of that.
SLOWEST = 6.0


def loaded(plain: str) -> object:
    return load(f"a: {plain}")[0]["a"]


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        *[(word, None) for word in ("", "~", "null", "Null", "NULL")],
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        *[("0", 0), ("-12", -12), ("+7", 7), ("0x1F", 31), ("0o17", 15), ("9007199254740993", 9007199254740993)],
        *[("1.5", 1.5), ("-0.0", -0.0), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("2.5E-3", 0.0025)],
        *[(text, text) for text in ("yes", "No", "on", "1:30", "014", "-007", "2026-03-01", "1_000", "0b11", "tRue")],
        *[("'1'", "1"), ('"true"', "true"), ("'<<'", "<<")],
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(plain, value) -> None:
    found = loaded(plain)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("spl: 1\na: !!python/object/apply:os.system [id]", 2, "tag"),
        ("spl: 1\na: !!str x", 2, "tag"),
        ("spl: 1\na: !x {}", 2, "tag"),
        ("spl: 1\na: &x 1", 2, "anchors"),
        ("spl: 1\na: &x [1]\nb: *x", 2, "anchors"),
        ("spl: 1\nb: *x", 2, "anchors"),
        ("spl: 1\n<<: {a: 1}", 2, "merge"),
        ("spl: 1\na: 1\na: 2", 3, "twice"),
        ("spl: 1\na: {b: 1, b: 2}", 2, "twice"),
        ("spl: 1\n1: a", 2, "key is text"),
        ("spl: 1\n? [a]\n: b", 2, "key is text"),
        ("spl: 1\n? {a: 1}\n: b", 2, "key is text"),
        ("spl: 1\n---\nspl: 1", 2, "second document"),
        ("%YAML 1.1\n---\nspl: 1", 1, "directives"),
        ("spl: 1\n%TAG ! x", 2, "directives"),
        ("spl: 1\na: .inf", 2, "finite"),
        ("spl: 1\na: -.INF", 2, "finite"),
        ("spl: 1\na: .nan", 2, "finite"),
        ("spl: 1\na: 1e999", 2, "finite"),
        ("spl: 1\na: " + "9" * 500, 2, "500 characters"),
        ("spl: 1\na: [", 3, "can't be read"),
        ("spl: 1\n\ta: b", 2, "can't be read"),
        ("spl: 1\na: 'b", 2, "can't be read"),
        ("spl: 1\na: " + "[" * (DEPTH_LIMIT + 5) + "]" * (DEPTH_LIMIT + 5), 2, "nested deeper"),
        ("spl: 1\na: \ud800", 2, "half of a character"),
    ],
)
def test_what_is_no_plain_document_is_refused_with_its_line(text, line, says) -> None:
    with pytest.raises(InvalidBundle) as caught:
        read(text)

    assert says in caught.value.message
    assert abs(caught.value.details["line"] - line) <= (1 if says == "can't be read" else 0)


@pytest.mark.parametrize("text", ["", "# nothing", "a", "1", "null", "...", "---", "\x00", "\x07: 1", "a: b\x00"])
def test_what_is_no_bundle_at_all_is_refused(text) -> None:
    with pytest.raises(InvalidBundle):
        read(text)


def test_depth_is_counted_to_the_limit_and_not_beyond() -> None:
    within = "[" * (DEPTH_LIMIT - 1) + "]" * (DEPTH_LIMIT - 1)

    assert loaded(within) is not None
    with pytest.raises(InvalidBundle, match="nested deeper"):
        loaded(f"[{within}]")


def test_size_is_counted_in_bytes_to_the_limit_and_not_beyond() -> None:
    begin = "spl: 1\na: "
    room = TEXT_LIMIT - len(begin)

    assert load(begin + "x" * room)[0]["a"] == "x" * room
    for text in (begin + "x" * (room + 1), begin + "é" * (room // 2 + 1)):
        with pytest.raises(InvalidBundle, match="bytes, and may have"):
            load(text)


def test_keys_and_values_are_counted_to_the_limit_and_not_beyond() -> None:
    # The document, the key and the list are three of them.
    items = "\n".join(["a:", *(["- 1"] * (NODE_LIMIT - 3))])

    assert len(load(items)[0]["a"]) == NODE_LIMIT - 3
    with pytest.raises(InvalidBundle, match="keys and values"):
        load(items + "\n- 1")


@pytest.mark.parametrize(
    "text",
    [
        "spl: 1\na: " + "[" * 1_000_000,
        "spl: 1\na: " + "{a: " * 500_000,
        "spl: 1\n" + "- " * 1_000_000,
        "spl: 1\na:\n" + "? " * 500_000,
        "spl: 1\na: " + "[1, " * 300_000,
        "spl: 1\n" + "%TAG ! x\n" * 200_000,
        "\n".join(f"a{n}: &a{n} [1]" for n in range(100_000)),
        "spl: 1\na: " + "9" * 4_000_000,
        "spl: 1\na: '" + "\n" * 4_000_000,
        "spl: 1\nk" + "k" * 4_000_000,
        "spl: 1\na: |\n" + " x\n" * 1_300_000,
        "spl: 1\na: [" + "1," * 2_000_000,
        "spl: 1\na: [" + "''," * 1_300_000,
        '"' + "\\u0041" * 600_000 + '": 1',
        "spl: 1\n" + "".join(f"{n}: &x\n" for n in range(300_000)),
    ],
    ids=range(15),
)
def test_no_text_keeps_the_server_busy(text) -> None:
    began = time.process_time()
    with pytest.raises(InvalidBundle):
        read(text)

    assert time.process_time() - began < SLOWEST


def test_a_bundle_of_many_links_is_read_in_time() -> None:
    nodes = "\n".join(f"    n{n}: {{function: f}}" for n in range(10_000))
    links = "\n".join(f"  - {{to: n{n}.x, from: n{n - 1}.default}}" for n in range(1, 10_000))
    text = (
        "spl: 1\nentrypoint: p\nfunctions:\n- {name: f, in: main, inputs: [{name: x}]}\npipelines:\n- name: p\n"
        f"  nodes:\n{nodes}\n  links:\n{links}\nmodules:\n- {{name: main, path: main.py, source: ''}}\n"
    )
    began = time.process_time()
    card = read(text).card

    assert len(card["graphs"]["p"]["nodes"]) == 10_000
    assert time.process_time() - began < SLOWEST


def test_a_bundle_of_the_old_format_is_sent_to_a_client() -> None:
    with pytest.raises(InvalidBundle) as caught:
        read("- !DFunction\n  name: f\n")

    assert "client" in (caught.value.hint or "")


def test_a_small_text_makes_no_large_graph() -> None:
    inputs = ", ".join(f"{{name: x{n}}}" for n in range(3_000))
    nodes = "".join(f"    n{n}: {{function: f}}\n" for n in range(3_000))
    text = (
        f"spl: 1\nentrypoint: p\nfunctions:\n- {{name: f, in: main, inputs: [{inputs}]}}\n"
        f"pipelines:\n- name: p\n  nodes:\n{nodes}modules:\n- {{name: main, path: main.py, source: ''}}\n"
    )

    with pytest.raises(InvalidBundle, match="inputs and outputs together"):
        read(text)


def test_one_input_has_no_thousand_types() -> None:
    nodes = "".join(
        f"    n{n}: {{remote: {{name: a}}, inputs: [{{name: x, schema: {{const: {n}}}}}]}}\n" for n in range(2_000)
    )
    text = (
        "spl: 1\nentrypoint: p\nfunctions:\n- {name: f, in: main}\npipelines:\n- name: p\n  nodes:\n"
        f"{nodes}modules:\n- {{name: main, path: main.py, source: ''}}\n"
    )

    with pytest.raises(InvalidBundle, match="different types"):
        read(text)
