"""What `probe ocsp` and `probe crl` say in the same way: whether a signed word counts."""

from typing import NamedTuple

from agent.byhand.certificates import date, why
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY
from agent.probe.crl import CrlReply
from agent.probe.ocsp import OcspReply
from agent.probe.outcome import Outcome


class Words(NamedTuple):
    """Vietnamese for one kind of signed word."""

    unreached: str
    unusable: str
    counts: str
    counts_not: str
    until: str


def tell(url: str, seen: OcspReply | CrlReply, words: Words, opening: str, *, good: bool) -> Answer:
    """Return the sentences; `opening` is what was said, empty for what cannot be read."""
    if seen.page.outcome is not Outcome.ANSWERED:
        return Answer(False, (f"{url} {words.unreached}: {WHY[seen.page.outcome]}.",))
    if not opening:
        return Answer(False, (f"{url} {words.unusable}: {why(seen.problem)}.",))
    lines = [opening, words.counts if seen.valid else f"{words.counts_not}: {why(seen.problem)}."]
    if seen.next_update_at is not None:
        lines.append(f"{words.until} {date(seen.next_update_at)}.")
    return Answer(good=bool(seen.valid) and good, lines=tuple(lines))
