"""The story of a demo: edits are made, the store is read until it shows what was expected, and the end is judged."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from monitor.demo.digest import READER, SeenDigest, digest_row, judge_digest
from monitor.demo.edits import Edit
from monitor.demo.expect import Facts, Judgement, Mark, facts_of, is_standing, judge, mark_of, unexplained
from monitor.demo.facts import read_digests, read_facts
from monitor.demo.mailbox import Mailbox
from monitor.demo.site import Clinics, page_url
from monitor.store.engine import Engine
from monitor.store.leases import database_time
from monitor.store.outbox import retry_alert

ACT_S: Final = 45.0
_POLL_S: Final = 0.15


@dataclass(frozen=True, slots=True)
class Scene:
    """An edit that was made, the pages that it touched, and its time: from `begin` to the next act."""

    edit: Edit
    urls: tuple[str, ...]
    begin: Mark


@dataclass(frozen=True, slots=True)
class Report:
    """The end: each edit with its judgement, what belongs to no edit, and the time that it all took in seconds."""

    judged: tuple[tuple[Edit, Judgement], ...]
    unexplained: tuple[str, ...]
    duration_s: float

    @property
    def ok(self) -> bool:
        return not self.unexplained and all(judgement.ok for _, judgement in self.judged)


@dataclass
class Story:
    """Plays acts one after the other. `check` raises where the daemon is gone; `missing` is what is waited for."""

    engine: Engine
    clinics: Clinics
    mailbox: Mailbox
    port: int
    check: Callable[[], None]
    scenes: list[list[Scene]] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    asked_for_digest: bool = False
    _undone: set[str] = field(default_factory=set)
    _started: float = field(default_factory=time.monotonic)

    def facts(self) -> Facts:
        """What the store and the mailbox hold now."""
        with self.engine.connect() as connection:
            ours = [mail for mail in self.mailbox.mails if READER not in mail.recipients]
            return read_facts(connection, tuple(mail.message_id for mail in ours))

    def digests(self) -> tuple[SeenDigest, ...]:
        """The digests that the store holds now, with the mails that came."""
        with self.engine.connect() as connection:
            return read_digests(connection, self.mailbox.mails)

    def tell_digest(self, deadline_s: float = ACT_S) -> bool:
        """Ask for the digest that waits, as `clinicwatch alerts retry` does, and wait until its mail has come."""
        self.asked_for_digest = True
        with self.engine.begin() as connection:
            for each in self.digests():
                if each.state == "queued":
                    retry_alert(connection, each.id, database_time(connection))
        return self._poll(lambda facts: list(judge_digest(facts, self.digests()).missing), deadline_s)

    def play(self, act: tuple[Edit, ...], deadline_s: float = ACT_S) -> bool:
        """Make the edits of `act` and wait until all that they must lead to has come; False at the deadline."""
        self.begin(act)
        return self.wait(deadline_s)

    def wait(self, deadline_s: float = ACT_S) -> bool:
        """Wait until all that the last act must lead to has come, taking back what is to be taken back."""
        return self._poll(
            lambda facts: [line for scene in self.scenes[-1] for line in self._missing(scene, facts)], deadline_s
        )

    def settle(self, deadline_s: float = ACT_S) -> bool:
        """Wait until every page was looked at once more and no mail waits: what should not come has had its chance."""
        since = datetime.now(UTC)
        pages = {url for act in self.scenes for scene in act for url in scene.urls}

        def left(facts: Facts) -> list[str]:
            seen = {visit.url for visit in facts.visits if visit.started_at >= since}
            waiting = [f"{alert.kind} mail" for alert in facts.alerts if alert.state == "queued"]
            return [f"one more look at {url}" for url in sorted(pages - seen)] + waiting

        return self._poll(left, deadline_s)

    def _poll(self, left: Callable[[Facts], list[str]], deadline_s: float) -> bool:
        deadline = time.monotonic() + deadline_s
        while time.monotonic() < deadline:
            self.check()
            self.missing = tuple(left(self.facts()))
            if not self.missing:
                return True
            time.sleep(_POLL_S)
        return False

    def begin(self, act: tuple[Edit, ...]) -> None:
        """Make the edits of `act`, all at once."""
        mark = mark_of(self.facts(), datetime.now(UTC))
        self.scenes.append([Scene(edit, self._urls(edit), mark) for edit in act])
        for edit in act:
            for slug in self._slugs(edit):
                self.clinics.change(slug, edit.change)

    def end(self) -> Report:
        """Judge every edit by all that has come by now."""
        facts = self.facts()
        judged, parts = [], []
        for number, act in enumerate(self.scenes):
            end = self.scenes[number + 1][0].begin if number + 1 < len(self.scenes) else None
            for scene in act:
                part = facts_of(facts, scene.urls, scene.begin, end)
                parts.append(part)
                judged.append((scene.edit, judge(scene.edit.expects, scene.urls, part)))
        if self.asked_for_digest:
            judged.append((digest_row(), judge_digest(facts, self.digests())))
        return Report(tuple(judged), unexplained(facts, parts), time.monotonic() - self._started)

    def _missing(self, scene: Scene, facts: Facts) -> tuple[str, ...]:
        """What has not come yet; takes the edit back where that is next."""
        edit, part = scene.edit, facts_of(facts, scene.urls, scene.begin)
        if edit.undo is not None and edit.name not in self._undone:
            if not is_standing(edit.expects, scene.urls, part):
                return (f"{edit.name}: what it must lead to while it lasts",)
            self._undone.add(edit.name)
            self.clinics.change(edit.clinic, edit.undo)
        return tuple(f"{edit.name}: {line}" for line in judge(edit.expects, scene.urls, part).missing)

    def _slugs(self, edit: Edit) -> tuple[str, ...]:
        return (edit.clinic,) if edit.clinic else tuple(clinic.slug for clinic in self.clinics.clinics)

    def _urls(self, edit: Edit) -> tuple[str, ...]:
        return tuple(
            page_url(clinic, path, self.port)
            for clinic in self.clinics.clinics
            if clinic.slug in self._slugs(edit)
            for path in edit.pages or clinic.paths
        )
