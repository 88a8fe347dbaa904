"""The schema that the migrations make, and the way to the database."""

from __future__ import annotations

from sqlalchemy import Engine

from monitor.store.engine import check_schema


def test_migrated_template_has_this_programs_schema(engine: Engine) -> None:
    check_schema(engine)
