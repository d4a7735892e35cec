"""The reflector in a process of its own: what else the agent computes must not cost it packets.

The centre's agent polls hundreds of devices; a reflector that waits for the interpreter meanwhile
would lose packets in its own queue, and offices would take that for loss on their lines. The child
reads its order (JSON) and then an empty line for each question from its standard input, and answers
one line of JSON for each. It ends with its input: whatever becomes of the agent, no port stays
open.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import IO, Any

from agent.listening.reflector import Reflector, ReflectorCounts
from govnet.errors import CheckError

_START_SECONDS, _ANSWER_SECONDS = 15.0, 5.0
"""Python has to start first: on a machine that has just booted it waits for its turn."""
_PACKAGES = Path(__file__).parents[2]
"""Where `agent` lies, so that the child runs this very code."""


class ReflectorProcess:
    """A child that reflects until `close`.

    Raises CheckError if it cannot be started, or cannot open the port.
    """

    def __init__(self, address: str, port: int, allow: Sequence[str]) -> None:
        if sys.platform != "linux":
            raise CheckError("the reflector runs on Linux only")
        self._lock = Lock()
        try:
            self._child = subprocess.Popen(
                # -P: the working folder is no place to take modules from.
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(_PACKAGES)},
                start_new_session=True,  # Ctrl-C is for the agent, which closes it.
            )
        except OSError as exc:
            raise CheckError(f"the reflector's process cannot be started: {exc}") from exc
        try:
            order = json.dumps({"address": address, "port": port, "allow": allow})
            answer = self._ask(order, _START_SECONDS)
        except CheckError:
            self.close()
            raise
        if "error" in answer:
            self.close()
            raise CheckError(str(answer["error"]))

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    @property
    def counts(self) -> ReflectorCounts:
        """What was answered and refused so far. Raises CheckError if the child does not say."""
        return ReflectorCounts(**self._ask(""))

    def close(self) -> None:
        """End the child, and with it its port."""
        with self._lock:
            if self._child.stdin is not None and not self._child.stdin.closed:
                with contextlib.suppress(OSError):
                    self._child.stdin.close()
            try:
                self._child.wait(_ANSWER_SECONDS)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            if self._child.stdout is not None:
                self._child.stdout.close()

    def _ask(self, line: str, wait_seconds: float = _ANSWER_SECONDS) -> dict[str, Any]:
        with self._lock:
            child = self._child
            if child.stdin is None or child.stdout is None or child.stdin.closed:
                raise CheckError("the reflector's process has ended")
            try:
                child.stdin.write(line.encode() + b"\n")
                child.stdin.flush()
                ready, _, _ = select.select([child.stdout], [], [], wait_seconds)
                if not ready:
                    raise CheckError(f"the reflector's process said nothing in {wait_seconds:g} s")
                found: dict[str, Any] = json.loads(child.stdout.readline())
            except (OSError, ValueError) as exc:
                raise CheckError("the reflector's process has ended") from exc
            return found


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Be the child: reflect as ordered, and answer with the counts until the orders end."""

    def answer(found: dict[str, Any]) -> None:
        print(json.dumps(found), file=answers, flush=True)

    order = json.loads(orders.readline())
    try:
        reflector = Reflector(order["address"], order["port"], order["allow"])
    except CheckError as exc:
        answer({"error": str(exc)})
        return
    answer({"port": reflector.port})
    for _ in orders:
        answer(asdict(reflector.counts))
    reflector.close()


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
