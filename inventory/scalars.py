"""What an unquoted YAML word means: the core schema of YAML 1.2 (section 10.3.2), nothing more.

PyYAML follows YAML 1.1, where the MAC address 10:20:30:40:50:00 is a number, `no` is false and
0777 is 511. Here they are text, text and 777.
"""

import re

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_STARTS = frozenset("-+.0123456789")
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_PREFIXED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)")
_NOT_A_NUMBER = frozenset((".nan", ".NaN", ".NAN"))


def resolve(text: str) -> Scalar:
    """Return the value of a plain (unquoted) scalar.

    Raises ValueError for an integer of more digits than Python converts (4,300).
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _DECIMAL.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _PREFIXED.fullmatch(text):
        return int(text, 0)
    if _INFINITE.fullmatch(text):
        return float("-inf" if text[0] == "-" else "inf")
    if text in _NOT_A_NUMBER:
        return float("nan")
    return text
