"""What is read of an object: cards, signatures, inputs, graphs, comparisons, lists."""

from __future__ import annotations

import pytest

from spl.core.ir.files import bundle_from_text
from spl.core.ir.hashing import content_hash

from .conftest import PIPELINE, TOTAL, variant

pytestmark = pytest.mark.anyio


async def test_an_object_says_everything_but_its_source(alice) -> None:
    made = await alice.publish(isolation="reuse", capture={"functions": ["total"]})
    shown = await alice("GET", "/objects/total")
    full = await alice("GET", "/owners/alice/libraries/default/objects/total")

    assert full == shown
    assert shown["yaml"] is None
    assert shown["content_hash"] == content_hash(bundle_from_text(TOTAL))
    assert shown["id"] == made["id"]
    assert [port["name"] for port in shown["inputs"]] == ["a", "b"]
    assert (shown["python"], shown["requires_python"]) == ("3.13.0", ">=3.10")
    assert (shown["dependencies"], shown["isolation"]) == (["numpy==2.1.0"], "reuse")
    assert shown["capture"] == {"functions": ["total"]}
    assert shown["size_bytes"] == len(TOTAL)
    assert shown["functions"] == ["total"]


async def test_a_function_inside_a_pipeline_has_its_own_signature(alice) -> None:
    await alice.publish(PIPELINE)

    whole = await alice("GET", "/objects/report/signature")
    inside = await alice("GET", "/objects/report/signature", params={"function": "prepare"})
    compact = await alice("GET", "/objects/report::prepare/signature")
    unknown = await alice("GET", "/objects/report/signature", 404, params={"function": "prepair"})

    assert whole["functions"] == ["prepare", "finish"]
    assert whole["aliases"] == {"summary": "finish", "prepared": "prepare"}
    assert whole["nodes"] == ["prepare", "score", "finish"]
    assert [(one["name"], one["selector"]) for one in whole["outputs"]] == [
        ("summary", "summary"),
        ("prepared", "prepared"),
    ]
    assert inside == compact
    assert (inside["name"], inside["function"], inside["kind"]) == ("report::prepare", "prepare", "function")
    assert unknown["code"] == "function_not_found"
    assert "Did you mean 'prepare'?" in unknown["detail"]


async def test_inputs_come_as_a_list_and_as_one_schema(alice) -> None:
    await alice.publish()

    listed = await alice("GET", "/objects/total/inputs")
    schema = await alice("GET", "/objects/total/inputs", params={"schema": "json"})
    outputs = await alice("GET", "/objects/total/outputs")

    assert [(port["name"], port["required"], port["schema"]) for port in listed] == [
        ("a", True, {"type": "integer"}),
        ("b", False, {"type": "integer"}),
    ]
    assert schema["properties"] == {
        "a": {"type": "integer", "description": "int"},
        "b": {"type": "integer", "description": "int", "default": 1},
    }
    assert (schema["required"], schema["additionalProperties"]) == (["a"], False)
    assert [(port["name"], port["read"]) for port in outputs] == [("default", "result.value")]


async def test_a_graph_says_where_each_node_would_run(alice, people, any_server) -> None:
    await alice.publish(PIPELINE)
    nodes = {node["id"]: node for node in (await alice("GET", "/objects/report/graph"))["nodes"]}
    assert nodes["prepare"]["runs_on"]["kind"] == "here"
    assert nodes["score"]["remote"]["resolved"] is False
    assert nodes["score"]["runs_on"]["kind"] == "unknown"

    await alice.publish(library="risk", name="score")
    await alice("PATCH", "/owners/alice/libraries/risk", json={"required_labels": ["gpu"]})
    drawn = await alice("GET", "/objects/report/graph")
    nodes = {node["id"]: node for node in drawn["nodes"]}

    assert nodes["score"]["remote"]["resolved"] is True
    assert nodes["score"]["runs_on"] == {
        "kind": "labels",
        "machine": None,
        "text": "on a machine with gpu, as alice/risk asks",
    }
    assert drawn["links"][0] == {
        "source": {"node": "prepare", "port": "default"},
        "target": {"node": "score", "port": "value"},
    }
    assert nodes["prepare"]["given"] == ["x"]
    assert nodes["finish"]["aliases"] == ["summary"]


async def test_a_function_is_a_graph_of_one_node(alice) -> None:
    await alice.publish()

    drawn = await alice("GET", "/objects/total/graph")

    assert [node["id"] for node in drawn["nodes"]] == ["total"]
    assert drawn["links"] == []


async def test_a_comparison_marks_what_breaks_callers(alice) -> None:
    await alice.publish()
    changed = variant(
        TOTAL,
        **{
            "default: '1', schema": "schema",
            "numpy==2.1.0": "numpy==2.2.0",
            "return a + b": "return b + a",
        },
    )
    await alice.publish(changed)

    found = await alice("GET", "/objects/total/compare", params={"a": 1, "b": 2})

    assert found["breaking"] is True
    assert [(one["kind"], one["path"], one["breaking"]) for one in found["signature"]] == [
        ("input_required", "b", True)
    ]
    assert [(one["path"], one["before"], one["after"]) for one in found["dependencies"]] == [
        ("numpy", "2.1.0", "2.2.0")
    ]
    (file,) = found["source"]
    assert file["path"] == "main.py"
    assert "-    return a + b" in file["diff"]
    assert "+    return b + a" in file["diff"]
    back = await alice("GET", "/objects/total/compare", params={"a": "latest", "b": 1})
    assert back["breaking"] is False


