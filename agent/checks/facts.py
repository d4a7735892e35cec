"""What this machine is: facts as text, and the few that are watched as numbers.

They are read in a process that exits: the readers' memory is not the agent's.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.facts.reading import Reading, decode
from agent.probe.program import run_program
from govnet.catalogue import CATALOGUE
from govnet.errors import CheckError
from govnet.report import Fact, Sample
from govnet.settings import FactsSettings

_SHOWN_CHARACTERS = 200


def read_in_child(suites: Sequence[str], timeout_seconds: float) -> Reading:
    """Return the facts that a child process read. Raises CheckError if it failed."""
    done = run_program((sys.executable, "-m", "agent.facts", *suites), timeout_seconds)
    if done.status:
        raise CheckError(f"the facts cannot be read: {done.errors[-_SHOWN_CHARACTERS:].strip()}")
    return decode(done.output)


class FactsCheck:
    """Reads what the machine is; `target` is the machine."""

    name = FactsSettings.check
    metrics = (
        CATALOGUE["govnet_facts_os_support_end_timestamp_seconds"],
        CATALOGUE["govnet_facts_last_update_timestamp_seconds"],
        CATALOGUE["govnet_facts_antivirus_on"],
        CATALOGUE["govnet_facts_firewall_on"],
        CATALOGUE["govnet_facts_domain_joined"],
        CATALOGUE["govnet_facts_disk_health_ok"],
        CATALOGUE["govnet_facts_items"],
    )

    def __init__(self, *, read: Callable[..., Reading] = read_in_child) -> None:
        self._read = read

    def run(self, target: FactsSettings, context: Context) -> Iterable[Sample | Fact]:
        """Read everything; what this system does not tell is absent. Raises CheckError for all."""
        reading = self._read(target.office_suites, timeout_seconds=answer_seconds(context))
        for problem in reading.problems:
            context.trace(problem)
        for key, text in sorted(reading.facts.items()):
            yield Fact(key, text)
        yield from _samples(reading)


def _samples(reading: Reading) -> Iterator[Sample]:
    watched = {
        "govnet_facts_os_support_end_timestamp_seconds": reading.os_support_end_at,
        "govnet_facts_last_update_timestamp_seconds": reading.last_update_at,
        "govnet_facts_antivirus_on": reading.is_antivirus_on,
        "govnet_facts_firewall_on": reading.is_firewall_on,
        "govnet_facts_domain_joined": reading.is_domain_joined,
    }
    for name, value in watched.items():
        if value is not None:
            yield Sample(name, float(value))
    for disk, is_healthy in sorted(reading.disks_healthy.items()):
        yield Sample("govnet_facts_disk_health_ok", float(is_healthy), {"disk": disk})
    yield Sample("govnet_facts_items", float(len(reading.facts)))
