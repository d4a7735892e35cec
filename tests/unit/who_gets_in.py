"""Every path of the API and of the pages, and the status that each kind of visitor gets."""

from tests.accounts import people

NOBODY, PROGRAM, LINK = "nobody", "operator token", "one-time link"
WHO = (NOBODY, *people(), LINK, PROGRAM)
"""nobody, xem-don, truc-don, xem, truc, quan-tri, a one-time link, the operator's token."""

Asked = tuple[str, str]
Table = dict[Asked, tuple[int, ...]]


def all_but_nobody(status: int) -> tuple[int, ...]:
    return 401, *(status for _ in WHO[1:])


OUTSIDE = (401, 403, 403, 200, 200, 200, 200, 200)
"""For who sees the part without the asked site: forbidden."""
PUBLIC = tuple(200 for _ in WHO)
BY_TOKEN = (*(401 for _ in WHO[:-1]), 200)

API: Table = {
    # Loopback is listed; signing in gives nothing more.
    ("GET", "/metrics"): PUBLIC,
    ("GET", "/metrics/verdicts"): PUBLIC,
    ("GET", "/metrics/shards/{shard}"): PUBLIC,
    ("GET", "/v1/sd/prometheus"): PUBLIC,
    ("GET", "/v1/ca"): tuple(404 for _ in WHO),
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/v1/openapi.json"): PUBLIC,
    ("GET", "/v1/sites"): all_but_nobody(200),
    ("GET", "/v1/sites/{site}"): OUTSIDE,
    ("GET", "/v1/sites/{site}/check"): OUTSIDE,
    ("POST", "/v1/sites/{site}/check"): (*(401 for _ in WHO[:-1]), 202),
    ("GET", "/v1/collector"): BY_TOKEN,
    ("GET", "/v1/agents"): all_but_nobody(200),
    ("GET", "/v1/inventory/sightings"): OUTSIDE,
    ("GET", "/v1/machines/{site}/{machine}/facts"): OUTSIDE,
    ("GET", "/v1/maintenance"): all_but_nobody(200),
    ("POST", "/v1/maintenance"): (*(401 for _ in WHO[:-1]), 400),
    ("POST", "/v1/maintenance/{id}"): (*(401 for _ in WHO[:-1]), 400),
    ("GET", "/v1/conferences"): all_but_nobody(200),
    ("POST", "/v1/conferences"): (*(401 for _ in WHO[:-1]), 400),
    ("GET", "/v1/conferences/{id}"): OUTSIDE,
    ("POST", "/v1/conferences/{id}/cancel"): BY_TOKEN,
    ("POST", "/v1/conferences/{id}/check"): (*(401 for _ in WHO[:-1]), 200),
    ("POST", "/v1/conferences/{id}/tick"): (*(401 for _ in WHO[:-1]), 400),
    ("GET", "/v1/outages"): all_but_nobody(200),
    ("GET", "/v1/outages/{number}"): OUTSIDE,
    ("POST", "/v1/outages/{number}"): (*(401 for _ in WHO[:-1]), 400),
    ("GET", "/v1/availability"): all_but_nobody(200),
    ("POST", "/v1/reload"): BY_TOKEN,
    ("POST", "/v1/alerts/test"): BY_TOKEN,
    ("GET", "/login"): PUBLIC,
    ("POST", "/login"): tuple(403 for _ in WHO),
    ("POST", "/logout"): tuple(403 for _ in WHO),
    ("GET", "/password"): tuple(401 for _ in WHO),
    ("POST", "/password"): tuple(403 for _ in WHO),
}
"""Statuses in the order of WHO. The site is outside of the part that `xem-don` and `truc-don` see.
Forms come from no page of ours here, and bodies are empty."""

ELSEWHERE = {
    ("POST", "/v1/reports"),
    ("GET", "/v1/settings"),
    ("POST", "/v1/enrol"),
    ("POST", "/v1/keys"),
    ("GET", "/"),
}
"""Paths of agents, by signature and token; the first page is below."""

OWN_FORM = (401, *(403 for _ in WHO[1:-1]), 401)
PAGES: Table = {
    ("GET", "/"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("POST", "/"): OWN_FORM,
    ("GET", "/sites/{site}"): (401, 403, 403, 200, 200, 200, 200, 401),
    ("GET", "/units"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/units/{unit}"): (401, 403, 403, 200, 200, 200, 200, 401),
    ("GET", "/links"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/links.csv"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/coverage"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/coverage.csv"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/coverage.xlsx"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/inventory"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/inventory.csv"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/inventory.xlsx"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/maintenance"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("POST", "/maintenance"): OWN_FORM,
    ("GET", "/differences"): (401, 403, 403, 200, 200, 200, 200, 401),
    ("POST", "/differences"): OWN_FORM,
    ("GET", "/log"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/log.csv"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/runbook"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/runbook/{alert}"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/admin"): (401, 403, 403, 403, 403, 200, 200, 401),
    ("POST", "/admin"): OWN_FORM,
    ("GET", "/about"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("GET", "/account"): (401, 200, 200, 200, 200, 200, 403, 401),
    ("POST", "/account"): OWN_FORM,
    ("GET", "/conferences"): (401, 200, 200, 200, 200, 200, 200, 401),
    ("POST", "/conferences"): OWN_FORM,
    ("GET", "/conferences/{id}"): (401, 403, 403, 200, 200, 200, 200, 401),
    ("POST", "/conferences/{id}"): OWN_FORM,
    ("GET", "/conferences/{id}/record.xlsx"): (401, 403, 403, 200, 200, 200, 200, 401),
    # By a link of its own: nobody has this one, and a form of no page of ours is refused.
    ("GET", "/room/{token}"): tuple(404 for _ in WHO),
    ("POST", "/room/{token}"): tuple(403 for _ in WHO),
    # No page: only who may see everything learns that it does not exist.
    ("GET", "/no-such-page"): (401, 403, 403, 403, 403, 404, 404, 401),
}
GIVEN = {
    "site": "duc",
    "unit": "xa-duc",
    "machine": "pc-1",
    "number": "2",
    "shard": "0",
    "token": "no-such-link",
    "alert": "GovnetSiteSilent",
}
CONFERENCE = "giao-ban"
"""One to which only the point of `duc` is invited."""
