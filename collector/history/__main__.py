"""`python -m collector.history`: sends history to one receiver; started by the collector.

It takes its orders from standard input and ends when that ends: with the collector, however that
ended.
"""

import logging
import os
import sys
import threading
from typing import NoReturn

from collector.history.channel import Go, go_decoder, start_decoder
from collector.history.receiver import Receiver
from collector.history.sending import Sending
from collector.history.telling import Telling
from collector.logs.start import start_logging
from collector.series.labels import Allowed, Targets
from govnet.errors import ConfigError, GovnetError

log = logging.getLogger(__name__)

NICENESS = 10
"""Taking reports in comes first where there are few cores."""
_READ_BYTES_MOST = 64 << 20


class _Orders:
    """The newest order, read by a thread of its own."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._allowed: Allowed | None = None
        self._durable_position = -1

    def read_on(self) -> None:
        """Take in order after order; end the process when there are no more."""
        while raw := sys.stdin.buffer.readline(_READ_BYTES_MOST):
            self._take(go_decoder.decode(raw))
        # Whatever is under way is sent again by the next process: nothing is to be tidied up.
        os._exit(0)

    def _take(self, order: Go) -> None:
        with self._changed:
            self._durable_position = order.durable_position
            if order.allowed is not None:
                self._allowed = order.allowed
            self._changed.notify()

    def wait(self, known_position: int) -> tuple[int, Allowed | None]:
        """Return position and new targets, once one of them is news."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._durable_position != known_position or self._allowed is not None
            )
            allowed, self._allowed = self._allowed, None
            return self._durable_position, allowed


def _write(said: bytes) -> None:
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()


def main() -> int:
    """Send until standard input ends."""
    start = start_decoder.decode(sys.stdin.buffer.readline(_READ_BYTES_MOST))
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    syslog = start_logging(start.log, receiver=start.receiver.name)
    orders = _Orders()
    threading.Thread(target=orders.read_on, daemon=True).start()
    try:
        sending = Sending(start, Receiver(start.receiver), tell=Telling(_write, syslog))
        position = -1
        while True:
            position, allowed = orders.wait(position)
            if allowed is not None:
                sending.replace_targets(Targets(allowed))
            sending.send(position)
    except BrokenPipeError:
        return 0  # The collector is gone.
    except ConfigError as exc:
        log.error("history cannot be sent", extra={"problems": exc.problems})  # noqa: TRY400 - what a person must mend, no fault of the program
    except GovnetError as exc:
        log.error("history cannot be sent", extra={"error": str(exc)})  # noqa: TRY400 - as above
    return 1


def run() -> NoReturn:
    """Run this process to its end."""
    status = 1
    try:
        status = main()
    except Exception:
        # Whatever it was: this thread must reach the end below, which nothing else would.
        log.exception("history failed")
    # Its last words tell why: a syslog server gets them too.
    logging.shutdown()
    # Another thread reads standard input: an orderly end would wait for it, and abort.
    os._exit(status)


if __name__ == "__main__":
    run()
