"""Which facts a check's samples give: the one place where metrics become evidence.

A new check adds a row here. What could not be measured has no sample, and says nothing.

What a device says of itself is kept apart from whether it answers to be asked by name
(`view_of`): one agent may do both, and at different times.

A registrar's list is no evidence: a registration outlives a cut by up to an hour (RFC 3261, 10.2).
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


SAYING: Final[Mapping[str, str]] = {"device": "device:", "trap": "trap:"}
"""Checks by which a device says something of itself, and how its id is marked then."""


def view_of(check: str, target: str) -> str | None:
    """Return under what a result of that check is kept; None if it is no view of anything."""
    if check in VIEWS:
        return target
    return None if check not in SAYING else f"{SAYING[check]}{target}"


def item_of(view: str) -> str:
    """Return the id of the item that is viewed."""
    return view.rpartition(":")[2]


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
    if check in SAYING:
        return _device_word(samples) if check == "device" else _trap_word(samples)
    metric, label, facts = VIEWS[check]
    word = 0
    for sample in samples:
        if sample.name != metric:
            continue
        fact = facts.get(sample.labels.get(label, "") if label else "")
        if fact is not None and not says(word, fact):
            word = with_fact(word, fact, sample.value > 0)
    return word


def _device_word(samples: Sequence[WireSample]) -> Word:
    """Return what a device says of itself: that it lives, of the mains, of the light it gets."""
    answers, mains, light = (
        [sample.value > 0 for sample in samples if sample.name == metric]
        for metric in (
            "govnet_device_reachable",
            "govnet_ups_on_mains",
            "govnet_optics_receive_light",
        )
    )
    word = with_fact(0, Fact.ANSWERED, any(answers)) if answers else 0
    word = with_fact(word, Fact.MAINS, any(mains)) if mains else word
    return with_fact(word, Fact.LIGHT, all(light)) if light else word


_PAIRS: Final[Mapping[Fact, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    Fact.MAINS: (("on_battery", "power_lost"), ("on_mains", "cold_start")),
    Fact.CABLE: (("link_down",), ("link_up",)),
}
"""Which notifications say no to a fact, and which say yes."""


def _trap_word(samples: Sequence[WireSample]) -> Word:
    """Return what a device notified last."""
    newest = {
        sample.labels.get("trap", ""): sample.value
        for sample in samples
        if sample.name == "govnet_trap_newest_timestamp_seconds"
    }
    word = 0
    for fact, kinds in _PAIRS.items():
        no, yes = (max((newest.get(kind, 0.0) for kind in of), default=0.0) for of in kinds)
        if no or yes:
            word = with_fact(word, fact, yes > no)
    return word
