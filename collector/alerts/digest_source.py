"""The outages that the digest tells: what lasts, what ended lately, what is believed otherwise."""

from sqlalchemy import or_, select

from collector.alerts.digest import Known
from collector.store import Store
from collector.store.outage_tables import outage_beliefs, outages
from collector.verdict.outages.records import Belief
from collector.verdict.outages.saved import read_beliefs, read_cases


def recent(store: Store, since: float) -> list[Known]:
    """Return every outage of which something is so, or was learnt, after `since` (Unix seconds)."""
    learnt = select(outage_beliefs.c.number).where(outage_beliefs.c.believed_at >= since)
    wanted = or_(
        outages.c.ended_at.is_(None), outages.c.ended_at >= since, outages.c.number.in_(learnt)
    )
    with store.read() as connection:
        cases = read_cases(connection, [wanted])
        numbers = [case.outage.number for case in cases]
        beliefs: dict[int, list[Belief]] = {}
        for belief in read_beliefs(connection, [outage_beliefs.c.number.in_(numbers)]):
            beliefs.setdefault(belief.number, []).append(belief)
    return [
        Known(
            case.outage,
            case.handling,
            tuple(beliefs.get(case.outage.number, ())),
            case.merged_into,
        )
        for case in cases
    ]
