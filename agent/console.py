"""What is said in Vietnamese stays readable on every console; where a letter is missing, its base.

A Windows console takes Unicode whatever its code page is, but its old raster fonts have the letters
of that code page only. Where a stream has another encoding than UTF-8 (an old locale), the letters
that it lacks are taken apart: "Đã kết nối" is "Da kết nôi" in code page 1252, never "?? k?t n?i".
"""

import codecs
import io
import sys
import unicodedata

_INSTEAD = {
    "đ": "d",
    "Đ": "D",
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "–": "-",
    "—": "-",
    "…": "...",
    "µ": "u",
    "×": "x",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
    "\u2212": "-",
    "\xa0": " ",
}
_TRUETYPE = 0x04
_STANDARD_OUTPUT = -11


def readable(text: str, encoding: str) -> str:
    """Return the text in letters that the encoding has: what it lacks is taken apart."""
    return "".join(_shown(letter, encoding) for letter in text)


def _shown(letter: str, encoding: str) -> str:
    """Return the letter, its base with the marks that the encoding has, or another for it."""
    if _has(letter, encoding):
        return letter
    if letter in _INSTEAD:
        return _INSTEAD[letter]
    base, *marks = list(unicodedata.normalize("NFD", letter))
    if unicodedata.combining(base):
        return ""
    left = []
    for mark in marks:
        # Circumflex and horn make another letter and go with it, before tones stand alone.
        together = unicodedata.normalize("NFC", base + mark)
        if len(together) == 1 and _has(together, encoding):
            base = together
        elif _has(mark, encoding):
            left.append(mark)
    return (base if _has(base, encoding) else "?") + "".join(left)


def _has(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _take_apart(encoding: str) -> str:
    """Make our way to encode what an encoding lacks; return its name, for `errors=` of streams.

    One for each encoding, since the error itself calls all code pages "charmap".
    """

    def replaced(exc: UnicodeError) -> tuple[str, int]:
        if not isinstance(exc, UnicodeEncodeError):
            raise exc
        return readable(exc.object[exc.start : exc.end], encoding), exc.end

    name = f"govnet_{encoding}"
    codecs.register_error(name, replaced)
    return name


class _Raster(io.TextIOWrapper):
    """A console whose font has the letters of one code page only."""

    page = "cp437"

    def write(self, text: str, /) -> int:
        super().write(readable(text, self.page))
        return len(text)


def prepare() -> None:
    """Make standard output and standard error of this process say Vietnamese readably."""
    page = _page_of_raster_font()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if sys.platform == "win32" and not stream.isatty():
            # A pipe or file would get a code page without ạ or ư.
            stream.reconfigure(encoding="utf-8")
        elif page:
            raster = _Raster(stream.detach(), encoding="utf-8", line_buffering=True)
            raster.page = page
            setattr(sys, name, raster)
        elif codecs.lookup(stream.encoding).name != "utf-8":
            stream.reconfigure(errors=_take_apart(stream.encoding))


def _page_of_raster_font() -> str:
    """Return the code page of a Windows console with a raster font, "" for every other place."""
    if sys.platform != "win32":
        return ""
    import ctypes  # noqa: PLC0415 - only here
    from ctypes import wintypes  # noqa: PLC0415 - only here

    class FontInfo(ctypes.Structure):
        """CONSOLE_FONT_INFOEX of wincon.h."""

        _fields_ = (
            ("size", wintypes.ULONG),
            ("font", wintypes.DWORD),
            ("width", wintypes.SHORT),
            ("height", wintypes.SHORT),
            ("family", wintypes.UINT),
            ("weight", wintypes.UINT),
            ("face", wintypes.WCHAR * 32),
        )

    info = FontInfo(size=ctypes.sizeof(FontInfo))
    kernel = ctypes.windll.kernel32
    kernel.GetStdHandle.restype = wintypes.HANDLE
    console = wintypes.HANDLE(kernel.GetStdHandle(_STANDARD_OUTPUT))
    if not kernel.GetCurrentConsoleFontEx(console, False, ctypes.byref(info)):
        return ""  # Not a console.
    page = f"cp{kernel.GetConsoleOutputCP()}"
    try:
        codecs.lookup(page)
    except LookupError:
        return ""
    return "" if info.family & _TRUETYPE or page == "cp65001" else page
