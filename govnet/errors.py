"""The exception tree of both sides.

GovnetError
├── ConfigError          a file or setting a person wrote is wrong; exit status 2
├── WireError            bytes from the network do not follow the protocol
├── JournalError         the append-only log cannot be used
│   └── JournalFull      the disk has no room; what was acknowledged is intact
└── CheckError           a check could not measure (not: the target is down)
"""


class GovnetError(Exception):
    """Base of every error that govnet raises on purpose."""


class ConfigError(GovnetError):
    """One or more mistakes in what a person wrote.

    `problems` holds one finished line per mistake, `file:line:column: where: expected, found`,
    sorted by place. The command line prints them all and exits with status 2.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class WireError(GovnetError):
    """A request or answer does not follow the protocol.

    `reason` is one of the fixed words of `govnet.report.REASONS`; `detail` is for people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")


class JournalError(GovnetError):
    """The append-only log on disk cannot be opened or written."""


class JournalFull(JournalError):  # noqa: N818 - a state of the disk, named as people say it
    """The disk refused bytes; the record was not taken and earlier ones are intact."""


class CheckError(GovnetError):
    """A check could not measure. A target that is down is a sample of 0, never this error."""
