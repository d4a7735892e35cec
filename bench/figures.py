"""What a measurement found, and its Markdown table. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table: medians of ours and of the peer's rounds, in the same unit.

    `most_ratio` is the goal for ours divided by the peer's, `most` the goal for ours alone.
    """

    what: str
    unit: str
    ours: float
    peer: float | None = None
    most_ratio: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours divided by the peer's."""
        return self.ours / self.peer if self.peer else None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        if self.most is not None:
            return self.ours <= self.most
        if self.most_ratio is None or self.ratio is None:
            return None
        return self.ratio <= self.most_ratio


@dataclass(frozen=True, slots=True)
class Comparison:
    """One table: us beside one peer, and what is not the same work."""

    title: str
    peer: str
    figures: Sequence[Figure]
    notes: Sequence[str] = field(default=())


def middle(rounds: Iterable[float]) -> float:
    """Return the median of the rounds."""
    return median(rounds)


def markdown(comparison: Comparison) -> str:
    """Return the table as Markdown, ended by a line feed."""
    lines = [
        f"### {comparison.title}",
        "",
        f"| | unit | govnet | {comparison.peer} | ratio | goal | |",
        "|---|---|--:|--:|--:|--:|---|",
        *map(_line, comparison.figures),
        "",
        *(f"- {note}" for note in comparison.notes),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _line(figure: Figure) -> str:
    goal = ""
    if figure.most is not None:
        goal = f"<= {figure.most:g} {figure.unit}"
    elif figure.most_ratio is not None:
        goal = f"<= {figure.most_ratio:.2g}" if figure.most_ratio >= 0.1 else _fraction(figure)
    cells = (
        figure.what,
        figure.unit,
        _number(figure.ours),
        _number(figure.peer),
        _ratio(figure.ratio),
        goal,
        {True: "reached", False: "**missed**", None: ""}[figure.reached],
    )
    return f"| {' | '.join(cells)} |"


def _fraction(figure: Figure) -> str:
    return f"<= 1/{1 / figure.most_ratio:.3g}" if figure.most_ratio else ""


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if value == int(value) and abs(value) >= 1000:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"1/{1 / ratio:.0f}"
