"""Signing in and out, and choosing a password by a link: their handlers. All forms, no script."""

import math
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from collector import pages
from collector.accounts.door import Door, Refused
from collector.accounts.passwords import mistakes
from collector.accounts.viewer import COOKIE
from collector.accounts.words import AGAIN_DIFFERS, refusal
from collector.config import Config
from collector.live import Live
from collector.pages.forms import OWN_REFERRER, first, hosts_of, is_same_origin, read_form
from collector.web.guard import Guard, host_of
from collector.web.sessions import Sessions, is_token
from govnet.errors import WireError

BAD_LINK: Final = "Liên kết đăng nhập không đúng, đã được dùng hoặc đã hết hạn."
BAD_CHOOSING_LINK: Final = (
    "Liên kết đặt mật khẩu không đúng, đã được dùng hoặc đã hết hạn."
    " Hãy xin quản trị một liên kết mới."
)
SIGNED_OUT: Final = "Đã đăng xuất."
CHOSEN: Final = "Đã đặt mật khẩu. Hãy đăng nhập bằng mật khẩu mới."
_SEE_OTHER, _UNAUTHENTICATED, _UNPROCESSABLE, _TOO_MANY = 303, 401, 422, 429
_TOLD: Final = {"out": SIGNED_OUT, "set": CHOSEN}


class SigningInHandlers:
    """The handlers; `collector.web.api.Api` is one."""

    _live: Live
    _door: Door
    _guard: Guard
    _sessions: Sessions
    _config: Config
    _has_tls: bool
    _count_login: Callable[[str], None]

    async def login(self, request: Request) -> Response:
        """Show the form, or use a one-time link up; one that is only looked at stays good."""
        once = request.query_params.get("once")
        if once is None:
            told = _TOLD.get(request.query_params.get("done", ""), "")
            return self._sign_in_page(done=told)
        if request.method == "HEAD":
            raise WireError("method_not_allowed", "expected GET")
        cookie = await self._sessions.redeem(once)
        if cookie is None:
            self._refused_sign_in(request)
            return self._sign_in_page((BAD_LINK,), status=_UNAUTHENTICATED)
        self._count_login("link")
        return self._let_in(cookie, "/")

    async def sign_in(self, request: Request) -> Response:
        """Sign in by name and password."""
        if not is_same_origin(request.headers, hosts_of(request, self._config.url)):
            return pages.foreign(self._live)
        form = await read_form(request)
        name, next_page = first(form, "name"), local_page(first(form, "next"))
        found = await self._door.sign_in(
            name, first(form, "password"), first(form, "code"), host_of(request)
        )
        if isinstance(found, Refused):
            self._live.metrics.rejected_requests.labels("unauthenticated").inc()
            status = _TOO_MANY if found.wait_seconds else _UNAUTHENTICATED
            page = self._sign_in_page((refusal(found),), name, next_page, status=status)
            if found.wait_seconds:
                page.headers["Retry-After"] = str(math.ceil(found.wait_seconds))
            return page
        return self._let_in(found.cookie, "/account" if found.account.must_change else next_page)

    async def logout(self, request: Request) -> Response:
        """End the session."""
        if not is_same_origin(request.headers, hosts_of(request, self._config.url)):
            return pages.foreign(self._live)
        cookie = request.cookies.get(COOKIE, "")
        if is_token(cookie):
            await self._door.leave(cookie)
        response = RedirectResponse("/login?done=out", _SEE_OTHER)
        response.delete_cookie(
            COOKIE, httponly=True, samesite="strict", secure=self._has_tls or self._config.is_https
        )
        return response

    async def password(self, request: Request) -> Response:
        """Show the form of a link by which somebody chooses a password."""
        token = request.query_params.get("once", "")
        return await self._password_page(request, token)

    async def choose_password(self, request: Request) -> Response:
        """Set the chosen password."""
        if not is_same_origin(request.headers, hosts_of(request, self._config.url)):
            return pages.foreign(self._live)
        form = await read_form(request)
        token, chosen = first(form, "once"), first(form, "password")
        name = await self._door.of_link(token) if is_token(token) else None
        if name is not None:
            wrong = mistakes(chosen, name)
            if chosen != first(form, "again"):
                wrong += (AGAIN_DIFFERS,)
            if wrong:
                return await self._password_page(request, token, wrong, _UNPROCESSABLE)
            if await self._door.choose_password(token, chosen) is not None:
                return RedirectResponse("/login?done=set", _SEE_OTHER)
        return await self._password_page(request, token)

    async def _password_page(
        self, request: Request, token: str, wrong: Sequence[str] = (), status: int = 200
    ) -> Response:
        name = await self._door.of_link(token) if is_token(token) else None
        if name is None:
            self._refused_sign_in(request)
            return self._sign_in_page((BAD_CHOOSING_LINK,), status=_UNAUTHENTICATED)
        page = pages.password(self._live, name, token, tuple(wrong), status)
        page.headers.update(OWN_REFERRER)
        return page

    def _refused_sign_in(self, request: Request) -> None:
        """Count a link that is not valid; raises RateLimitedError when it is one too many."""
        self._count_login("bad_link")
        self._live.metrics.rejected_requests.labels("unauthenticated").inc()
        self._guard.count_failure(request)

    def _sign_in_page(
        self,
        wrong: Sequence[str] = (),
        name: str = "",
        next_page: str = "/",
        *,
        done: str = "",
        status: int = 200,
    ) -> Response:
        page = pages.sign_in(self._live, tuple(wrong), name, next_page, done=done, status=status)
        page.headers.update(OWN_REFERRER)
        return page

    def _let_in(self, cookie: str, next_page: str) -> Response:
        response = RedirectResponse(next_page, _SEE_OTHER)
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=int(self._sessions.session_seconds),
            httponly=True,
            samesite="strict",
            secure=self._has_tls or self._config.is_https,
        )
        return response


def local_page(asked: str) -> str:
    """Return the page of ours that was asked for before signing in, the first one for others."""
    if not asked.startswith("/") or asked.startswith("//") or not asked.isprintable():
        return "/"
    if "\\" in asked:
        return "/"
    try:
        parts = urlsplit(asked)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or parts.path in {"/login", "/logout", "/password"}:
        return "/"
    return asked
