"""Forms with a file: what browsers send is read, what is none of it has no fields."""

from hypothesis import given
from hypothesis import strategies as st

from collector.pages.upload import fields_of, is_upload

BOUNDARY = "----WebKitFormBoundaryAbC1"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def sent(**fields: bytes) -> bytes:
    """Return a form as a browser sends it."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="a.ics"\r\n'
        "Content-Type: text/calendar\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in fields.items()
    ]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


@given(st.binary(), st.binary())
def test_every_content_comes_back_byte_by_byte(first: bytes, second: bytes):
    assert fields_of(TYPE, sent(calendar=first, all_points=second)) == {
        "calendar": first,
        "all_points": second,
    }


@given(st.text(), st.binary())
def test_what_is_no_such_form_has_no_fields_and_breaks_nothing(content_type: str, body: bytes):
    one_line = " ".join(content_type.split())
    assert isinstance(fields_of(f"multipart/form-data; boundary={one_line}", body), dict)
    assert fields_of("text/plain", body) == {}


def test_a_field_that_is_cut_off_is_left_out():
    assert fields_of(TYPE, sent(a=b"1", calendar=b"BEGIN")[:-30]).keys() == {"a"}


def test_forms_with_files_are_told_from_others():
    assert is_upload(TYPE)
    assert is_upload("Multipart/Form-Data;boundary=x")
    assert not is_upload("application/x-www-form-urlencoded")
