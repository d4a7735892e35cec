"""What each page asks of whoever opens it or sends its form; `collector.web.guard` holds to it.

Paths are templates like those of the routes (`/conferences/{id}`), read by the same function; the
first row that matches counts. A page that stands in no row is closed to all but admins of the whole
province: a new one is never open by mistake. A test goes through every route.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.routing import compile_path

from collector.accounts.records import Role


class Rule(msgspec.Struct, frozen=True):
    """What one method of one page asks.

    `is_narrowed`: it shows whoever sees a part of the province that part only; else it is closed to
    them. `is_first`: open also to who has to choose a new password first. `is_open`: open without a
    session; the page itself decides by the secret in its path.
    """

    role: Role
    is_narrowed: bool
    is_first: bool = False
    is_open: bool = False


RULES: Final[Mapping[tuple[str, str], Rule]] = {
    ("GET", "/"): Rule(Role.VIEWER, is_narrowed=True),
    ("POST", "/"): Rule(Role.OPERATOR, is_narrowed=True),
    ("GET", "/events"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/sites/{site}"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/units"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/units/{unit}"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/links"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/links.csv"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/coverage"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/coverage.csv"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/coverage.xlsx"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/inventory"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/inventory.csv"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/inventory.xlsx"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/maintenance"): Rule(Role.VIEWER, is_narrowed=True),
    ("POST", "/maintenance"): Rule(Role.OPERATOR, is_narrowed=True),
    ("GET", "/differences"): Rule(Role.VIEWER, is_narrowed=False),
    ("POST", "/differences"): Rule(Role.OPERATOR, is_narrowed=False),
    ("GET", "/log"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/log.csv"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/runbook"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/runbook/{alert}"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/admin"): Rule(Role.ADMIN, is_narrowed=False),
    ("POST", "/admin"): Rule(Role.ADMIN, is_narrowed=False),
    ("GET", "/about"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/account"): Rule(Role.VIEWER, is_narrowed=True, is_first=True),
    ("POST", "/account"): Rule(Role.VIEWER, is_narrowed=True, is_first=True),
    ("GET", "/conferences"): Rule(Role.VIEWER, is_narrowed=True),
    ("POST", "/conferences"): Rule(Role.OPERATOR, is_narrowed=False),
    ("GET", "/conferences/{id}"): Rule(Role.VIEWER, is_narrowed=True),
    ("POST", "/conferences/{id}"): Rule(Role.OPERATOR, is_narrowed=True),
    ("GET", "/conferences/{id}/record.xlsx"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/room/{token}"): Rule(Role.VIEWER, is_narrowed=True, is_open=True),
    ("POST", "/room/{token}"): Rule(Role.VIEWER, is_narrowed=True, is_open=True),
}
"""Method and path -> what it asks. A row of POST never has a lower role than `operator`, but for
one's own account and for what is open."""
_PATTERNS: Final = tuple((key[0], compile_path(key[1])[0], rule) for key, rule in RULES.items())
STRICTEST: Final = Rule(Role.ADMIN, is_narrowed=False)


def rule_of(method: str, path: str) -> Rule:
    """Return what a request asks for, by its method and path."""
    asked = "GET" if method == "HEAD" else method
    found = (rule for one, pattern, rule in _PATTERNS if one == asked and pattern.match(path))
    return next(found, STRICTEST)
