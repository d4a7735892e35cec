"""The page of one's own account: its password, and the codes of a telephone."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from collector.accounts.codes import is_secret, new_secret
from collector.accounts.door import Door, Refused, Why
from collector.accounts.passwords import mistakes
from collector.accounts.viewer import COOKIE, Viewer, viewer_of
from collector.accounts.words import AGAIN_DIFFERS, WRONG_CODE, WRONG_PRESENT, refusal
from collector.pages.account import AccountPage, build
from collector.pages.forms import OWN_REFERRER, Form, first, hosts_of, is_same_origin, read_form
from govnet.errors import WireError
from inventory.model import Inventory

PATH: Final = "/account"
_SEE_OTHER, _UNPROCESSABLE = 303, 422

Render = Callable[[Viewer, AccountPage, int], Response]


class AccountRoutes:
    """Handlers of the page; `render` prints it, `foreign` answers a form of another site."""

    def __init__(
        self,
        door: Door,
        url: str | None,
        inventory: Callable[[], Inventory],
        render: Render,
        foreign: Callable[[], Response],
    ) -> None:
        self._door = door
        self._url = url
        self._inventory = inventory
        self._render = render
        self._foreign = foreign

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(PATH, self.change, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the account of who is signed in."""
        return await self._shown(viewer_of(request), done=request.query_params.get("done", ""))

    async def change(self, request: Request) -> Response:
        """Do what a form asks for, and show the page again."""
        if not is_same_origin(request.headers, hosts_of(request, self._url)):
            return self._foreign()
        form, viewer = await read_form(request), viewer_of(request)
        action = first(form, "action")
        wrong = await self._done(action, form, viewer, request)
        if wrong:
            # The secret was perhaps taken over already: it stays the same.
            return await self._shown(viewer, mistakes=wrong, secret=first(form, "secret"))
        return RedirectResponse(f"{PATH}?{urlencode({'done': action})}", _SEE_OTHER)

    async def _done(
        self, action: str, form: Form, viewer: Viewer, request: Request
    ) -> tuple[str, ...]:
        """Do it; return what was wrong."""
        host = request.client.host if request.client else None
        name, present = _account(viewer), first(form, "present")
        refused: Refused | None
        match action:
            case "password":
                chosen = first(form, "password")
                wrong = mistakes(chosen, name)
                if chosen != first(form, "again"):
                    wrong += (AGAIN_DIFFERS,)
                if wrong:
                    return wrong
                refused = await self._door.change_password(
                    name, present, chosen, host=host, cookie=request.cookies.get(COOKIE, "")
                )
            case "codes_on" if not viewer.must_change:
                secret = first(form, "secret")
                if not is_secret(secret):
                    return (WRONG_CODE,)
                refused = await self._door.set_codes(
                    name, present, secret, first(form, "code"), host=host
                )
            case "codes_off" if not viewer.must_change:
                refused = await self._door.set_codes(name, present, None, "", host=host)
            case _:
                raise WireError("bad_request", "expected a form of the page")
        if refused is None:
            return ()
        if refused.wait_seconds or refused.why is Why.BUSY:
            return (refusal(refused),)
        return (WRONG_CODE if refused.why is Why.WRONG_CODE else WRONG_PRESENT,)

    async def _shown(
        self,
        viewer: Viewer,
        *,
        done: str = "",
        mistakes: tuple[str, ...] = (),
        secret: str = "",
    ) -> Response:
        account = await self._door.account(_account(viewer))
        if account is None:
            raise WireError("not_found", "no such account")
        page = build(
            account,
            viewer,
            self._inventory(),
            secret if is_secret(secret) else new_secret(),
            done=done,
            mistakes=mistakes,
        )
        response = self._render(viewer, page, _UNPROCESSABLE if mistakes else 200)
        response.headers.update(OWN_REFERRER)
        return response


def _account(viewer: Viewer) -> str:
    """Return the account of who is signed in; raises WireError for a one-time link's session."""
    if not viewer.account:
        raise WireError("forbidden", "a one-time link belongs to no account")
    return viewer.account
