"""The request to stop, from whichever side it comes: a signal, Ctrl-C, or the end of our input."""

import os
import signal
import sys
from collections.abc import Callable
from threading import Lock, Thread
from types import FrameType

_CTRL_C, _CTRL_BREAK = 0, 1
_INPUT_BYTES = 4096


class Stop:
    """One request to stop, that whoever is running at the time carries out.

    It may come before anybody is, and from any thread.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_asked = False
        self._end: Callable[[], None] | None = None

    @property
    def is_asked(self) -> bool:
        """Whether it was asked for."""
        return self._is_asked

    def ask(self) -> None:
        """Ask whoever is running to stop, and whoever comes after."""
        with self._lock:
            self._is_asked, end = True, self._end
        if end is not None:
            end()

    def ends(self, end: Callable[[], None]) -> None:
        """Call `end` when it is asked for, at once if it was already; instead of the one before."""
        with self._lock:
            self._end, is_asked = end, self._is_asked
        if is_asked:
            end()

    def on_signals(self) -> None:
        """Ask on SIGINT and SIGTERM; on Windows on Ctrl-C and Ctrl-Break. In the main thread."""

        def asked(_number: int, _frame: FrameType | None) -> None:
            # A thread of its own: the handler runs in the main thread, which may hold a lock.
            Thread(target=self.ask, daemon=True).start()

        signal.signal(signal.SIGINT, asked)
        signal.signal(signal.SIGTERM, asked)
        if sys.platform == "win32":
            self._on_console_events()

    if sys.platform == "win32":

        def _on_console_events(self) -> None:
            """Python's own handler waits for the main thread, which waits for up to a minute."""
            import ctypes  # noqa: PLC0415 - only here
            from ctypes import wintypes  # noqa: PLC0415 - only here

            def happened(event: int) -> bool:
                if event in (_CTRL_C, _CTRL_BREAK):
                    self.ask()
                    return True
                return False

            # Kept for as long as this object: Windows calls it from a thread of its own.
            self._handler = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)(happened)
            ctypes.windll.kernel32.SetConsoleCtrlHandler(self._handler, True)

    def on_end_of_input(self, descriptor: int = 0) -> None:
        """Ask when whoever holds the other end of our input closes it, or dies.

        So a Windows service ends a child that has no console, and thus gets no Ctrl-Break.
        """

        def read() -> None:
            try:
                while os.read(descriptor, _INPUT_BYTES):
                    pass
            except OSError:
                pass  # There is no input, or its pipe broke: as closed.
            self.ask()

        Thread(target=read, name="input", daemon=True).start()
