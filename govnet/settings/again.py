"""A site's checks once more, because somebody asked: what an agent is told of it."""

from dataclasses import dataclass
from typing import Final

from govnet.settings.checks import FactsSettings

NEVER_AGAIN: Final = frozenset({FactsSettings.check})
"""What a machine is does not change while somebody waits, and takes a minute to find out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAgain:
    """One request: run the checks of `site` once more now.

    `id` is another one for every request, so that an agent carries each out once.
    """

    id: str
    site: str

    def covers(self, own_site: str, check: str, target: str) -> bool:
        """Whether an agent of `own_site` runs that check of its own once more for this.

        It does if the target is an item of the asked site. What belongs to no site (a service)
        counts as the agent's own: the centre's agent asks every service again only for the centre.
        """
        home, slash, _ = target.partition("/")
        return (home if slash else own_site) == self.site and check not in NEVER_AGAIN
