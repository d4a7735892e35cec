"""Which versions of the agent report now, as numbers: single machines are not named here."""

import re
from collections import Counter
from typing import Final

from collector.series.state import State

_VERSION: Final = re.compile(rb'[{,]version="((?:[^"\\]|\\.)*)"')


def versions(state: State) -> Counter[str]:
    """Return how many agents report with each version."""
    text = b"".join(state.render("govnet_agent_info"))
    return Counter(found.decode("utf-8", "replace") for found in _VERSION.findall(text))
