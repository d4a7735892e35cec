"""What a device says by its URL rather than by SNMP: cameras, UPS servers, pages, stations.

- rtsp: OPTIONS; whatever status comes, the camera lives
- nut: the UPS of a Network UPS Tools server (`nut://HOST:PORT/UPS`; without a name its first one).
  A server that has lost its UPS is no answer of the UPS. Where the UPS is asked by SNMP as well,
  its values come from there
- http, https: the page must have `expect_status` and hold `expect_content`, where they are given.
  `login` goes only to an https server whose certificate is trusted. With `max_age_seconds` its
  data must be no older, by Last-Modified against the server's own clock
- file: the file, or the newest of a folder, must be no older than `max_age_seconds`. It does not
  say whether the station itself is there: the file lies on the machine that looks
- http of an access point: the page must be exactly `expect_content`, or have `expect_status`
  (204): another page in its place, or a redirect, is a captive portal's
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.probe import folders, http, newest_file, nut, rtsp
from agent.probe.nut import message as nut_message
from agent.probe.outcome import Outcome
from agent.probe.trace import Trace
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import DeviceSettings

_LOST = ("DATA-STALE", "DRIVER-NOT-CONNECTED")
_FAILURES_FROM = 400
_WANTS_LOGIN = 511  # Network Authentication Required (RFC 6585 §6).
_HOTSPOT = "access_point"


def newest(url: str, trace: Trace) -> float | None:
    """Return when a file was written, as far as this agent may look (`agent.probe.folders`)."""
    return newest_file.newest(url, folders.allowed(), trace)


def answers(
    settings: DeviceSettings,
    context: Context,
    *,
    fetch: Callable[..., http.Fetch] = http.fetch,
    options: Callable[..., rtsp.RtspReply] = rtsp.options,
    list_variables: Callable[..., nut.NutReply] = nut.list_variables,
    newest: Callable[..., float | None] = newest,
) -> Iterator[Sample]:
    """Ask the device by its URL and yield what it showed.

    Raises CheckError for a URL that cannot be asked, and when this machine could not ask.
    """
    url = settings.url or ""
    scheme = url.partition(":")[0]
    if scheme == "rtsp":
        reply = options(url, timeout_seconds=answer_seconds(context), trace=context.trace)
        yield from _reached("rtsp", reply.rtt_seconds, alive=reply.status_code is not None)
        if reply.status_code is not None:
            yield Sample("govnet_device_answer_status_code", float(reply.status_code))
    elif scheme == "nut":
        yield from _by_nut(settings, context, list_variables)
    elif scheme in ("http", "https"):
        page = fetch(
            url,
            timeout_seconds=answer_seconds(context),
            **({"login": settings.login} if settings.login else {}),
            trace=context.trace,
        )
        yield from _of_page(settings, context, page, scheme)
    elif scheme == "file":
        written_at = newest(url, trace=context.trace)
        yield from _of_data(settings, written_at, context.clock.time())
    else:
        raise CheckError(f"expected a URL of rtsp, nut, http, https or file, got {url!r}")


def _reached(protocol: str, rtt_seconds: float | None, *, alive: bool) -> Iterator[Sample]:
    labels = {"protocol": protocol}
    yield Sample("govnet_device_reachable", float(alive), labels)
    if alive and rtt_seconds is not None:
        yield Sample("govnet_device_rtt_seconds", rtt_seconds, labels)


def _by_nut(
    settings: DeviceSettings, context: Context, list_variables: Callable[..., nut.NutReply]
) -> Iterator[Sample]:
    host, port, ups = _nut_parts(settings.url or "")
    reply = list_variables(
        host, port, ups=ups, timeout_seconds=answer_seconds(context), trace=context.trace
    )
    if reply.error and reply.error not in _LOST:
        raise CheckError(f"upsd says {reply.error} of the UPS {reply.ups!r}")
    alive = reply.outcome is Outcome.ANSWERED and not reply.error
    yield from _reached("nut", reply.rtt_seconds, alive=alive)
    if alive and settings.snmp is None:
        yield from _of_ups(nut_message.read_ups(reply.variables))


def _nut_parts(url: str) -> tuple[str, int, str]:
    try:
        parts = urlsplit(url)
        port = parts.port or nut.PORT
    except ValueError as exc:
        raise CheckError(f"{url!r} is not a URL: {exc}") from exc
    if not parts.hostname:
        raise CheckError(f"expected nut://HOST/UPS, got {url!r}")
    return parts.hostname, port, parts.path.strip("/")


def _of_ups(ups: nut_message.Ups) -> Iterator[Sample]:
    itself = {"model": ups.model, "firmware": ups.firmware, "serial": ups.serial}
    if any(itself.values()):
        yield Sample("govnet_device_info", 1.0, {"profile": "nut", **itself})
    told: tuple[tuple[str, float | None], ...] = (
        ("on_mains", ups.on_mains),
        ("battery_low", ups.battery_low),
        ("battery_replace", ups.battery_replace),
        ("battery_charge_ratio", ups.battery_charge_ratio),
        ("battery_runtime_seconds", ups.battery_runtime_seconds),
        ("battery_volts", ups.battery_volts),
    )
    for name, value in told:
        if value is not None:
            yield Sample(f"govnet_ups_{name}", float(value))
    for number, line in ups.inputs:
        yield from _of_line(number, ("input_volts", line.volts), ("input_hertz", line.hertz))
    for number, line in ups.outputs:
        yield from _of_line(number, ("output_volts", line.volts), ("load_ratio", line.load_ratio))


def _of_line(number: str, *told: tuple[str, float | None]) -> Iterator[Sample]:
    for name, value in told:
        if value is not None:
            yield Sample(f"govnet_ups_{name}", value, {"line": number})


def _of_page(
    settings: DeviceSettings, context: Context, page: http.Fetch, scheme: str
) -> Iterator[Sample]:
    expecting = settings.expect_status is not None or settings.expect_content is not None
    hotspot = settings.kind == _HOTSPOT and scheme == "http" and expecting
    right = page.outcome is Outcome.ANSWERED and _is_as_expected(settings, page, exact=hotspot)
    yield from _reached(scheme, page.phases.first_byte_seconds, alive=right)
    if page.status_code is not None:
        yield Sample("govnet_device_answer_status_code", float(page.status_code))
    if hotspot and (right or _is_portal(page)):
        yield Sample("govnet_device_captive_portal", float(not right))
    if right and settings.max_age_seconds is not None:
        yield from _of_data(settings, 0.0, _age_seconds(page, context))


def _of_data(settings: DeviceSettings, written_at: float | None, now: float) -> Iterator[Sample]:
    """Tell how old a station's data is; of what was never written only that it is not fresh."""
    age_seconds = None if written_at is None else max(0.0, now - written_at)
    if age_seconds is not None:
        yield Sample("govnet_device_data_age_seconds", age_seconds)
    if settings.max_age_seconds is not None:
        is_fresh = age_seconds is not None and age_seconds <= settings.max_age_seconds
        yield Sample("govnet_device_data_fresh", float(is_fresh))


