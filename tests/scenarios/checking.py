"""Holds what was said against what a scenario wants said. Pure."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from tests.scenarios import local_time, reading
from tests.scenarios.reading import Recording
from tests.scenarios.scenario import Outage, Said, Scenario, Unsaid, one_of


def mistakes(scenario: Scenario, recording: Recording) -> list[str]:
    """Return everything that was said wrong, one sentence each."""
    found = [
        *(problem for said in scenario.expect for problem in _said(scenario, recording, said)),
        *(problem for unsaid in scenario.never for problem in _unsaid(scenario, recording, unsaid)),
    ]
    if recording.outages is not None:
        found += _outages(scenario, recording.outages)
    return found


def _said(scenario: Scenario, recording: Recording, said: Said) -> Iterator[str]:
    at, site = scenario.at(said.at), said.site
    where = f"{said.at} {site}"
    status = recording.status_at(site, at)
    if status not in one_of(said.status):
        yield f"{where}: expected {_or(said.status)}, said was {status or 'nothing'}"
    cause = recording.cause_at(site, at)
    if said.cause is not None and cause not in one_of(said.cause):
        yield f"{where}: expected the cause {_or(said.cause)}, said was {cause or 'nothing'}"
    for item, wanted in said.items.items():
        found = recording.status_at(item, at)
        if found not in one_of(wanted):
            yield f"{where}: expected {item} {_or(wanted)}, said was {found or 'nothing'}"
    codes = recording.evidence.get((site, at), [])
    for code in said.notes:
        if code not in codes:
            yield f"{where}: expected the evidence {code}, given was {', '.join(codes)}"
    for code in said.not_notes:
        if code in codes:
            yield f"{where}: expected no evidence {code}"


def _unsaid(scenario: Scenario, recording: Recording, unsaid: Unsaid) -> Iterator[str]:
    start = scenario.at(unsaid.start) if unsaid.start else scenario.begins.timestamp()
    end = scenario.at(unsaid.end) if unsaid.end else scenario.at(scenario.until)
    sites = unsaid.sites
    if not sites and not unsaid.items:
        sites = tuple(site for site in recording.causes if site not in unsaid.but)
    for item in (*sites, *unsaid.items):
        for at, word in recording.said(recording.statuses.get(item, []), start, end):
            if word in unsaid.statuses:
                yield f"{_text(scenario, at)} {item}: must not be {word}"
        for at, word in recording.said(recording.causes.get(item, []), start, end):
            if word in unsaid.causes:
                yield f"{_text(scenario, at)} {item}: must not be blamed on {word}"


def _outages(scenario: Scenario, outages: list[reading.Outage]) -> Iterator[str]:
    of_sites = [outage for outage in outages if outage.kind == "site"]
    yield from _matched(scenario, scenario.outages, of_sites, others=True)
    of_items = [outage for outage in outages if outage.kind != "site"]
    yield from _matched(scenario, scenario.item_outages, of_items, others=False)


def _matched(
    scenario: Scenario, wanted: Iterable[Outage], found: list[reading.Outage], *, others: bool
) -> Iterator[str]:
    """Find each wanted outage; with `others` there must be no further one."""
    left = list(found)
    for outage in wanted:
        fitting = [one for one in left if _fits(scenario, outage, one)]
        if not fitting and not (outage.may and all(one.item != outage.item for one in left)):
            same = [one for one in left if one.item == outage.item]
            told = "; ".join(_told(scenario, one) for one in same) or "none of it"
            yield f"outage {outage.item} from {outage.start}: expected {_wanted(outage)}, is {told}"
            left = [one for one in left if one not in same[:1]]
        elif fitting:
            left.remove(fitting[0])
    if others:
        for one in left:
            yield f"outage {one.item}: expected none, is {_told(scenario, one)}"


def _fits(scenario: Scenario, wanted: Outage, found: reading.Outage) -> bool:
    within = wanted.within_seconds or 2 * scenario.interval_seconds
    if wanted.item != found.item or abs(scenario.at(wanted.start) - found.start) > within:
        return False
    if (wanted.end is None) != (found.end is None):
        return False
    if wanted.end and found.end and abs(scenario.at(wanted.end) - found.end) > within:
        return False
    causes = [cause for cause, _ in groupby(found.causes)]
    causes_fit = len(wanted.causes) == len(causes) and all(
        cause in words.split("|") for words, cause in zip(wanted.causes, causes, strict=True)
    )
    correction_fits = wanted.is_corrected in {None, found.is_corrected}
    return causes_fit and wanted.count == found.count and correction_fits


def _wanted(outage: Outage) -> str:
    corrected = {None: "", True: ", corrected", False: ", not corrected"}[outage.is_corrected]
    return (
        f"to {outage.end or 'now'}, {' then '.join(outage.causes)}, {outage.count} times{corrected}"
    )


def _told(scenario: Scenario, outage: reading.Outage) -> str:
    end = "now" if outage.end is None else _text(scenario, outage.end)
    corrected = ", corrected" if outage.is_corrected else ""
    start = _text(scenario, outage.start)
    return f"{start} to {end}, {' then '.join(outage.causes)}, {outage.count} times{corrected}"


def _text(scenario: Scenario, at: float) -> str:
    return local_time.text_of(at, scenario.begins.date())


def _or(words: str | tuple[str, ...]) -> str:
    return " or ".join(one_of(words))