async def test_a_comparison_of_a_version_with_itself_is_empty(alice) -> None:
    await alice.publish(PIPELINE)

    found = await alice("GET", "/objects/report/compare", params={"a": 1, "b": 1})

    assert found["same"] is True
    assert found["signature"] == found["dependencies"] == found["graph"] == found["source"] == []


async def test_a_comparison_tells_of_nodes_and_links(alice) -> None:
    await alice.publish(PIPELINE)
    await alice.publish(
        PIPELINE.replace("risk, name: score}", "risk, name: score, version: '3'}").replace("summary: finish, ", "")
    )

    found = await alice("GET", "/objects/report/compare", params={"a": 1, "b": 2})

    assert [(one["kind"], one["path"]) for one in found["graph"]] == [("node_changed", "report.score")]
    assert ("output_removed", True) in [(one["kind"], one["breaking"]) for one in found["signature"]]


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ({"kwargs": {"a": 1}}, []),
        ({"args": [1, 2]}, []),
        ({"args": [{"$spl": "int", "v": "99999999999999999999"}]}, []),
        ({}, [("a", "missing")]),
        ({"kwargs": {"a": "1"}}, [("a", "type")]),
        ({"kwargs": {"a": 1, "c": 2}}, [("c", "unexpected")]),
        ({"args": [1], "kwargs": {"a": 1}}, [("a", "duplicate")]),
        ({"args": [1, 2, 3]}, [("", "unexpected")]),
        ({"kwargs": {"a": {"$spl": "tuple", "v": [1]}}}, [("a", "type")]),
    ],
)
async def test_arguments_are_judged_without_a_run(alice, body, kinds) -> None:
    await alice.publish()

    found = await alice("POST", "/objects/total/validate", json=body)

    assert [(one["input"], one["problem"]) for one in found["problems"]] == kinds
    assert found["valid"] is (not kinds)


async def test_an_output_that_needs_less_is_asked_for_less(alice) -> None:
    text = PIPELINE.replace("{name: score}, {name: note", "{name: score}, {name: must}, {name: note")
    await alice.publish(text)
    kwargs = {"kwargs": {"x": 1}}

    less = await alice("POST", "/objects/report/validate", json={**kwargs, "output": "prepared"})
    all_ = await alice("POST", "/objects/report/validate", json={**kwargs, "output": "summary"})
    unknown = await alice("POST", "/objects/report/validate", 404, json={**kwargs, "output": "sumary"})

    assert less["valid"] is True
    assert [one["input"] for one in all_["problems"]] == ["must"]
    assert unknown["code"] == "output_not_found"
    assert "summary" in unknown["detail"]


async def test_lists_come_in_pages_by_name_and_are_searched(alice) -> None:
    for name in ("delta", "alpha", "charlie", "bravo", "echo"):
        await alice.publish(name=name, library="one" if name < "c" else "two", display_name=f"The {name.title()}")

    names = []
    cursor: str | None = None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await alice("GET", "/objects", params=params)
        assert len(page["items"]) <= 2
        names += [one["name"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    async def found(**params: str) -> list[str]:
        return [one["name"] for one in (await alice("GET", "/objects", params=params))["items"]]

    assert names == ["alpha", "bravo", "charlie", "delta", "echo"]
    assert await found(q="ALPH") == ["alpha"]
    assert await found(q="the d") == ["delta"]
    assert await found(q="%") == []
    assert await found(q="_") == []
    assert await found(library="two") == ["charlie", "delta", "echo"]
    assert await found(owner="alice", q="e") == names
    assert await found(owner="nobody") == []
    assert await found(kind="pipeline") == []
    in_library = await alice("GET", "/owners/alice/libraries/one/objects")
    assert [one["name"] for one in in_library["items"]] == ["alpha", "bravo"]
    assert (await alice("GET", "/objects", 422, params={"cursor": "x"}))["code"] == "invalid_cursor"
    assert (await alice("GET", "/objects", 404, params={"library": "none"}))["code"] == "library_not_found"


async def test_versions_come_in_pages_newest_first(alice) -> None:
    for n in range(5):
        await alice.publish(TOTAL.replace("a + b\n", f"a + b + {n}\n"))

    first = await alice("GET", "/objects/total/versions", params={"limit": 2})
    second = await alice("GET", "/objects/total/versions", params={"limit": 10, "cursor": first["next"]})

    assert [one["version"] for one in first["items"]] == [5, 4]
    assert [one["version"] for one in second["items"]] == [3, 2, 1]
    assert second["next"] is None


async def test_a_name_that_is_not_there_is_guessed_at(alice) -> None:
    await alice.publish()

    missing = await alice("GET", "/objects/totl", 404)

    assert missing["code"] == "object_not_found"
    assert "Did you mean 'total'?" in missing["detail"]


async def test_text_that_no_database_holds_is_refused(alice) -> None:
    await alice.publish()

    for path in ("/objects/a%00b", "/objects?q=%00", "/objects?owner=a%00b", "/objects/total?version=%00"):
        assert (await alice("GET", path, 422))["code"] == "invalid_request"
