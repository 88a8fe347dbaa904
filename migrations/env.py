"""Alembic's entrance: runs the migrations on the connection that `clinicwatch migrate` hands over.

Imports no application code: a migration must do the same years from now. The caller holds the advisory lock and has
set lock and statement timeouts; each migration is one transaction.
"""

from __future__ import annotations

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("migrations are run by `clinicwatch migrate`")
context.configure(connection=connection, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
