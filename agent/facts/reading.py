"""What the readers fill in together, and how it travels from the child process: JSON in ASCII."""

import dataclasses
import json
import re
from dataclasses import dataclass, field

from govnet.errors import CheckError

MAX_OUTPUT_CHARACTERS = 200_000
"""More than any machine has to say."""
_KEY_PART = re.compile(r"[^a-z0-9_]+")


@dataclass(slots=True)
class Reading:
    """The facts of a machine as text, and those that are measured.

    Times are Unix seconds by the machine's clock; None is what nobody could read. `disks_healthy`
    is by the disk's name. `problems` says what could not be read, for `--debug`.
    """

    facts: dict[str, str] = field(default_factory=dict)
    os_support_end_at: float | None = None
    last_update_at: float | None = None
    is_antivirus_on: bool | None = None
    is_firewall_on: bool | None = None
    is_domain_joined: bool | None = None
    disks_healthy: dict[str, bool] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, key: str, text: object) -> None:
        """Note a fact; what is empty is no fact."""
        found = " ".join(str(text).split()) if text is not None else ""
        if found:
            self.facts[key] = found


def key_part(text: str) -> str:
    """Return a text as a part of a fact's key: small letters, digits, underscores."""
    return _KEY_PART.sub("_", text.lower()).strip("_") or "unnamed"


def encode(reading: Reading) -> str:
    """Return the reading as one line of ASCII."""
    return json.dumps(dataclasses.asdict(reading), ensure_ascii=True, sort_keys=True)


def decode(text: str) -> Reading:
    """Read what the child process printed. Raises CheckError if it is something else."""
    if len(text) > MAX_OUTPUT_CHARACTERS:
        raise CheckError(f"the facts are {len(text)} characters, at most {MAX_OUTPUT_CHARACTERS}")
    try:
        return Reading(**json.loads(text))
    except (ValueError, TypeError) as exc:
        raise CheckError(f"the facts cannot be read: {text[:200]!r}") from exc
