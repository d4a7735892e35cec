"""Which port a physical part is in: ENTITY-MIB (RFC 6933).

Sensors of a transceiver are rows of entPhysicalTable. The way from there to the port, first that
leads somewhere:

1. entAliasMappingIdentifier of the part, or of what contains it, points to an ifIndex
2. the part's entPhysicalName, or that of what contains it, is a port's name
3. the name begins with a port's name: "Te1/1/1 Receive Power Sensor"
"""

from collections.abc import Mapping

from agent.devices.question import Question
from agent.devices.values import Answers, text

CONTAINED_IN = "1.3.6.1.2.1.47.1.1.1.1.4"
NAME = "1.3.6.1.2.1.47.1.1.1.1.7"
ALIAS_MAPPING = "1.3.6.1.2.1.47.1.3.2.1.2"
_IF_INDEX = "1.3.6.1.2.1.2.2.1.1."

ENTITY_QUESTIONS = (
    Question(CONTAINED_IN, slow=True),
    Question(NAME, slow=True),
    Question(ALIAS_MAPPING, slow=True),
)

_DEEPEST = 10


def entity_ports(answers: Answers, names: Mapping[str, str]) -> Mapping[str, str]:
    """Return the port's name by entPhysicalIndex; `names` are the ports by ifIndex.

    A part that is in no port is left out.
    """
    mapped = _mapped(answers, names)
    entity_names = {index: text(value) for index, value in answers.column(NAME).items()}
    known = frozenset(names.values())
    inside = answers.column(CONTAINED_IN)
    found: dict[str, str] = {}
    for index in {*entity_names, *inside, *mapped}:
        chain = _chain(index, inside)
        port = next((mapped[each] for each in chain if each in mapped), None)
        if port is None:
            chain_names = [entity_names.get(each, "") for each in chain]
            port = next((name for name in chain_names if name in known), None)
            if port is None:
                port = _beginning(entity_names.get(index, ""), known)
        if port is not None:
            found[index] = port
    return found


def _mapped(answers: Answers, names: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, value in answers.column(ALIAS_MAPPING).items():
        target = str(value) if isinstance(value, str) else ""
        if target.startswith(_IF_INDEX):
            name = names.get(target.removeprefix(_IF_INDEX))
            if name is not None:
                found[index.partition(".")[0]] = name
    return found


def _chain(index: str, inside: Mapping[str, object]) -> list[str]:
    """Return the part and what it is contained in, innermost first; a circle ends it."""
    chain = [index]
    while len(chain) < _DEEPEST:
        above = inside.get(chain[-1])
        if not isinstance(above, int) or above == 0 or str(above) in chain:
            break
        chain.append(str(above))
    return chain


def _beginning(own: str, known: frozenset[str]) -> str | None:
    """Return the longest known name with which a part's name begins, as a whole word."""
    for end in range(len(own), 0, -1):
        if own[:end] in known and not own[end : end + 1].isalnum():
            return own[:end]
    return None
