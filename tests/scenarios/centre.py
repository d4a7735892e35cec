"""The real collector in this process, on a clock that the scenario turns, spoken to as by HTTP.

Everything that is said to it and read from it goes through its own ASGI applications. Only its
periodic work is called by hand, because the clock does not run by itself: all of that is here.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from http.client import HTTPMessage
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from agent.identity.keys import Identity, Secret
from agent.transport.address import parse_collector
from agent.transport.channel import Channel, ChannelError, Reply
from collector.config import Config, CredentialsOptions
from collector.places import operator_token_file
from collector.process import Collector
from collector.readiness.desk import ConferenceDesk
from collector.readiness.options import ConferenceOptions
from collector.store import open_store
from collector.store.registry import enrol_all
from inventory.model import Inventory
from tests.inline import Inline

WORKS_PER_CHECKPOINT = 60
_SHARED_MEMORY = Path("/dev/shm")
_HOST, _PORT = "127.0.0.1", 40_000
SECRET = "bi-mat-cua-kich-ban"
_CREDENTIALS = f"snmp: {{routers: {{community: {SECRET}}}, ups: {{community: {SECRET}}}}}"
"""For every name in the inventories."""
_T = TypeVar("_T")


class Clock:
    """The only clock of a scenario: Unix seconds."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Centre:
    """A collector with its data, which can be stopped and started again."""

    def __init__(
        self,
        inventory_file: Path,
        interval_seconds: float | None,
        clock: Clock,
        conference: ConferenceOptions | None = None,
    ) -> None:
        self._clock = clock
        shared = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
        self._folder = Path(tempfile.mkdtemp(prefix="govnet-scenario-", dir=shared))
        self._inventory_file = self._folder / "inventory.yaml"
        shutil.copyfile(inventory_file, self._inventory_file)
        credentials = self._folder / "credentials.yaml"
        credentials.touch(mode=0o600)
        credentials.write_text(_CREDENTIALS, "utf-8")
        self.data = self._folder / "data"
        self._config = Config(
            inventory=str(self._inventory_file),
            data_dir=str(self.data),
            credentials=CredentialsOptions(file=str(credentials)),
            report_interval_seconds=interval_seconds,
            agent_batches_per_minute=1 << 20,
            conference=conference or ConferenceOptions(),
        )
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(Inline())
        self._collector: Collector | None = None
        self._rest: Any = None
        self._works = 0

    @property
    def conferences(self) -> ConferenceDesk:
        """The desk of conferences of the collector that runs."""
        assert self._collector is not None, "the collector does not run"
        return self._collector._conference_desk

    @property
    def is_running(self) -> bool:
        """Whether it takes reports."""
        return self._collector is not None

    def enrol(self, inventory: Inventory) -> list[tuple[Identity, str]]:
        """Make an agent for every declared machine in use; before the first start."""
        machines = [
            machine.id.split("/")
            for site in inventory.sites.values()
            for machine in site.active_machines()
        ]
        store = open_store(self.data)
        try:
            wanted = [(site, name) for site, name in machines]
            keys = enrol_all(store, inventory, wanted, self._clock.now)
        finally:
            store.close()
        return [
            (Identity(new.identity.agent, new.key, Secret(new.secret)), new.identity.machine)
            for new in keys
        ]

    def start(self) -> None:
        """Start it on what its disk holds."""
        self._collector = self._run(self._made())
        self._rest = self._collector.rest()

    async def _made(self) -> Collector:
        collector = Collector(self._config, self._clock)
        collector._inbox._group_seconds = 0.0
        collector._is_serving = True
        return collector

    def stop(self) -> None:
        """Stop it in order."""
        if self._collector is not None:
            self._collector.stop_taking()
            self._run(self._collector._close())
            self._collector = None

    def work(self) -> None:
        """Let it do what it does from time to time: judge, look before conferences, save."""
        if self._collector is None:
            return
        self._run(self._collector._judge())
        self._run(self.conferences.tick_sweeps())
        self._works += 1
        if self._works % WORKS_PER_CHECKPOINT == 0:
            self._run(self._collector._saving.checkpoint())

    def close(self) -> None:
        """Stop it and remove what it kept."""
        try:
            self.stop()
        finally:
            self._loop.close()
            shutil.rmtree(self._folder)

    def write_inventory(self, text: str) -> None:
        """Write another inventory."""
        self._inventory_file.write_text(text, "utf-8")

    def replace_inventory(self, file: Path) -> None:
        """Write another inventory and tell it to read that."""
        self.write_inventory(file.read_text("utf-8"))
        self.post("/v1/reload", None)

    def get(self, path: str) -> bytes:
        """Read a path as an operator."""
        status, _, body = self.request("GET", path, self.operator(), b"")
        assert status == 200, f"GET {path}: {status} {body.decode()}"
        return body

    def post(self, path: str, plain: object) -> bytes:
        """Do something as an operator."""
        body = b"" if plain is None else msgspec.json.encode(plain)
        headers = self.operator() | {"Content-Type": "application/json"}
        status, _, answer = self.request("POST", path, headers, body)
        assert status in {200, 201}, f"POST {path}: {status} {answer.decode()}"
        return answer

    def operator(self) -> dict[str, str]:
        """Return the headers of somebody who may do everything."""
        token = operator_token_file(self.data).read_text().strip()
        return {"Authorization": f"Bearer {token}"}

    def request(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        host: str = _HOST,
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request from an address; returns status, headers and body of the answer."""
        assert self._collector is not None, "the collector does not run"
        scope = _scope(method, path, headers, body, host)
        return self._run(self._exchange(self._collector, scope, body))

    async def _exchange(
        self, collector: Collector, scope: dict[str, Any], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        answer: dict[str, Any] = {"body": b""}

        waiting = [body]

        async def receive() -> dict[str, Any]:
            if not waiting:
                await asyncio.Event().wait()  # The client stays until it has its answer.
            waiting.clear()
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer["status"], answer["headers"] = message["status"], message["headers"]
            else:
                answer["body"] += message.get("body", b"")

        served: dict[str, Any] = {
            "/v1/reports": collector.path.reports,
            "/v1/settings": collector.path.settings,
        }
        await served.get(scope["path"], self._rest)(scope, receive, send)
        given = {name.decode().title(): value.decode() for name, value in answer["headers"]}
        return answer["status"], given, answer["body"]

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self._loop.run_until_complete(work)


def _scope(
    method: str, path: str, headers: dict[str, str], body: bytes, host: str
) -> dict[str, Any]:
    """Return a request as ASGI describes it."""
    plain, _, query = path.partition("?")
    lower = [(name.lower().encode(), text.encode()) for name, text in headers.items()]
    if body:
        lower.append((b"content-length", str(len(body)).encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": plain,
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "headers": lower,
        "client": (host, _PORT),
        "server": ("127.0.0.1", 8470),
    }


class Line(Channel):
    """What an agent speaks through, in the place of its connection."""

    def __init__(self, centre: Centre) -> None:
        super().__init__(parse_collector("http://127.0.0.1:9"), None)
        self._centre = centre

    def request(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[Reply, HTTPMessage]:
        """Exchange one request; raises ChannelError while no collector runs."""
        if not self._centre.is_running:
            raise ChannelError("refused")
        status, answered, answer = self._centre.request(method, path, headers, body or b"")
        message = HTTPMessage()
        for name, text in answered.items():
            message[name] = text
        return Reply(status, answer, answered.get("Retry-After")), message
