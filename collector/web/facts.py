"""The API's paths of what was told: of one machine, and of everything around the devices."""

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from collector.accounts.viewer import viewer_of
from collector.discovery.gather import Present, present, read
from collector.live import Live
from collector.store.database import Store
from collector.store.machine_facts import facts_of
from collector.store.worker import StoreWorker
from govnet.errors import WireError


class FactsHandlers:
    """The handlers; `collector.web.api.Api` is one."""

    _live: Live
    _worker: StoreWorker
    _wall: Callable[[], float]

    async def machine_facts(self, request: Request) -> Response:
        """Show what one machine is."""
        viewer_of(request).require(request.path_params["site"])
        machine = f"{request.path_params['site']}/{request.path_params['machine']}"
        found = await self._worker.run(facts_of, machine)
        if found is None:
            raise WireError("not_found", "no such machine, or it has told nothing yet")
        return Response(msgspec.json.encode(found), media_type="application/json")

    async def sightings(self, _: Request) -> Response:
        """Show what was seen, for whoever compares it with the inventory."""
        body = await self._worker.run(_encoded, present(self._live, self._wall()))
        return Response(body, media_type="application/json")


def _encoded(store: Store, known: Present) -> bytes:
    """Return the JSON, made on the store's thread: the loop takes reports meanwhile."""
    return msgspec.json.encode(read(store, known))
