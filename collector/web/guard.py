"""Who may ask for what: decided here for the API and for the pages, before any handler runs.

The guard makes the `Viewer` of a request. What the path needs, and whether it shows a part of the
province to whoever sees a part, say the tables `collector.web.operations` and
`collector.pages.rules`; what stands in neither is closed to all but admins of the whole province.
"""

import time
from collections.abc import Callable

from starlette.requests import Request

from collector.accounts.records import Account
from collector.accounts.scope import Scopes
from collector.accounts.viewer import BY_LINK, COOKIE, PROGRAM, Viewer, remember
from collector.intake.limits import Failures
from collector.pages.rules import Rule
from collector.web.access import Access, Need, Session
from collector.web.sessions import Sessions
from govnet.errors import WireError
from inventory.model import Inventory

_WANTED = {
    Need.SCRAPE: "expected a listed address or a bearer token",
    Need.READ: "expected a session or a bearer token",
    Need.OPERATE: "expected the operator's bearer token",
}


class Guard:
    """`inventory` returns that in use, `wall` Unix seconds."""

    def __init__(
        self,
        access: Access,
        sessions: Sessions,
        failures: Failures,
        inventory: Callable[[], Inventory],
        wall: Callable[[], float],
    ) -> None:
        self._access = access
        self._sessions = sessions
        self._failures = failures
        self._inventory = inventory
        self._wall = wall
        self._scopes = Scopes()

    async def admit(self, request: Request, need: Need, *, is_narrowed: bool) -> None:
        """Let a request to an operation pass, or raise WireError: unauthenticated, forbidden."""
        if need is Need.NOTHING or (
            need is Need.SCRAPE and self._access.is_listed(host_of(request))
        ):
            return
        viewer: Viewer | None = None
        if self._access.holds(need, request.headers.get("authorization", "")):
            viewer = PROGRAM
        elif need is Need.READ:
            viewer = await self.signed_in(request)
        if viewer is None:
            self.count_failure(request)
            raise WireError("unauthenticated", _WANTED[need])
        if viewer.must_change:
            raise WireError("forbidden", "choose a new password on the page /account first")
        if not is_narrowed:
            viewer.require_all(request.url.path)
        remember(request, viewer)

    async def admit_page(self, request: Request, rule: Rule) -> Viewer | None:
        """Return who asks for a page, None if nobody is signed in; raises WireError forbidden.

        Who has to choose a password first gets other pages from nobody: ask `must_change`.
        """
        viewer = await self.signed_in(request)
        if viewer is None:
            return None
        remember(request, viewer)
        if viewer.must_change:
            return viewer
        if not viewer.role.includes(rule.role):
            raise WireError("forbidden", f"this needs an account whose role is {rule.role}")
        if not rule.is_narrowed:
            viewer.require_all(request.url.path)
        return viewer

    async def signed_in(self, request: Request) -> Viewer | None:
        """Return who is signed in in this browser, None for nobody."""
        session: Session | None = await self._sessions.find(request.cookies.get(COOKIE, ""))
        if session is None:
            return None
        return BY_LINK if session.account is None else self._viewer(session.account)

    def count_failure(self, request: Request) -> None:
        """Count a wrong token; raises RateLimitedError when it is one too many."""
        host, now = host_of(request), time.monotonic()
        self._failures.check(host, "", now)
        self._failures.note(host, "", now)

    def _viewer(self, account: Account) -> Viewer:
        inventory, scope = self._inventory(), account.scope
        unit = inventory.units.get(scope or "")
        return Viewer(
            who=account.name,
            title=account.title or account.name,
            role=account.role,
            sites=None if scope is None else self._scopes.sites(inventory, scope, self._wall()),
            scope_name=unit.name if unit is not None else scope or "",
            account=account.name,
            must_change=account.must_change,
        )


def host_of(request: Request) -> str | None:
    """Return the address that a request comes from."""
    return request.client.host if request.client else None
