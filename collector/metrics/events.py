"""Series of the events that last: what befell many sites at once. Pure."""

from collections.abc import Iterable, Mapping

from collector.verdict.shared.records import Event

Rows = Mapping[tuple[str, ...], float]
"""Values by the values of a metric's labels, in the catalogue's order."""


def event_rows(events: Iterable[Event]) -> dict[str, Rows]:
    """Return the rows of all metrics about events; one that ended gives none."""
    lasting = [event for event in events if event.ended_at is None]
    return {
        "govnet_event_sites": {
            (event.id, event.cause, event.carrier, event.power_area): float(len(event.sites))
            for event in lasting
        },
        "govnet_site_event": {(site, event.id): 1.0 for event in lasting for site in event.silent},
        "govnet_event_start_timestamp_seconds": {
            (event.id,): event.started_at for event in lasting
        },
    }
