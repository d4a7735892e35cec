"""How often what machines tell of themselves is written."""

from collector.facts import SAVES_AT_ONCE, FactsTold
from collector.store.machine_facts import Told


def told(machine: str, at: float) -> Told:
    return Told(machine, "agent", at, {"os.build": str(at)})


def test_a_machine_that_tells_other_facts_all_the_time_is_written_with_the_checkpoint():
    facts = FactsTold()
    written = []
    for second in range(30):
        facts.put_back([told("xa-a/pc-1", second)])
        written += facts.take_due(second)
    facts.put_back([told("xa-a/pc-2", 30.0)])

    assert [one.at for one in written] == list(range(SAVES_AT_ONCE))
    assert [one.subject for one in facts.take_due(30.0)] == ["xa-a/pc-2"]
    assert [one.at for one in facts.take()] == [29]


def test_facts_that_could_not_be_written_give_way_to_newer_ones():
    facts = FactsTold()
    facts.put_back([told("xa-a/pc-1", 2.0)])
    facts.put_back([told("xa-a/pc-1", 1.0)])

    assert [one.at for one in facts.take_due(3.0)] == [2.0]
    assert facts.take() == []
