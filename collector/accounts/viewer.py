"""Who asks, what they may see, and what they may do: decided once for each request.

`collector.web.guard` makes it; handlers and pages ask it and nothing else.
"""

from typing import Final

import msgspec
from starlette.requests import Request

from collector.accounts.records import LINK_NAME, Role
from govnet.errors import WireError
from inventory.model import site_id

COOKIE: Final = "govnet_session"
_STATE: Final = "viewer"


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. `who` stands in the account of changes, `title` on the pages.

    `sites` are those that may be seen, None: all of the province. `scope` is the unit (id) that
    they lie under, `scope_name` its name. `account` is "" where there is none: a one-time link, a
    program's token.
    """

    who: str
    title: str = ""
    role: Role = Role.VIEWER
    sites: frozenset[str] | None = None
    scope: str = ""
    scope_name: str = ""
    account: str = ""
    must_change: bool = False

    @property
    def sees_all(self) -> bool:
        """Whether it sees the whole province."""
        return self.sites is None

    @property
    def may_change(self) -> bool:
        """Whether it may change anything that others see."""
        return self.role.includes(Role.OPERATOR)

    @property
    def is_admin(self) -> bool:
        """Whether it may change accounts and tokens, and see who changed what."""
        return self.sees_all and self.role.includes(Role.ADMIN)

    def sees(self, item: str) -> bool:
        """Whether it sees a site, or what stands in it, by its id.

        What is of no site (services, agents that wait) only who sees the province.
        """
        return self.sites is None or site_id(item) in self.sites

    def require(self, item: str) -> None:
        """Raise WireError `forbidden` unless it sees that; one that does not exist as well.

        So nobody learns from the answer what exists elsewhere.
        """
        if not self.sees(item):
            raise WireError("forbidden", f"{item}: outside the part that this account sees")

    def require_all(self, what: str) -> None:
        """Raise WireError `forbidden` unless it sees the whole province."""
        if not self.sees_all:
            raise WireError("forbidden", f"{what}: only for who sees the whole province")


PROGRAM: Final = Viewer(who="api", role=Role.ADMIN)
"""Who holds the operator's token or the API's: what each may do, their tokens say."""
BY_LINK: Final = Viewer(who=LINK_NAME, title="liên kết một lần", role=Role.ADMIN)


def remember(request: Request, viewer: Viewer) -> None:
    """Hand the viewer on to whoever answers the request."""
    setattr(request.state, _STATE, viewer)


def viewer_of(request: Request) -> Viewer:
    """Return who asks; raises WireError `forbidden` where nobody decided it: a mistake of ours."""
    found = getattr(request.state, _STATE, None)
    if not isinstance(found, Viewer):
        raise WireError("forbidden", "nobody decided who may ask for this")
    return found
