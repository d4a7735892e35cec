"""The one thread that uses the database, for an event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import OperationalError

from collector.store.database import Store
from govnet.errors import WireError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class StoreWorker:
    """Runs functions on the store, one after the other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def run(
        self,
        function: Callable[Concatenate[Store, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """Return `function(store, ...)`, run on the store's thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._executor, lambda: function(self._store, *args, **kwargs)
        )

    async def answer(
        self,
        function: Callable[Concatenate[Store, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """Do as `run`, for somebody who waits.

        Raises WireError `database_busy` where the database cannot be used now.
        """
        try:
            return await self.run(function, *args, **kwargs)
        except OperationalError as exc:
            raise WireError("database_busy", f"the database cannot be used: {exc.orig}") from exc

    def close(self) -> None:
        """Finish what was asked for, then close the database."""
        self._executor.shutdown(wait=True)
        self._store.close()
