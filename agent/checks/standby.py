"""Whether it is this machine's turn to measure: a standby measures while all before it are off.

Everything is judged on the spot, so it works while the line to the centre is cut, which is when it
matters. A machine is on if it answers in any way: ICMP, a TCP port that opens or is refused, or
ARP where a firewall drops both. An entry of the ARP table outlives its machine by up to 45 s; a
take-over may come a run later for that, and two may measure for a moment, which harms nobody.
"""

from collections.abc import Callable, Sequence
from functools import partial

from agent.checks.asking import ask_all, labelled
from agent.checks.contract import Context
from agent.checks.reach import Ping, reach
from agent.probe import network
from govnet.errors import CheckError
from govnet.settings import Peer

_ECHOES, _SPACING_SECONDS = 2, 0.2
_PORTS = (445, 135)  # What Windows listens at, or refuses.

Neighbours = Callable[[], tuple[network.Neighbour, ...]]


def is_preceded(
    preceding: Sequence[Peer], context: Context, *, ping: Ping, neighbours: Neighbours
) -> bool:
    """Tell whether one of the machines before this one is on.

    One that this machine cannot ask counts as off: measured twice is better than by nobody.
    """
    askings = [
        partial(
            reach,
            ping,
            peer.address,
            context,
            count=_ECHOES,
            spacing_seconds=_SPACING_SECONDS,
            tcp_ports=_PORTS,
            trace=labelled(context.trace, f"before this machine: {peer.id}"),
        )
        for peer in preceding
    ]
    for answer in ask_all(askings):
        if isinstance(answer, CheckError):
            context.trace(f"cannot ask a machine before this one: {answer}")
        elif answer.received:
            return True
    addresses = {peer.address for peer in preceding}
    return any(
        each.state == "reachable" and each.address in addresses for each in _table(neighbours)
    )


def _table(neighbours: Neighbours) -> tuple[network.Neighbour, ...]:
    try:
        return neighbours()
    except CheckError:
        return ()
