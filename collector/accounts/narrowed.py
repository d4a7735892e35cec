"""What a viewer sees of the whole: the same records with everything else left out. Pure.

Pages and the API build what they show from these, so that each filter stands once. Who sees the
province gets the very objects.
"""

import msgspec

from collector.accounts.viewer import Viewer
from collector.maintenance.records import Book
from collector.verdict.coverage import Coverage
from collector.verdict.verdicts import Verdicts
from inventory.model import site_id


def coverage_for(viewer: Viewer, coverage: Coverage) -> Coverage:
    """Return the sites, agents and names within the viewer's part."""
    if viewer.sees_all:
        return coverage
    return msgspec.structs.replace(
        coverage,
        sites={site: one for site, one in coverage.sites.items() if viewer.sees(site)},
        agents={machine: one for machine, one in coverage.agents.items() if viewer.sees(one.site)},
        facts=tuple(one for one in coverage.facts if viewer.sees(one.site)),
    )


def verdicts_for(viewer: Viewer, verdicts: Verdicts) -> Verdicts:
    """Return the verdicts within the viewer's part; events name sites of the whole province."""
    if viewer.sees_all:
        return verdicts
    return msgspec.structs.replace(
        verdicts,
        sites={site: one for site, one in verdicts.sites.items() if viewer.sees(site)},
        items={item: one for item, one in verdicts.items.items() if viewer.sees(site_id(item))},
        conditions=frozenset(one for one in verdicts.conditions if viewer.sees(one.site)),
        events=(),
    )


def book_for(viewer: Viewer, book: Book) -> Book:
    """Return the entries of the viewer's part, and the notices that may reach it."""
    if viewer.sees_all:
        return book
    entries = tuple(one for one in book.entries if one.item and viewer.sees(one.item))
    named = {one.notice for one in entries}
    notices = tuple(one for one in book.notices if one.id in named)
    return msgspec.structs.replace(book, entries=entries, notices=notices)
