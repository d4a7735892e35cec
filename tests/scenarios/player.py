"""Plays a scenario at full speed: offices, people and collector on one fake clock."""

from pathlib import Path

from inventory.load import load as load_inventory
from tests.scenarios import generated, reading
from tests.scenarios.centre import Centre, Clock, Line
from tests.scenarios.offices import Offices
from tests.scenarios.reading import Recording
from tests.scenarios.scenario import INVENTORIES, Action, Scenario


def play(scenario: Scenario) -> Recording:
    """Play a whole scenario and return what was said in it."""
    clock = Clock(scenario.begins.timestamp())
    file = inventory_file(scenario, scenario.inventory)
    inventory = load_inventory(file)
    recording = Recording()
    centre = Centre(file, scenario.interval_seconds, clock)
    try:
        offices = Offices(scenario, inventory, centre.enrol(inventory))
        centre.start()
        _run(scenario, centre, offices, clock, recording)
        recording.outages = reading.read_outages(centre)
    finally:
        centre.close()
    return recording


def inventory_file(scenario: Scenario, name: str) -> Path:
    """Return the file of an inventory, one that is made or one with only the scenario's sites."""
    file = generated.file_of(name) or INVENTORIES / f"{name}.yaml"
    return generated.only(file, scenario.sites) if scenario.sites else file


def _run(
    scenario: Scenario, centre: Centre, offices: Offices, clock: Clock, recording: Recording
) -> None:
    line = Line(centre)
    actions = sorted(scenario.actions, key=lambda action: scenario.at(action.at))
    asked = sorted((scenario.at(said.at), said.site) for said in scenario.expect)
    end = scenario.at(scenario.until)
    while clock.now < end:
        start, stop = clock.now, min(clock.now + scenario.step_seconds, end)
        for at, agent, moment in offices.turns(start, stop):
            clock.now = at
            offices.let(agent, moment, line, at)
        clock.now = stop
        while actions and scenario.at(actions[0].at) <= stop:
            _act(scenario, centre, actions.pop(0))
        centre.work()
        recording.look(centre, stop)
        while asked and asked[0][0] <= stop:
            at, site = asked.pop(0)
            recording.note_evidence(centre, site, at)


def _act(scenario: Scenario, centre: Centre, action: Action) -> None:
    match action.do:
        case "reload":
            centre.replace_inventory(inventory_file(scenario, action.inventory))
        case "stop_collector":
            centre.stop()
        case "start_collector":
            centre.start()
        case _:
            reading.plan_work(
                centre,
                action.do,
                action.item,
                scenario.at(action.start),
                scenario.at(action.end),
            )
