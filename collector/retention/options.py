"""`[retention]` of `collector.toml`: how many days what happened is kept."""

from typing import Annotated, Final

import msgspec

STATUS_DAYS: Final = 400.0
"""What was so, minute by minute: the months of a year are worked out from it, so it is fixed."""
_MONTH_DAYS: Final = 32.0
_MEASURED: Final = STATUS_DAYS + _MONTH_DAYS
"""Whatever the figures of a month depend on is there for as long as they can be worked out."""

Year = Annotated[float, msgspec.Meta(ge=366, le=36_600)]
Measured = Annotated[float, msgspec.Meta(ge=_MEASURED, le=36_600)]
Days = Annotated[float, msgspec.Meta(ge=1, le=36_600)]


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days after which what is over is dropped."""

    audit_days: Year = 400.0
    """Who changed what, and who signed in: twelve months at least (Decree 53/2022/NĐ-CP)."""
    outage_days: Measured | None = None
    """Outages that ended, with what was believed and said of them; None: for ever."""
    maintenance_days: Measured = 800.0
    """Planned work and power cuts that are over."""
    conference_days: Days = 800.0
    """Conferences that are over, their sweeps, and what rooms said."""
    token_days: Days = 400.0
    """Enrolment tokens that expired or were revoked."""
    pending_days: Days = 180.0
    """Agents that nobody approved: they are refused afterwards."""
    facts_days: Days = 400.0
    """What machines told of themselves, after they told it last."""
