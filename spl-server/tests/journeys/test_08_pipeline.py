"""A pipeline with local and remote nodes says where each of them runs, and how far it is."""

from __future__ import annotations

from journey_functions import join, prepare, summary
from playwright.sync_api import expect

from spl.core.common import lift
from spl.core.entities.node_remote import NodeRemote

from .conftest import BUILD_SECONDS, World, field_of, outcome


def test_a_graph_shows_its_nodes_and_where_each_runs(world: World, open_as):
    world.desk().grants.set(library="alice/risk", user="bob", permissions=["read", "execute"])
    with world.client("bob-laptop") as client:
        number = lift(prepare)
        report = lift(NodeRemote(name="risk_report", owner="alice", library="risk", client=client))
        share = lift(NodeRemote(name="divide", owner="alice", library="risk", client=client))
        joined = lift(join).bind(report=report.bind(customer_id=number), share=share.bind(x=number))
        pipeline = lift(summary).bind(joined=joined).render("overview_of_customer")
        client.publish(pipeline, name="overview_of_customer").ready(timeout=BUILD_SECONDS)

    page = open_as("bob", "/libraries/bob/default/overview_of_customer?tab=graph")
    expect(page.get_by_role("region", name="Graph of overview_of_customer")).to_be_visible()
    listed = page.get_by_role("listitem").filter(has_text="runs:")
    expect(listed).to_have_count(5)
    remote = listed.filter(has_text="remote")
    expect(remote).to_have_count(2)
    for at in range(2):
        expect(remote.nth(at)).to_contain_text("alice-gpu-01")
    for at in range(5):
        expect(listed.nth(at)).to_contain_text("runs: on ")

    page.goto("/libraries/bob/default/overview_of_customer?tab=call")
    field_of(page, "customer").fill("c-8")
    page.get_by_label("Machine").select_option("bob-laptop")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(outcome(page)).to_contain_text("customer 8 scores 1 and has 0.125")
    page.get_by_role("link", name="Open the run").click()
    page.get_by_role("tab", name="Graph").click()
    expect(page.get_by_role("region", name="Graph of overview_of_customer").locator(".react-flow__node")).to_have_count(
        5
    )

    page.goto("/libraries/bob/default/overview_of_customer?tab=graph")
    remote.filter(has_text="risk_report").get_by_role("button").click()
    expect(page.get_by_role("heading", level=1, name="risk_report")).to_be_visible()
    expect(page.get_by_role("table", name="Inputs")).to_contain_text("customer_id")
