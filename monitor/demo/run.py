"""`clinicwatch demo`: the product shows itself, on this machine alone.

    site (five clinics, loopback) ◄─HTTP── daemon (the real one) ──SMTP──► mailbox (*.eml)
      ▲                                      │
      └── edits, act by act ── story ◄──reads── embedded Postgres

Everything is real but the clinics. Nothing waits for a fixed time: the story goes on when the store shows what was
expected, or fails at a deadline.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from rich.console import Console

from monitor.config import Config, project_home
from monitor.demo.edits import script
from monitor.demo.mailbox import Mailbox
from monitor.demo.pages import load_clinics
from monitor.demo.process import Daemon
from monitor.demo.show import Show
from monitor.demo.site import Clinics, Site
from monitor.demo.stage import CONFIG, environment, fresh_directory, write_stage
from monitor.demo.story import Report, Story
from monitor.schedule.start import prepare_store
from monitor.store import embedded
from monitor.store.engine import Engine, open_engine

DIRECTORY: Final = Path("var") / "demo"
Check = Callable[[], None]
"""Raises where there is no reason to go on."""
_ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody on the stage."""

    directory: Path
    config: Config
    clinics: Clinics
    site: Site
    mailbox: Mailbox
    engine: Engine
    daemon: Daemon


def run_demo(keep: bool = False, directory: Path | None = None, out: Console | None = None) -> int:
    """Run the demo to its end; with `keep`, until Ctrl-C.

    Returns the exit code: 0 only if everything that should happen did, and nothing that should not. Raises DemoError.
    """
    show = Show(out if out is not None else Console())
    with _ending_by_signal() as check, open_demo(directory or project_home() / DIRECTORY, show) as cast:
        report = _perform(cast, show, check)
        show.report(report, cast.directory)
        show.explore(cast.directory / CONFIG)
        if keep:
            show.kept(cast.site.port)
            _wait_for_ctrl_c(cast.daemon, check)
    return 0 if report.ok else 1


def story_of(cast: Cast, check: Check = lambda: None) -> Story:
    """The story that begins now. Between two looks at the store it asks `check`, and whether the daemon is there."""

    def check_all() -> None:
        check()
        cast.daemon.check()

    return Story(cast.engine, cast.clinics, cast.mailbox, cast.site.port, check_all)


def _perform(cast: Cast, show: Show, check: Check) -> Report:
    """Start the daemon and play every act; after one that fails, the others make no sense."""
    check()
    story = story_of(cast, check)
    cast.daemon.start()
    for number, act in enumerate(script()):
        show.act(number, act)
        if not story.play(act):
            break
    else:
        story.settle()
        show.digest()
        story.tell_digest()
    return story.end()


@contextmanager
def open_demo(
    directory: Path, show: Show, settings: Mapping[str, Mapping[str, object]] | None = None
) -> Iterator[Cast]:
    """Everything that the demo needs but the daemon's start: a fresh store with the baselines, site and mailbox.

    `settings` overrule single keys of the demo's configuration, by section.
    At the end, whatever was started is stopped, the embedded server too; its data stays.
    """
    with ExitStack() as stack:
        stack.enter_context(fresh_directory(directory))
        clinics = Clinics(project_home() / "seeds")
        site = stack.enter_context(Site(clinics))
        mailbox = stack.enter_context(Mailbox(directory / "mail", show.mail))
        config = write_stage(directory, site.port, mailbox.port, settings)
        show.opened(site.port, load_clinics())
        stack.callback(embedded.stop, config.path(config.store.directory))
        engine = open_engine(config)
        stack.callback(engine.dispose)
        prepared = prepare_store(engine, config)
        show.imported(len(prepared.seeds.imported) if prepared.seeds else 0)
        daemon = Daemon(directory / CONFIG, directory / "daemon.log", environment())
        stack.callback(daemon.stop)
        yield Cast(directory, config, clinics, site, mailbox, engine, daemon)


def _wait_for_ctrl_c(daemon: Daemon, check: Check) -> None:
    try:
        while True:
            check()
            daemon.check()
            time.sleep(0.2)
    except KeyboardInterrupt:
        return


@contextmanager
def _ending_by_signal() -> Iterator[Check]:
    """Ctrl-C, SIGTERM and SIGHUP end the demo with everything stopped.

    The first one is remembered, and raised as KeyboardInterrupt by the next call of what this yields: raised wherever
    the program happens to be, it could be taken for a lost connection there, or be lost. The second is raised at once.
    """
    asked = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _ENDING_SIGNALS}
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
