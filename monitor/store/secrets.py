"""Random bytes that this program made and keeps: what signed links are signed with where no environment names it."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from monitor.config import Config
from monitor.errors import ConfigError
from monitor.store import tables

LINK_KEY_BYTES = 32
LEAST_CHARS = 16


def link_key(connection: Connection, config: Config) -> bytes:
    """The key of signed links: made from CLINICWATCH_WEB_SECRET, or one that was generated once and is stored.

    Raises ConfigError where the environment's is too short to be a secret.
    """
    if given := config.web_secret:
        if len(given) < LEAST_CHARS:
            raise ConfigError("environment", "CLINICWATCH_WEB_SECRET", f"must have {LEAST_CHARS} characters or more")
        return hashlib.sha256(b"clinicwatch links\n" + given.encode()).digest()
    table = tables.secret
    query = select(table.c.value).where(table.c.name == "links")
    if (known := connection.scalar(query)) is None:
        made = insert(table).values(name="links", value=secrets.token_bytes(LINK_KEY_BYTES))
        connection.execute(made.on_conflict_do_nothing())
        known = connection.execute(query).scalar_one()
    return bytes(known)
