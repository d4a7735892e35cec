"""What is known of sites that fell silent together. Records; times are Unix seconds."""

import msgspec

from collector.verdict.notes import EvidenceNote


class Silence(msgspec.Struct, frozen=True, gc=False):
    """A site was cut off from `onset` to `ended_at` (None: it still is).

    `last_sign_at` is when it was last seen alive before, `detected_at` when its silence was
    certain. `cause` is what the site's own evidence says; `is_proven` if that evidence separates
    it from its rivals, so that no company of others changes it.
    """

    site: str
    carrier: str
    power_area: str
    last_sign_at: float
    onset: float
    detected_at: float
    ended_at: float | None
    cause: str
    is_proven: bool


class Others(msgspec.Struct, frozen=True, gc=False):
    """A site that is watched and was seen alive; what it shares with others, "" for nothing."""

    site: str
    carrier: str
    power_area: str


class SharedCause(msgspec.Struct, frozen=True, gc=False):
    """What the company of others says about one silence.

    `is_named` if the company names the cause; else it is the silence's own first one.
    `event` is the event it belongs to, None for none. `held_until` is when it may be published at
    the earliest: before, its parent (the centre, the carrier's network) has not been seen alive
    since the site's last sign of life.
    """

    cause: str
    notes: tuple[EvidenceNote, ...]
    event: str | None
    held_until: float
    is_named: bool = True


class Event(msgspec.Struct, frozen=True):
    """Many sites vanished about together: one thing to say instead of many.

    `id` is made of its beginning and stays while sites join. `carrier` and `power_area` are what
    all its sites share, "" where they share nothing. `sites` are all that it befell, `silent` those
    of them that still are, `causes` how many sites have which cause, the most frequent first;
    `cause` is the only one, or `undetermined`.
    """

    id: str
    started_at: float
    ended_at: float | None
    cause: str
    carrier: str
    power_area: str
    sites: tuple[str, ...]
    silent: tuple[str, ...] = ()
    causes: tuple[tuple[str, int], ...] = ()


class Shared(msgspec.Struct, frozen=True):
    """What the company of others says: of every silence (by site and onset), and the events."""

    causes: dict[tuple[str, float], SharedCause]
    events: tuple[Event, ...]