def _is_as_expected(settings: DeviceSettings, page: http.Fetch, *, exact: bool) -> bool:
    """Compare status and content; without anything expected every answer will do."""
    if settings.expect_status is not None and page.status_code != settings.expect_status:
        return False
    if settings.expect_content is None:
        return True
    expected = settings.expect_content.encode()
    return page.body.strip() == expected.strip() if exact else expected in page.body


def _is_portal(page: http.Fetch) -> bool:
    """Tell whether another page came in its place: neither a failure nor silence."""
    code = page.status_code
    return code is not None and (code < _FAILURES_FROM or code == _WANTS_LOGIN)


def _age_seconds(page: http.Fetch, context: Context) -> float:
    """Return how old the page is, by its server's clock, or by the collector's where it has none.

    Raises CheckError if the page does not say.
    """
    modified_at = _moment(page.last_modified)
    if modified_at is None:
        raise CheckError("the page does not say since when it is as it is (Last-Modified)")
    now = _moment(page.date)
    if now is None:
        now = context.clock.time() - (context.clock_offset_seconds or 0.0)
    return max(0.0, now - modified_at)


def _moment(text: str) -> float | None:
    """Return the Unix time of an HTTP date (RFC 9110 §5.6.7), None for what is none."""
    # Loaded here because it brings the email package with it.
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
