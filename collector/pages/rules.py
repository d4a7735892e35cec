"""What each page asks of whoever opens it or sends its form; `collector.web.guard` holds to it.

A page that stands in no row is closed to all but admins of the whole province: a new one is never
open by mistake. A test goes through every route.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from collector.accounts.records import Role


class Rule(msgspec.Struct, frozen=True):
    """What one method of one page asks.

    `is_narrowed`: it shows whoever sees a part of the province that part only; else it is closed to
    them. `is_first`: open also to who has to choose a new password first.
    """

    role: Role
    is_narrowed: bool
    is_first: bool = False


RULES: Final[Mapping[tuple[str, str], Rule]] = {
    ("GET", "/"): Rule(Role.VIEWER, is_narrowed=True),
    ("POST", "/"): Rule(Role.OPERATOR, is_narrowed=True),
    ("GET", "/events"): Rule(Role.VIEWER, is_narrowed=True),
    ("GET", "/maintenance"): Rule(Role.VIEWER, is_narrowed=True),
    ("POST", "/maintenance"): Rule(Role.OPERATOR, is_narrowed=True),
    ("GET", "/differences"): Rule(Role.VIEWER, is_narrowed=False),
    ("POST", "/differences"): Rule(Role.OPERATOR, is_narrowed=False),
    ("GET", "/account"): Rule(Role.VIEWER, is_narrowed=True, is_first=True),
    ("POST", "/account"): Rule(Role.VIEWER, is_narrowed=True, is_first=True),
}
"""Method and path -> what it asks. A row of POST never has a lower role than `operator`, but for
one's own account."""
STRICTEST: Final = Rule(Role.ADMIN, is_narrowed=False)


def rule_of(method: str, path: str) -> Rule:
    """Return what a request asks for, by its method and path."""
    return RULES.get(("GET" if method == "HEAD" else method, path), STRICTEST)
