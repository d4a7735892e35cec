"""The machine's fingerprint: one short digest per component that can be read, never the number.

What cannot be read, and what a maker left the same in every machine, is absent: two machines must
not look alike because neither was given a serial number.
"""

import sys
from collections.abc import Callable, Mapping

from govnet.enrolment import HARDWARE, component_digest

if sys.platform == "win32":
    from agent.probe.hardware.windows import components
else:
    from agent.probe.hardware.linux import components

__all__ = ["components", "fingerprint"]


def fingerprint(read: Callable[[], Mapping[str, str]] = components) -> dict[str, str]:
    """Return the digests of `HARDWARE` of this machine; `read` gives what they are made from."""
    found = read()
    return {name: component_digest(name, found[name]) for name in HARDWARE if found.get(name)}
