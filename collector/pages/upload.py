"""A form with a file, as browsers send it: multipart/form-data (RFC 7578, RFC 2046 §5.1). Pure.

Of every field only its name and content count; names and types that a client gives its files are
never used.
"""

import re
from collections.abc import Mapping
from email.message import Message
from typing import Final

FORM: Final = "multipart/form-data"
MAX_FIELDS: Final = 20
_END: Final = b"\r\n"
_NAME: Final = re.compile(rb'(?i)^content-disposition:.*[; ]name="([^"]*)"', re.MULTILINE)


def is_upload(content_type: str) -> bool:
    """Whether a request brings such a form."""
    return content_type.partition(";")[0].strip().lower() == FORM


def fields_of(content_type: str, body: bytes) -> Mapping[str, bytes]:
    """Return the content of every field by its name, of two of one name the first.

    What is no such form, or is cut off, has the fields that are whole.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not boundary or not boundary.isascii():
        return {}
    found: dict[str, bytes] = {}
    pieces = (_END + body).split(_END + b"--" + boundary.encode())
    # Before the first boundary stands nothing that counts, behind the last one neither.
    for piece in pieces[1:-1][:MAX_FIELDS]:
        head, _, content = piece.partition(_END + _END)
        if name := _NAME.search(head):
            found.setdefault(name[1].decode("utf-8", "replace"), content)
    return found
