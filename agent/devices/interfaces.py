"""The ports of a device: IF-MIB (RFC 2863) and the frame errors of EtherLike-MIB (RFC 3635).

A port that is down says so, and since when; its counters stand still and are left out: what a
site's line carries every minute counts. Loopbacks, VLANs and other things without a socket are no
ports.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.devices.ports import NAME_QUESTIONS, RADIO, TYPE, port_names, sorted_indexes
from agent.devices.question import Question, Reader, Subject
from agent.devices.values import Answers, number, text
from govnet.catalogue import PORT_STATES
from govnet.report import Sample

_IF = "1.3.6.1.2.1.2.2.1"
_IFX = "1.3.6.1.2.1.31.1.1.1"

SPEED = f"{_IF}.5"
ADMIN_STATUS = f"{_IF}.7"
OPER_STATUS = f"{_IF}.8"
LAST_CHANGE = f"{_IF}.9"
IN_OCTETS = f"{_IF}.10"
IN_DISCARDS = f"{_IF}.13"
IN_ERRORS = f"{_IF}.14"
OUT_OCTETS = f"{_IF}.16"
OUT_DISCARDS = f"{_IF}.19"
OUT_ERRORS = f"{_IF}.20"
HC_IN_OCTETS = f"{_IFX}.6"
HC_OUT_OCTETS = f"{_IFX}.10"
HIGH_SPEED = f"{_IFX}.15"
ALIAS = f"{_IFX}.18"
DISCONTINUITY = f"{_IFX}.19"
FCS_ERRORS = "1.3.6.1.2.1.10.7.2.1.3"

ETHERNET = 6
PORT_TYPES = frozenset((ETHERNET, 62, 69, RADIO, 117, 250))
"""IANAifType: ethernetCsmacd, fastEther, fastEtherFX, ieee80211, gigabitEthernet, gpon."""

_UP, _ENABLED = 1, 1
_TICKS = 1 << 32
_TICKS_PER_SECOND = 100
_BITS_PER_BYTE = 8
_SPEED_UNKNOWN = (1 << 32) - 1

QUESTIONS = (
    *NAME_QUESTIONS,
    Question(TYPE, slow=True),
    Question(ALIAS, slow=True),
    Question(ADMIN_STATUS),
    Question(OPER_STATUS),
    Question(LAST_CHANGE),
    Question(HC_IN_OCTETS),
    Question(HC_OUT_OCTETS),
    Question(IN_OCTETS, instead_of=HC_IN_OCTETS),
    Question(OUT_OCTETS, instead_of=HC_OUT_OCTETS),
    Question(IN_DISCARDS),
    Question(IN_ERRORS),
    Question(OUT_DISCARDS),
    Question(OUT_ERRORS),
    Question(HIGH_SPEED),
    Question(SPEED, instead_of=HIGH_SPEED),
    Question(DISCONTINUITY),
    Question(FCS_ERRORS),
)


@dataclass(frozen=True, slots=True)
class _Counter:
    metric: str
    column: str
    instead: str | None = None


_COUNTERS = (
    _Counter("govnet_port_receive_bytes_total", HC_IN_OCTETS, IN_OCTETS),
    _Counter("govnet_port_transmit_bytes_total", HC_OUT_OCTETS, OUT_OCTETS),
    _Counter("govnet_port_receive_errors_total", IN_ERRORS),
    _Counter("govnet_port_transmit_errors_total", OUT_ERRORS),
    _Counter("govnet_port_receive_discards_total", IN_DISCARDS),
    _Counter("govnet_port_transmit_discards_total", OUT_DISCARDS),
    _Counter("govnet_port_fcs_errors_total", FCS_ERRORS),
)


def read(answers: Answers, subject: Subject) -> Iterator[Sample]:
    """Yield what every port does, and how many Ethernet ports are up, down and disabled."""
    names = port_names(answers)
    types = answers.column(TYPE)
    states = dict.fromkeys(PORT_STATES, 0)
    for index in sorted_indexes(answers.column(OPER_STATUS)):
        kind = number(types.get(index))
        oper = number(answers.column(OPER_STATUS)[index])
        if kind not in PORT_TYPES or oper is None or index not in names:
            continue
        enabled = number(answers.column(ADMIN_STATUS).get(index)) in (_ENABLED, None)
        up = oper == _UP
        if kind == ETHERNET:
            states["up" if up else "down" if enabled else "disabled"] += 1
        labels = {"port": names[index]}
        yield Sample("govnet_port_up", float(up), labels)
        yield Sample("govnet_port_enabled", float(enabled), labels)
        yield Sample("govnet_port_oper_status_code", float(oper), labels)
        changed = number(answers.column(LAST_CHANGE).get(index))
        age = state_age_seconds(subject.uptime_ticks, changed)
        if age is not None:
            yield Sample("govnet_port_state_age_seconds", age, labels)
        alias = text(answers.column(ALIAS).get(index))
        if alias:
            yield Sample("govnet_port_info", 1.0, {**labels, "alias": alias})
        if up:
            yield from _traffic(answers, index, labels)
    if any(states.values()):
        for state, count in states.items():
            yield Sample("govnet_device_ports", float(count), {"state": state})


def state_age_seconds(uptime_ticks: int | None, changed_ticks: int | None) -> float | None:
    """Return how long a port has had its state, in whole seconds: fractions cost bytes.

    ifLastChange is sysUpTime at the change. 0 means before the device started: at least as long as
    it runs. A change that seems to lie ahead means that sysUpTime has gone round since (497 days).

    >>> state_age_seconds(6000, 1000), state_age_seconds(6000, 0)
    (50.0, 60.0)
    """
    if uptime_ticks is None or changed_ticks is None:
        return None
    return float((uptime_ticks - changed_ticks) % _TICKS // _TICKS_PER_SECOND)


def _traffic(answers: Answers, index: str, labels: Mapping[str, str]) -> Iterator[Sample]:
    speed = _bytes_per_second(answers, index)
    if speed:
        yield Sample("govnet_port_speed_bytes_per_second", speed, labels)
    for counter in _COUNTERS:
        column = answers.column(counter.column)
        if not column and counter.instead is not None:
            column = answers.column(counter.instead)
        value = number(column.get(index))
        if value is not None:
            yield Sample(counter.metric, float(value), labels)
    ticks = number(answers.column(DISCONTINUITY).get(index))
    if ticks is not None:
        seconds = ticks / _TICKS_PER_SECOND
        yield Sample("govnet_port_discontinuity_seconds", seconds, labels)


def _bytes_per_second(answers: Answers, index: str) -> float | None:
    """Return the speed; ifHighSpeed counts millions of bits, ifSpeed bits and ends at 4 Gbit/s."""
    mega = number(answers.column(HIGH_SPEED).get(index))
    if mega is not None:
        return mega * 1e6 / _BITS_PER_BYTE
    bits = number(answers.column(SPEED).get(index))
    return None if bits in (None, _SPEED_UNKNOWN) else bits / _BITS_PER_BYTE


READER = Reader(
    QUESTIONS,
    (
        "govnet_device_ports",
        "govnet_port_up",
        "govnet_port_enabled",
        "govnet_port_oper_status_code",
        "govnet_port_state_age_seconds",
        "govnet_port_info",
        "govnet_port_speed_bytes_per_second",
        *(counter.metric for counter in _COUNTERS),
        "govnet_port_discontinuity_seconds",
    ),
    read,
)
