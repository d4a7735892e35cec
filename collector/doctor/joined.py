"""Agents: the centre's own, those that wait, words that end, places that nobody fills."""

from collections.abc import Iterator, Mapping
from typing import Final

from collector.doctor.records import Finding, Level, Seen
from collector.store.known_agents import PENDING

SOON_SECONDS: Final = 3 * 86_400.0
"""A token that ends sooner is told."""


def check(seen: Seen) -> Iterator[Finding]:
    """Check who has joined."""
    if seen.inventory is None or not seen.is_begun:
        return
    yield from _centre(seen)
    yield from _elsewhere(seen)
    waiting = tuple(
        f"{row.identity.agent} ({row.hostname or 'không tên'}, {row.host})"
        for row in seen.agents
        if row.state == PENDING and row.revoked_at is None
    )
    if waiting:
        text = f"{len(waiting)} máy đang chờ duyệt"
        do = (
            f"govnet agents approve --all --data {seen.data}; máy chưa rõ điểm:"
            " govnet agents approve MÃ... --site ĐIỂM"
        )
        yield Finding(Level.SHOULD, text, do, waiting)
    missing = _missing(seen)
    yield from _places(seen, missing)
    yield from _tokens(seen, missing)


def _centre(seen: Seen) -> Iterator[Finding]:
    if seen.inventory is None:
        return
    centre = seen.inventory.province.centre
    there = [row for row in seen.agents if row.is_enrolled and row.identity.site == centre]
    if not there:
        text = f"trung tâm ({centre}) chưa có tác tử: không ai nhìn được các điểm từ bên ngoài"
        do = f"govnet token create --site {centre} --data {seen.data}, rồi govnet-agent enrol MÃ"
        yield Finding(Level.MUST, text, do)
    elif seen.running is not None:
        up = {one.agent for one in seen.running.agents.agents if one.up}
        if any(row.identity.agent in up for row in there):
            yield Finding(Level.GOOD, f"tác tử của trung tâm ({centre}) đang báo cáo")
        else:
            text = f"tác tử của trung tâm ({centre}) đã ghi danh nhưng không báo cáo"
            do = "trên máy đó: govnet-agent status nói phải làm gì"
            yield Finding(Level.MUST, text, do)


def _elsewhere(seen: Seen) -> Iterator[Finding]:
    """Tell of agents at sites that the inventory lacks: it may be another province's."""
    known = seen.inventory.sites if seen.inventory is not None else {}
    strange = tuple(
        f"{row.identity.agent} ({row.identity.site})"
        for row in seen.agents
        if row.is_enrolled and row.identity.site not in known
    )
    if strange:
        text = (
            f"{len(strange)} tác tử thuộc điểm không có trong danh mục: không ai xét báo cáo của nó"
        )
        do = f"danh mục có đúng là của trung tâm này không ({seen.inventory_file})? Đúng thì khai"
        yield Finding(Level.MUST, text, f"{do} điểm, hoặc govnet agents move / revoke", strange)


def _missing(seen: Seen) -> dict[str, int]:
    """Return by site how many declared machines have no agent, where there are any."""
    enrolled: dict[str, int] = {}
    for row in seen.agents:
        if row.is_enrolled:
            enrolled[row.identity.site] = enrolled.get(row.identity.site, 0) + 1
    return {
        site.id: site.expected_machines() - enrolled.get(site.id, 0)
        for site in seen.sites
        if site.expected_machines() > enrolled.get(site.id, 0)
    }


def _places(seen: Seen, missing: Mapping[str, int]) -> Iterator[Finding]:
    declared = sum(site.expected_machines() for site in seen.sites)
    if missing:
        text = f"{sum(missing.values())} trong {declared} máy đã khai chưa có tác tử"
        names = tuple(f"{site}: {number}" for site, number in missing.items())
        do = f"govnet token create --province --uses SỐ-MÁY --data {seen.data}, rồi cài tác tử"
        yield Finding(Level.SHOULD, text, do, names)
    elif declared:
        yield Finding(Level.GOOD, f"cả {declared} máy đã khai đều có tác tử")


def _tokens(seen: Seen, missing: Mapping[str, int]) -> Iterator[Finding]:
    living = [one for one in seen.tokens if one.revoked_at is None and one.expires_at > seen.now]
    usable = {one.site for one in living if one.uses_left}
    # By a token of the whole province every machine can still come.
    used_up = tuple(
        _named(one.id, one.site)
        for one in living
        if not one.uses_left
        and usable.isdisjoint({None, one.site})
        and (missing if one.site is None else one.site in missing)
    )
    ending = tuple(
        _named(one.id, one.site)
        for one in living
        if one.uses_left and one.expires_at < seen.now + SOON_SECONDS
    )
    do = f"govnet token list --data {seen.data}; cần nữa thì govnet token create"
    if used_up:
        text = f"{len(used_up)} mã ghi danh đã dùng hết số lần, còn máy chưa có tác tử"
        yield Finding(Level.SHOULD, text, do, used_up)
    if ending:
        text = f"{len(ending)} mã ghi danh còn lượt mà sắp hết hạn (trong 3 ngày)"
        yield Finding(Level.SHOULD, text, do, ending)


def _named(token: str, site: str | None) -> str:
    return f"{token} ({site or 'cả tỉnh'})"
