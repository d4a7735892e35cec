"""Whether a host is there, by whatever it answers: ICMP, or TCP where it drops ICMP."""

from collections.abc import Callable, Sequence
from functools import partial

from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.probe import icmp
from agent.probe.trace import Trace
from govnet.errors import CheckError

Ping = Callable[..., icmp.EchoTrain]

_ENOUGH_SECONDS = 2.0


def echo_seconds(
    time_seconds: float, *, count: int, spacing_seconds: float, in_turn: bool
) -> float:
    """Return how long each echo of a train may wait so that the train takes `time_seconds` at most.

    0 or less when the train does not fit. `in_turn` is for systems where an echo is only sent when
    the one before is answered or lost (Windows). An answer after 2 s is as good as none.
    """
    if in_turn:
        left = time_seconds / count
        if left < spacing_seconds:
            left = time_seconds - (count - 1) * spacing_seconds
    else:
        left = time_seconds - (count - 1) * spacing_seconds
    return min(_ENOUGH_SECONDS, left)


def reach(
    ping: Ping,
    address: str,
    context: Context,
    *,
    count: int,
    spacing_seconds: float,
    tcp_ports: Sequence[int],
    trace: Trace,
) -> icmp.EchoTrain:
    """Send a train of `count` echoes, `spacing_seconds` apart, and return what came back.

    1. By the best means that this machine allows; that may be TCP already.
    2. If ICMP brought nothing back, by TCP to `tcp_ports`: many hosts and firewalls drop ICMP, and
       a line must not seem cut because of that. The first train has half the time then.

    Raises CheckError when this machine cannot ask, and when the train does not fit into the time.
    """
    if count < 1:
        raise CheckError(f"expected at least 1 echo, got {count}")

    def train(ask: Ping, time_seconds: float, *, in_turn: bool) -> icmp.EchoTrain:
        timeout_seconds = echo_seconds(
            time_seconds, count=count, spacing_seconds=spacing_seconds, in_turn=in_turn
        )
        if timeout_seconds <= 0:
            raise CheckError(
                f"{count} echoes {spacing_seconds:g} s apart do not fit into {time_seconds:.3g} s"
            )
        return ask(
            address,
            count=count,
            interval_seconds=spacing_seconds,
            timeout_seconds=timeout_seconds,
            tcp_ports=tuple(tcp_ports),
            trace=trace,
        )

    time_seconds = answer_seconds(context)
    seen = train(
        ping,
        time_seconds / 2 if tcp_ports else time_seconds,
        in_turn=icmp.Method.WINDOWS in icmp.DEFAULT_METHODS,
    )
    if seen.received or seen.method is icmp.Method.TCP or not tcp_ports:
        return seen
    trace("ICMP brought nothing back; trying TCP")
    by_tcp = partial(ping, methods=(icmp.Method.TCP,))
    return train(by_tcp, answer_seconds(context), in_turn=False)
