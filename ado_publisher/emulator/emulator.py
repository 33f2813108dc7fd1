"""The emulator as one object: start it, ask its state, set faults, stop it."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ado_publisher.emulator import dispatch
from ado_publisher.emulator.default_seed import default_seed
from ado_publisher.emulator.exchange_log import ExchangeLog
from ado_publisher.emulator.faults import Faults
from ado_publisher.emulator.front import Front
from ado_publisher.emulator.seed import Records, records
from ado_publisher.emulator.seed_load import load
from ado_publisher.emulator.seed_text import Document, parse
from ado_publisher.emulator.state import state
from ado_publisher.emulator.store import Store, dumps, loads, read_meta, write_meta


class Emulator:
    """An Azure DevOps organization on this machine, served while the `with` block runs.

    `url` is the organization's base URL, `root_url` the server's root, `token` the only credential
    taken. Without `data` the database is temporary; without a seed a small built-in shop is served.
    Raises SeedError for a seed that cannot be used and OSError when the address cannot be taken.
    """

    def __init__(
        self,
        seed: dict[str, Any] | None = None,
        *,
        seed_file: str | Path | None = None,
        data: str | Path | None = None,
        exchange_log: str | Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        document = self._document(seed, seed_file)
        # Read first: a seed that cannot be used leaves no file and no server behind.
        read = None if document is None else records(document)
        self.store = Store(Path(data) if data else None)
        self.fault_rules = Faults()
        self._seed_first(document, read)
        self.exchange_log = ExchangeLog(Path(exchange_log)) if exchange_log else None
        try:
            self._front = Front((host, port), self)
        except OSError:
            self._close()
            raise
        self._thread: threading.Thread | None = None
        address = f"[{host}]" if ":" in host else host
        self.root_url = f"http://{address}:{self._front.server_port}"

    @staticmethod
    def _document(seed: dict[str, Any] | None, seed_file: str | Path | None) -> Document | None:
        if seed_file is not None:
            return parse(Path(seed_file).read_bytes(), str(seed_file))
        return Document(seed, "seed") if seed is not None else None

    def _seed_first(self, document: Document | None, read: Records | None) -> None:
        """Seed a new database; one that was made from the same seed is continued."""
        kept = read_meta(self.store.connection).get("seed")
        if kept is not None and (document is None or dumps(document.value) == kept):
            self.settings = dispatch.read_settings(self.store)
        else:
            self._take(document or Document(default_seed(), "built-in seed"), read)

    def _take(self, document: Document, read: Records | None = None) -> None:
        load(self.store, read or records(document))
        with self.store.transaction() as connection:
            write_meta(connection, {"seed": dumps(document.value)})
        self.settings = dispatch.read_settings(self.store)

    @property
    def url(self) -> str:
        """The organization's base URL."""
        return f"{self.root_url}/{self.settings.organization}"

    @property
    def token(self) -> str:
        """The token that is accepted."""
        return self.settings.token

    def start(self) -> Self:
        """Serve in a thread of this process."""
        self._thread = threading.Thread(target=self._front.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and close everything."""
        if self._thread is not None:
            self._front.end()
            self._thread.join()
        else:
            self._front.server_close()
        self._close()

    def _close(self) -> None:
        if self.exchange_log is not None:
            self.exchange_log.close()
        self.store.close()

    def state(self) -> dict[str, Any]:
        """Return everything the emulator holds, as `GET /_emulator/state` shows it."""
        with self.store.transaction() as connection:
            return state(connection, self.settings, self.root_url)

    def faults(self, rules: list[dict[str, Any]]) -> None:
        """Replace the fault rules."""
        self.fault_rules.replace(rules)

    def reset(self) -> None:
        """Go back to the seed, and drop all fault rules."""
        self.fault_rules.replace([])
        self._take(Document(loads(read_meta(self.store.connection)["seed"]), "seed"))

    def seed(self, seed: dict[str, Any]) -> None:
        """Replace everything by another seed."""
        self._take(Document(seed, "seed"))

    def seed_text(self, text: bytes, source: str) -> None:
        """Replace everything by a seed given as YAML or JSON."""
        self._take(parse(text, source))

    def __enter__(self) -> Self:
        """Start serving."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self.stop()
