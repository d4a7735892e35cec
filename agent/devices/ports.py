"""Ports by the names that people know: ifName, else ifDescr; never by ifIndex, which moves."""

from collections import Counter
from collections.abc import Mapping

from agent.devices.question import Question
from agent.devices.values import MAX_LABEL_CHARACTERS, Answers, index_order, text

IF_DESCRIPTION = "1.3.6.1.2.1.2.2.1.2"
IF_NAME = "1.3.6.1.2.1.31.1.1.1.1"
TYPE = "1.3.6.1.2.1.2.2.1.3"
RADIO = 71
"""IANAifType: ieee80211."""

NAME_QUESTIONS = (
    Question(IF_NAME, slow=True),
    Question(IF_DESCRIPTION, slow=True, instead_of=IF_NAME),
)


def port_names(answers: Answers) -> Mapping[str, str]:
    """Return the port's name by ifIndex; names that several ports have get `#ifIndex`."""
    names = answers.column(IF_NAME) or answers.column(IF_DESCRIPTION)
    plain = {index: text(value) for index, value in names.items()}
    times = Counter(plain.values())
    return {
        index: unique(name, index) if times[name] > 1 or not name else name
        for index, name in plain.items()
    }


def unique(name: str, index: str) -> str:
    """Return the name with `#index`, within the longest label.

    >>> unique("Ethernet", "7")
    'Ethernet#7'
    """
    ending = f"#{index}"[:MAX_LABEL_CHARACTERS]
    return f"{name[: max(0, MAX_LABEL_CHARACTERS - len(ending))]}{ending}"


def sorted_indexes(column: Mapping[str, object]) -> list[str]:
    """Return the indexes of a column in the order in which the device has them."""
    return sorted(column, key=index_order)
