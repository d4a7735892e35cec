"""Read XML that a stranger sent: UTF-8, no document type, so no entities to multiply themselves."""

from typing import TYPE_CHECKING

from agent.probe.outcome import Outcome, PeerError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def parse(data: bytes) -> "Element":
    """Return the root; names are without namespaces.

    Raises PeerError(MALFORMED) for what is not well-formed, not UTF-8, or declares a document type
    (XML 1.0 §2.8): entities are declared nowhere else. The caller bounds the length.
    """
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - only for those who read XML

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise PeerError(Outcome.MALFORMED, "XML that is not UTF-8") from exc
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise PeerError(Outcome.MALFORMED, "XML with a document type is not read")
    try:
        # The text is decoded already: what it says of its encoding is not believed.
        root = ET.fromstring(text)  # noqa: S314 - bounded, and without entities: see above
    except (ET.ParseError, ValueError, RecursionError) as exc:
        raise PeerError(Outcome.MALFORMED, "not well-formed XML") from exc
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def text_at(element: "Element", path: str) -> str:
    """Return the text at a path, printable and bounded; empty if there is none."""
    found = (element.findtext(path) or "").strip()[:200]
    return "".join(char if char.isprintable() else "?" for char in found)


def number_at(element: "Element", path: str) -> float | None:
    """Return a number that is not negative at a path; None if there is none."""
    digits = text_at(element, path)
    return float(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None  # noqa: PLR2004 - exact in a float
