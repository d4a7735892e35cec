"""A piece of evidence as code and arguments. A record only."""

from typing import TypeAlias

import msgspec

Argument: TypeAlias = str | int | float


class EvidenceNote(msgspec.Struct, frozen=True):
    """One piece of evidence as code and arguments; `collector.verdict.wording` makes the sentence.

    `args` are what that code's sentence needs, in order; times are Unix seconds.
    """

    code: str
    args: tuple[Argument, ...] = ()
