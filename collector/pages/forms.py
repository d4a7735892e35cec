"""Forms that a page sends back: only from our own pages, and no longer than they need to be.

The session's cookie is `SameSite=strict`, so another site's form comes without it. That a request
comes from a page of this very host is asked for all the same: another port or a neighbouring host
name is the same site for a browser. This is the one protection against forged requests: no script
of another page can set `Sec-Fetch-Site` or `Origin`, and whoever sends neither is refused, so a
token within the form would add nothing. It also holds for signing in, which has no session yet.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from collector.request_body import small_body

Form = Mapping[str, list[str]]
"""Name -> its values, without those that are empty."""
OWN_REFERRER: Final = {"Referrer-Policy": "same-origin"}
"""Headers of a page with a form: with `no-referrer`, browsers that know no `Sec-Fetch-Site` would
send `Origin: null`."""


def is_same_origin(headers: Mapping[str, str], hosts: Iterable[str]) -> bool:
    """Whether a browser says that the request comes from a page of one of those hosts.

    Browsers say `Sec-Fetch-Site` over TLS and on loopback (Fetch Metadata, W3C), and `Origin`
    (RFC 6454) everywhere. Who says neither is no browser of today, and is refused.
    """
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    try:
        origin = urlsplit(headers.get("origin", "")).netloc
    except ValueError:
        return False
    return bool(origin) and origin in set(hosts)


def hosts_of(request: Request, url: str | None) -> tuple[str, ...]:
    """Return how our own pages may be called: as the client says, and as configured."""
    named = urlsplit(url or "").netloc
    return tuple(host for host in (request.headers.get("host", ""), named) if host)


async def read_form(request: Request) -> Form:
    """Return the fields of a form; raises WireError `body_too_large`."""
    body = await small_body(request)
    fields = parse_qs(body.decode("utf-8", "replace"), encoding="utf-8", errors="replace")
    stripped = {name: [value.strip() for value in values] for name, values in fields.items()}
    return {name: [value for value in values if value] for name, values in stripped.items()}


def first(form: Form, name: str) -> str:
    """Return the first value of a field, empty if there is none."""
    return next(iter(form.get(name, ())), "")
