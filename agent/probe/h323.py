"""See whether an H.323 endpoint listens (ITU-T H.225.0 call signalling, TCP 1720).

Connecting is all that may be done: a Setup message would ring in the meeting room.
"""

import time

from agent.probe.deadline import Clock
from agent.probe.tcp import TcpConnect, connect
from agent.probe.trace import Trace, silent

CALL_SIGNALLING_PORT = 1720


def probe(
    host: str,
    port: int = CALL_SIGNALLING_PORT,
    *,
    timeout_seconds: float,
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
) -> TcpConnect:
    """Connect to the call-signalling port and close again without a word.

    Raises CheckError when this machine could not even try.
    """
    trace(f"asking whether {host} listens for H.323 calls at port {port}; no call is made")
    return connect(host, port, timeout_seconds=timeout_seconds, clock=clock, trace=trace)
