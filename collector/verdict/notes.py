"""A piece of evidence as code and arguments, before it is worded."""

from typing import TypeAlias

import msgspec

Argument: TypeAlias = str | int | float


class EvidenceNote(msgspec.Struct, frozen=True, gc=False):
    """One piece of evidence as code and arguments; `collector.verdict.wording` makes the sentence.

    `args` are what that code's sentence needs, in order; times are Unix seconds.
    """

    code: str
    args: tuple[Argument, ...] = ()
