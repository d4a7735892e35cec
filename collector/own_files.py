"""What a collector reads at its start and on request: inventory, credentials, certificate."""

import logging
from ipaddress import ip_address
from pathlib import Path

import msgspec

from collector.config import Config
from collector.credentials_file import load_both
from collector.derivation.credentials import Credentials, lacking
from collector.places import note_trust
from collector.tls import serving
from govnet.errors import ConfigError
from inventory.model import Inventory

log = logging.getLogger(__name__)


class OwnFiles:
    """The files that the configuration names; `tls` is what is served, None: plain HTTP.

    Raises ConfigError for a certificate that cannot be served; one that has expired can, at first.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._tls_files = serving.files_of(config)
        self.tls = serving.load(self._tls_files, even_expired=True) if self._tls_files else None

    def load(self) -> tuple[Inventory, Credentials]:
        """Read the inventory, with the options that stand above it, and the credentials it names.

        Raises ConfigError with the mistakes of both.
        """
        file = self._config.credentials.file
        inventory, credentials = load_both(
            Path(self._config.inventory), None if file is None else Path(file)
        )
        if file is None and (unknown := lacking(inventory, credentials)):
            log.warning(
                "no file of credentials: what needs them is not measured",
                extra={"names": len(unknown)},
            )
        interval = self._config.report_interval_seconds
        if interval is not None:
            inventory = msgspec.structs.replace(inventory, report_interval_seconds=interval)
        return inventory, credentials

    def reload_tls(self) -> serving.ServedTls | None:
        """Read a renewed certificate and CA and serve them; None for plain HTTP.

        Raises ConfigError with what is wrong with them: the old ones stay.
        """
        if self._tls_files is None:
            return None
        self.tls = serving.load(self._tls_files)
        try:
            self.note_trust()
        except ConfigError as exc:
            # Agents are served all the same; commands may not know the new name.
            log.warning("the certificate's name cannot be noted", extra={"problems": exc.problems})
        return self.tls

    def note_trust(self) -> None:
        """Note by which name and CA commands on this machine know us. Raises ConfigError."""
        host = str(ip_address(self._config.address[0]))
        name = "" if self.tls is None else serving.name_for(self.tls, host)
        ca_file = None if self._tls_files is None else self._tls_files.ca
        note_trust(Path(self._config.data_dir), name, ca_file)
