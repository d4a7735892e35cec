"""A real `govnet serve` on loopback with enrolled agents, for the measurements that need one."""

import http.client
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Child, free_port, running_python, until
from collector.store import open_store
from collector.store.registry import NewKey, enrol
from inventory.load import load


@dataclass(frozen=True, slots=True)
class Server:
    """A running collector and the keys of its agents, in the order asked for."""

    child: Child
    port: int
    keys: tuple[NewKey, ...]


@contextmanager
def collector(
    inventory: Path, machines: Iterable[tuple[str, str]], folder: Path, interval_seconds: float
) -> Iterator[Server]:
    """Run a collector that knows an agent on each of `machines` (site, name within the site)."""
    known = load(inventory)
    store = open_store(folder)
    try:
        keys = tuple(enrol(store, known, site, name, time.time()) for site, name in machines)
    finally:
        store.close()
    port = free_port()
    # It is the load that is measured, not how it is turned away.
    config = folder / "collector.toml"
    config.write_text("agent_batches_per_minute = 1_000_000\nmax_in_flight = 65_536\n")
    command = (
        "collector.cli",
        "serve",
        *("--config", str(config)),
        *("--inventory", str(inventory), "--data", str(folder)),
        *("--listen", f"127.0.0.1:{port}", "--report-interval", str(interval_seconds)),
        *("--log-level", "warning"),
    )
    with running_python(*command) as child:
        until(lambda: child.ended() or _is_ready(port), "govnet serve")
        yield Server(child, port, keys)


def get(port: int, path: str) -> bytes:
    """Return the body of `GET path`; the answer must be 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status, body[:200])
        return body
    finally:
        connection.close()


def _is_ready(port: int) -> bool:
    try:
        return bool(get(port, "/readyz"))
    except (ConnectionRefusedError, AssertionError):
        return False
