"""A machine's numbers as Windows tells them: firmware table, first disk, adapters. No right needed.

Microsoft's references: GetSystemFirmwareTable, IOCTL_STORAGE_QUERY_PROPERTY. DMTF DSP0134 (SMBIOS)
§7.2: the UUID of the system information structure. The parsers are pure; `kernel32` and
`statistics` (psutil) are the library or something that answers like it.
"""

import ctypes
import struct
import sys
from typing import Any

from agent.probe.hardware.values import board_uuid, lowest_address, serial_number
from agent.probe.network.windows import interfaces
from govnet.errors import CheckError

_RSMB = 0x52534D42
_SYSTEM_INFORMATION, _END_OF_TABLE = 1, 127
_LITTLE_ENDIAN_SINCE = (2, 6)
_LARGEST_TABLE_BYTES = 1 << 20
_FIRST_DISK = r"\\.\PhysicalDrive0"
_SHARE_READ_AND_WRITE, _OPEN_EXISTING = 3, 3
_IOCTL_STORAGE_QUERY_PROPERTY = 0x2D1400
_INVALID_HANDLE = ctypes.c_void_p(-1).value
_DESCRIPTOR_BYTES = 4096
_DESCRIPTOR_HEAD_BYTES = 36
_BUS_USB = 7


def components(kernel32: Any = None, statistics: Any = None) -> dict[str, str]:
    """Return what can be read of `HARDWARE`; empty where it tells nothing."""
    library = kernel32 if kernel32 is not None else _load_kernel32()
    return {
        "board": board_uuid(smbios_uuid(_firmware_table(library))),
        "disk": serial_number(disk_serial(_disk_descriptor(library))),
        "mac": lowest_address(_macs(statistics)),
    }


def smbios_uuid(table: bytes) -> str:
    """Return the system's UUID from RawSMBIOSData, empty if there is none in it.

    Its head: calling method, major, minor, revision (1 byte each), length (4). A structure: type,
    length (1 byte each), handle (2), fields, then strings that end with two zero bytes.
    """
    if len(table) < 8:  # noqa: PLR2004 - the head
        return ""
    _, major, minor, _, length = struct.unpack_from("<BBBBI", table)
    data, at = table[8 : 8 + length], 0
    while at + 4 <= len(data):
        kind, size = data[at], data[at + 1]
        if size < 4 or kind == _END_OF_TABLE:  # noqa: PLR2004 - a structure's own head
            return ""
        if kind == _SYSTEM_INFORMATION and size >= 24 and at + 24 <= len(data):  # noqa: PLR2004 - the UUID's end
            raw = data[at + 8 : at + 24]
            # Linux writes the same machine's UUID by the same rule.
            is_little = (major, minor) >= _LITTLE_ENDIAN_SINCE
            form = "<IHH" if is_little else ">IHH"
            first, second, third = struct.unpack_from(form, raw)
            rest = raw[8:].hex()
            return f"{first:08x}-{second:04x}-{third:04x}-{rest[:4]}-{rest[4:]}"
        end = data.find(b"\0\0", at + size)
        if end < 0:
            return ""
        at = end + 2
    return ""


def disk_serial(descriptor: bytes) -> str:
    """Return the serial number in a STORAGE_DEVICE_DESCRIPTOR, empty if it has none.

    Also empty for what somebody can pull out: removable media, USB.
    """
    if len(descriptor) < _DESCRIPTOR_HEAD_BYTES:
        return ""
    is_removable = descriptor[10]
    offset, bus = struct.unpack_from("<II", descriptor, 24)
    if is_removable or bus == _BUS_USB or not _DESCRIPTOR_HEAD_BYTES <= offset < len(descriptor):
        return ""
    return descriptor[offset:].partition(b"\0")[0].decode("ascii", "replace").strip()


def _load_kernel32() -> Any:
    if sys.platform != "win32":
        raise CheckError("kernel32.dll exists on Windows only")
    return ctypes.WinDLL("kernel32.dll")


def _call(library: Any, name: str, result: Any) -> Any:
    function = getattr(library, name)
    function.restype = result
    return function


def _firmware_table(library: Any) -> bytes:
    ask = _call(library, "GetSystemFirmwareTable", ctypes.c_uint32)
    signature, table = ctypes.c_uint32(_RSMB), ctypes.c_uint32(0)
    size = ask(signature, table, None, ctypes.c_uint32(0))
    if not 0 < size <= _LARGEST_TABLE_BYTES:
        return b""
    buffer = ctypes.create_string_buffer(size)
    written = ask(signature, table, buffer, ctypes.c_uint32(size))
    return buffer.raw[:written] if written <= size else b""


def _disk_descriptor(library: Any) -> bytes:
    """Ask the first disk for its descriptor; opened with no access, which any user may."""
    handle = _call(library, "CreateFileW", ctypes.c_void_p)(
        ctypes.c_wchar_p(_FIRST_DISK),
        ctypes.c_uint32(0),
        ctypes.c_uint32(_SHARE_READ_AND_WRITE),
        None,
        ctypes.c_uint32(_OPEN_EXISTING),
        ctypes.c_uint32(0),
        None,
    )
    if handle in (None, _INVALID_HANDLE):
        return b""
    # STORAGE_PROPERTY_QUERY: StorageDeviceProperty (0), PropertyStandardQuery (0), one byte more.
    query = ctypes.create_string_buffer(12)
    buffer = ctypes.create_string_buffer(_DESCRIPTOR_BYTES)
    written = ctypes.c_uint32(0)
    try:
        done = _call(library, "DeviceIoControl", ctypes.c_int)(
            ctypes.c_void_p(handle),
            ctypes.c_uint32(_IOCTL_STORAGE_QUERY_PROPERTY),
            query,
            ctypes.c_uint32(len(query)),
            buffer,
            ctypes.c_uint32(len(buffer)),
            ctypes.byref(written),
            None,
        )
    finally:
        _call(library, "CloseHandle", ctypes.c_int)(ctypes.c_void_p(handle))
    return buffer.raw[: written.value] if done else b""


def _macs(statistics: Any) -> list[str]:
    try:
        return [adapter.mac for adapter in interfaces(statistics) if adapter.is_physical]
    except OSError:
        return []  # Without it the agent still runs; the other components say who this is.
