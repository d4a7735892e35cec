"""Which facts a check's samples give: the one place where metrics become evidence.

A new check adds a row here. What could not be measured has no sample, and says nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from collector.verdict.evidence.facts import Fact, Word, says, with_fact
from collector.wire import WireSample
from govnet.catalogue import POINT_PROTOCOLS


class OwnFact(NamedTuple):
    """A fact that a machine states of itself: a value above 0 says yes.

    Only the sample with that label (name, value) states it, if one is given; and only if `among`,
    another metric of the same result, is above 0. Of several samples one yes is enough.
    """

    fact: Fact
    label: tuple[str, str] | None = None
    among: str | None = None


OWN: Final[Mapping[str, Mapping[str, OwnFact]]] = {
    "machine": {"govnet_machine_on_mains": OwnFact(Fact.MAINS)},
    "lan": {
        "govnet_lan_gateway_reachable": OwnFact(Fact.GATEWAY),
        "govnet_lan_interface_up": OwnFact(Fact.CABLE),
        "govnet_lan_peers_seen": OwnFact(Fact.PEERS, among="govnet_lan_peers_assigned"),
        "govnet_lan_resolvers_answering": OwnFact(Fact.RESOLVERS, among="govnet_lan_resolvers"),
    },
    "agent": {"govnet_agent_path_in_use": OwnFact(Fact.DEDICATED, label=("path", "tslcd"))},
}
"""By check, then metric: what a report says of the machine that made it."""


class Way(NamedTuple):
    """The sample that says by one way whether a target answered; `label` tells which way."""

    metric: str
    label: str
    facts: Mapping[str, Fact]


def _any_of(words: Sequence[str]) -> Mapping[str, Fact]:
    return dict.fromkeys(words, Fact.ANSWERED)


VIEWS: Final[Mapping[str, Way]] = {
    "link": Way(
        "govnet_link_reachable",
        "end",
        {
            "gateway": Fact.GATEWAY,
            "next_hop": Fact.NEXT_HOP,
            "far": Fact.FAR,
            "site": Fact.ANSWERED,
        },
    ),
    "always_on": Way("govnet_target_reachable", "", {"": Fact.ANSWERED}),
    "conference": Way("govnet_point_reachable", "protocol", _any_of(POINT_PROTOCOLS)),
    "service": Way("govnet_service_up", "", {"": Fact.ANSWERED}),
}
"""By check: what a report says of its target."""


def own_word(word: Word, check: str, samples: Sequence[WireSample]) -> Word:
    """Return the word with what that result of a machine says of it and of its LAN."""
    table = OWN[check]
    counted: dict[str, float] | None = None
    for sample in samples:
        found = table.get(sample.name)
        if found is None:
            continue
        fact, label, among = found
        if label is not None and sample.labels.get(label[0]) != label[1]:
            continue
        if among is not None:
            counted = counted or {each.name: each.value for each in samples}
            if counted.get(among, 0.0) <= 0:
                continue
        if not says(word, fact):
            word = with_fact(word, fact, sample.value > 0)
    return word


def view_word(check: str, samples: Sequence[WireSample]) -> Word:
    """Return what that result says of its target: one yes of several is enough."""
    metric, label, facts = VIEWS[check]
    word = 0
    for sample in samples:
        if sample.name != metric:
            continue
        fact = facts.get(sample.labels.get(label, "") if label else "")
        if fact is not None and not says(word, fact):
            word = with_fact(word, fact, sample.value > 0)
    return word
