"""What stands in `collector.toml` under `[conference]`."""

from typing import Annotated

import msgspec

Minutes = Annotated[float, msgspec.Meta(gt=0, le=7 * 24 * 60)]


class ConferenceOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[conference]`: when points are checked before a conference."""

    sweep_minutes: Annotated[tuple[Minutes, ...], msgspec.Meta(min_length=1, max_length=10)] = (
        24 * 60,
        60,
        30,
        10,
    )
    """So long before the start every point's result is recorded."""
    budget_kbit_per_second: Annotated[float, msgspec.Meta(ge=100, le=1e7)] = 2000.0
    """What test packets may take of the way to the MCU while points are checked again; one train
    of them takes 56 kbit/s."""
    least_gap_seconds: Annotated[float, msgspec.Meta(ge=0.5, le=60)] = 1.0
    """Two sites are asked again no closer than this: 226 within four minutes. Closer than half a
    second the collector would refuse it (`collector.rechecks`)."""
    needs_room: bool = True
    """A point is ready only when its room has ticked TV, camera, microphone, speakers, operator."""
