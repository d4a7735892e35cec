"""At which moments a site is assessed, and what is not looked at for that."""

from collections.abc import Iterator

from collector.verdict.evidence.starts import Told
from collector.verdict.site.graph import graphs
from collector.verdict.site.moments import moments
from tests.judged_province import START, Judged

PC = "xa-b/pc-1"
DAY = 86_400.0


class Counted(list[Told]):
    """Starts that count how many of them are read."""

    read = 0

    def __reversed__(self) -> Iterator[Told]:
        for start in super().__reversed__():
            self.read += 1
            yield start


def told(booted_at: float, alive_at: float, boot_id: str) -> Told:
    return Told(PC, boot_id, booted_at, alive_at, True, "spool", 1, None)


def test_of_forty_days_of_boots_only_the_last_are_looked_at(alive: Judged) -> None:
    boots = [
        told(START - DAY * day, START - DAY * day - DAY / 2, f"boot-{day}")
        for day in range(40, 0, -1)
    ]
    # Within the last boot the agent began anew several times; its boot began long before.
    again = [told(START - DAY + jitter, START + 60.0 * jitter, "boot-1") for jitter in (1.0, 2.0)]
    starts = Counted([*boots, *again])
    alive.evidence.starts[PC] = starts  # type: ignore[assignment]
    graph = graphs(alive.inventory)["xa-b"]
    rules = alive.judgement._rules
    found, _ = moments(graph, alive.evidence, rules, (), start=START, now=alive.now)

    assert {START + 60.0, START + 120.0} <= set(found)
    assert starts.read < 6
