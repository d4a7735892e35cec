"""Whatever order reports arrive in, how often, and of which boots: the evidence is the same."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.series.labels import Targets
from collector.series.state import State
from collector.verdict.lastseen import Evidence
from collector.wire import Received
from inventory.model import Inventory

START = 1_790_000_000.0
INCARNATION_SECONDS = 100_000.0
"""Spools follow one another; within one the clock may have been set back at a boot."""
LINKS = ("xa-a/tslcd", "xa-b/tslcd")
MACHINES = ("xa-a/pc-1", "xa-a/pc-2", "trung-tam/giam-sat")
DROPPED = "govnet_agent_spool_dropped_reports_total"


@st.composite
def reports(draw: st.DrawFn, received: Callable[..., Received]) -> list[Received]:
    """Draw the reports of some machines in the order in which they were made."""
    made = []
    for machine in MACHINES:
        for spool in range(draw(st.integers(0, 2))):
            dropped = 0
            for seq in range(1, draw(st.integers(1, 5)) + 1):
                at = START + spool * INCARNATION_SECONDS + draw(st.integers(0, 90)) * 1000.0
                results: dict[tuple[str, str], list[tuple[object, ...]]] = {}
                for link in draw(st.lists(st.sampled_from(LINKS), unique=True)):
                    answer = float(draw(st.booleans()))
                    end = {"end": draw(st.sampled_from(["far", "site"]))}
                    results["link", link] = [("govnet_link_reachable", answer, end)]
                if draw(st.booleans()):
                    dropped += draw(st.integers(0, 1))
                    results["agent", machine] = [(DROPPED, float(dropped))]
                made.append(received(machine, at, results, seq=seq, incarnation=f"{spool:016x}"))
    return made


@given(data=st.data())
@settings(deadline=None, max_examples=200)
def test_any_order_of_arrival_leaves_the_evidence_of_the_right_order(
    small_province: Inventory, received: Callable[..., Received], data: st.DataObject
) -> None:
    in_order = data.draw(reports(received))
    arrived = data.draw(st.permutations(in_order))
    if in_order:
        arrived += data.draw(st.lists(st.sampled_from(in_order), max_size=3))
    found = []
    for reports_of in (in_order, arrived):
        evidence, state = (
            Evidence(Targets(small_province), START),
            State(Targets(small_province), {}),
        )
        for report in reports_of:
            evidence.apply(report)
            state.apply(report)
        newest = {live.identity.machine: live.order for live in state.agents.values()}
        signs = {sign.machine: sign for of in evidence.signs.values() for sign in of.values()}
        assert newest == {machine: sign.order for machine, sign in signs.items()}
        found.append((signs, evidence.views, evidence.answered_at))

    assert found[0] == found[1]
