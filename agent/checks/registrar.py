"""Which conference points are registered, by the word of the registrar in the centre.

One question shows every site. A point is found by an alias or, if none is declared, by its
address: an alias is sure, an address may have been given to another machine since.
"""

from collections.abc import Callable, Iterable

from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.checks.refused_logins import RefusedLogins
from agent.probe import registrar
from agent.probe.point import LoginFate
from agent.probe.registrar import Registration, Registrations, address_key, alias_key
from govnet.catalogue import METRICS
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import Endpoint, RegistrarSettings


class RegistrarCheck:
    """Asks one registrar; `target` is the service."""

    name = RegistrarSettings.check
    metrics = tuple(metric for metric in METRICS if metric.check == RegistrarSettings.check)

    def __init__(
        self, *, registrations: Callable[..., Registrations] = registrar.registrations
    ) -> None:
        self._registrations = registrations
        self._refused = RefusedLogins()

    def run(self, target: RegistrarSettings, context: Context) -> Iterable[Sample]:
        """Ask and yield who is registered; without the list nothing is said of anybody.

        Raises CheckError without address or login, for a refused login, for one that may not be
        sent, and if this machine could not ask.
        """
        if not target.address or target.login is None:
            raise CheckError("expected an address and a login")
        now = context.clock.monotonic()
        if self._refused.rests(target.target, target.login, now):
            raise CheckError("the account was refused before; it rests, so that it is not locked")
        answer = self._registrations(
            target.address,
            target.port,
            login=target.login,
            verify_certificate=target.verify_certificate,
            timeout_seconds=answer_seconds(context),
            trace=context.trace,
        )
        yield Sample("govnet_registrar_reachable", float(answer.records is not None))
        if answer.login is LoginFate.REFUSED:
            self._refused.note(target.target, target.login, now)
            raise CheckError("the registrar refuses the account, or it may not read enough")
        if answer.login is LoginFate.HELD_BACK:
            why = answer.handshake.verify_error if answer.handshake else "no TLS"
            raise CheckError(f"the certificate is not trusted ({why}); the account was not sent")
        if answer.records is None:
            return
        yield Sample("govnet_registrar_registrations", float(len(answer.records)))
        known = _Known(answer.records)
        for endpoint in target.endpoints:
            registered = known.has(endpoint)
            if registered is not None:
                yield Sample(
                    "govnet_registrar_endpoint_registered",
                    float(registered),
                    {"endpoint": endpoint.id},
                )


class _Known:
    """All names and addresses of a list."""

    def __init__(self, records: Iterable[Registration]) -> None:
        self._aliases: set[str] = set()
        self._addresses: set[str] = set()
        for record in records:
            self._aliases |= record.aliases
            self._addresses |= record.addresses

    def has(self, endpoint: Endpoint) -> bool | None:
        """Tell whether an endpoint is in the list; None if nothing tells it from others."""
        if endpoint.aliases:
            return any(alias_key(alias) in self._aliases for alias in endpoint.aliases)
        address = address_key(endpoint.address or "")
        return address in self._addresses if address else None
