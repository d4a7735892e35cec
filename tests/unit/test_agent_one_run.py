"""One run of a check: what of its samples and errors is believed."""

from collections.abc import Iterable

import pytest

from agent.checks.contract import Context
from agent.measuring.execute import MAX_FINDING_BYTES, Finding, execute
from govnet.catalogue import CATALOGUE, Metric
from govnet.errors import CheckError
from govnet.report import (
    MAX_FACT_CHARACTERS,
    MAX_FACTS,
    MAX_SAMPLES,
    Fact,
    Report,
    Result,
    Sample,
    encode_report,
)
from govnet.settings import CheckSettings
from tests.unit.test_agent_plan import GOOD, MACHINE, StillClock


class MadeUpCheck:
    """A check that yields what it is told and then raises what it is told."""

    name = "machine"
    metrics: tuple[Metric, ...] = (
        CATALOGUE["govnet_machine_cpus"],
        CATALOGUE["govnet_machine_disk_size_bytes"],
    )

    def __init__(self, *samples: Sample | Fact, error: Exception | None = None) -> None:
        self._samples = samples
        self._error = error

    def run(self, target: CheckSettings, context: Context) -> Iterable[Sample | Fact]:
        del target, context
        yield from self._samples
        if self._error is not None:
            raise self._error


def run_of(check: MadeUpCheck) -> Finding:
    clock = StillClock()
    context = Context(timeout_seconds=10, deadline=clock.monotonic() + 10, clock=clock)
    return execute(lambda _name: check, MACHINE, context)


def test_samples_before_a_failure_are_kept():
    finding = run_of(MadeUpCheck(GOOD, error=CheckError("no battery driver")))

    assert finding.samples == (GOOD,)
    assert finding.error == "no battery driver"


def test_an_unexpected_exception_names_its_type():
    finding = run_of(MadeUpCheck(GOOD, error=ZeroDivisionError("division by zero")))

    assert finding.error == "unexpected ZeroDivisionError: division by zero"
    assert finding.samples == (GOOD,)


def test_an_endless_error_text_is_cut():
    finding = run_of(MadeUpCheck(error=CheckError("x" * 5000)))

    assert finding.error == "x" * 500


@pytest.mark.parametrize(
    ("sample", "problem"),
    [
        (
            Sample("govnet_lan_gateway_reachable", 1),
            "gave govnet_lan_gateway_reachable, which it does not announce",
        ),
        (
            Sample("govnet_machine_disk_size_bytes", 1),
            "gave govnet_machine_disk_size_bytes with labels [], expected disk",
        ),
        (
            Sample("govnet_machine_cpus", 1, {"disk": "/"}),
            "gave govnet_machine_cpus with labels ['disk'], expected none",
        ),
    ],
)
def test_a_sample_outside_the_catalogue_is_left_out_and_makes_the_run_an_error(
    sample: Sample, problem: str
):
    finding = run_of(MadeUpCheck(sample, GOOD))

    assert finding.error == problem
    assert finding.samples == (GOOD,)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            Sample("govnet_machine_disk_size_bytes", 1, {"disk": "C\ud800"}),
            "gave govnet_machine_disk_size_bytes with a label that is no text",
        ),
        (
            Sample("govnet_machine_cpus", 10**400),
            "gave govnet_machine_cpus with too large a number",
        ),
        (Fact("disk.0.model", "\udcff"), "gave a fact disk.0.model that is no text"),
    ],
)
def test_what_cannot_be_written_costs_neither_the_others_nor_the_report(
    given: Sample | Fact, problem: str
):
    finding = run_of(MadeUpCheck(given, GOOD))

    assert (finding.error, finding.samples, finding.facts) == (problem, (GOOD,), None)


def test_an_error_that_quotes_half_a_character_can_be_written():
    finding = run_of(MadeUpCheck(error=CheckError("no file \udcff")))

    assert finding.error == "no file ?"


def test_a_device_that_lies_about_its_ports_leaves_room_for_the_others():
    disks = (
        Sample("govnet_machine_disk_size_bytes", 1, {"disk": f"{number}{chr(0x4E00) * 60}"})
        for number in range(MAX_SAMPLES)
    )
    finding = run_of(MadeUpCheck(*disks))

    assert finding.error == "gave more than 512 kB; the rest is left out"
    assert 1000 < len(finding.samples) < 4000
    encoded = encode_report(
        Report(1, 0, 0, "b", 60, "", (Result("machine", "m", 0, 0, None, finding.samples),))
    )
    assert len(encoded) <= MAX_FINDING_BYTES + 1000


def test_a_check_whose_module_is_missing_is_an_error_of_that_check():
    def load(_name: str) -> MadeUpCheck:
        raise ModuleNotFoundError("No module named 'agent.checks.machine'")

    clock = StillClock()
    finding = execute(load, MACHINE, Context(timeout_seconds=1, deadline=1, clock=clock))

    assert finding.error == (
        "unexpected ModuleNotFoundError: No module named 'agent.checks.machine'"
    )


def test_what_is_left_of_the_time_never_goes_below_zero():
    clock = StillClock(100)
    context = Context(timeout_seconds=10, deadline=110, clock=clock)

    assert context.remaining_seconds() == 10
    clock.now = 200
    assert context.remaining_seconds() == 0


def test_facts_that_cannot_travel_are_an_error_and_the_others_are_kept():
    many = (Fact(f"many.{number}", "1") for number in range(MAX_FACTS))
    finding = run_of(MadeUpCheck(Fact("os.name", "x" * 300), Fact("OS name", "bad key"), *many))

    assert finding.facts is not None
    assert len(finding.facts) == MAX_FACTS
    assert finding.facts["os.name"] == "x" * MAX_FACT_CHARACTERS
    assert finding.error == "gave a fact named 'OS name', expected small letters, digits, dots"
