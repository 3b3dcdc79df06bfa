"""A pipeline with local and remote nodes says where each of them runs."""

from __future__ import annotations

from spl.core.common import lift
from spl.core.entities.node_remote import NodeRemote


def prepare(customer: str) -> int:
    return int(customer.removeprefix("c-"))


def summary(report: dict[str, object]) -> str:
    return f"customer {report['customer']} scores {report['score']}"


def test_a_graph_shows_its_nodes_and_where_each_runs(world, page_of):
    world.desk().grants.set(library="alice/risk", user="bob", permissions=["read", "execute"])
    with world.client("bob-laptop") as client:
        score = NodeRemote(name="risk_report", owner="alice", library="risk", client=client)
        pipeline = lift(summary).bind(report=lift(score).bind(customer_id=lift(prepare))).render("overview_of_customer")
        client.publish(pipeline, name="overview_of_customer").ready(timeout=120)
    page = page_of("bob")
    page.goto(page_of.url("/libraries/bob/default/overview_of_customer?tab=graph"))
    nodes = page.get_by_role("region", name="Graph of overview_of_customer")
    nodes.wait_for()
    listed = page.get_by_role("listitem").filter(has_text="runs:")
    listed.first.wait_for()
    assert listed.count() == 3
    assert "alice-gpu-01" in " ".join(listed.all_inner_texts())

    listed.filter(has_text="remote").get_by_role("button").click()
    page.get_by_role("heading", level=1, name="risk_report").wait_for()
    page.get_by_role("table", name="Inputs").get_by_text("customer_id").wait_for()
