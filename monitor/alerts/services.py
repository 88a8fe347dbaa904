"""Alerts through Apprise (https://github.com/caronc/apprise): chat and push services, as an optional extra.

Apprise dials by itself, follows redirects, reads proxies and credentials from where it runs, and brings a hundred
plugins. So it runs in a process of its own, for one message each, with an empty environment; every connection that it
makes is judged at the moment of dialling, and it may start no program (`alerts.service_process`). It is over when its
time is over.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec

from monitor.alerts.envelope import Envelope
from monitor.alerts.subject import make_subject
from monitor.alerts.view import Item, MailView, make_view
from monitor.errors import DeliveryError, UsageError
from monitor.store.alert_contents import AlertContents
from monitor.store.preferences import check_service

MISSING = "Apprise is not installed: pip install 'clinicwatch[apprise]'"
MAX_CHARS = 1_800  # the tightest of the common services takes 2,000
MAX_ITEMS = 5
ITEM_CHARS = 400
_PROGRAM = "monitor.alerts.service_process"
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
# what chat services take for a mention, markup or a link
_HARMLESS = str.maketrans({"@": "@\u200b", "<": "‹", ">": "›", "`": "'", "*": "∗", "_": "\uff3f", "|": "∣"})


def make_message(contents: AlertContents) -> bytes:
    """The alert as title and short text, in JSON: pure. The rest stands in `clinicwatch alerts show`."""
    view = make_view(contents)
    words = {"title": make_subject(contents).translate(_HARMLESS), "body": _body(view, contents.alert.id)}
    return json.dumps(words, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def check_known(url: str) -> str:
    """`url`, if Apprise knows what to do with it. Starts a process. Raises UsageError."""
    check_service(url)
    if find_spec("apprise") is None:
        raise UsageError(MISSING)
    job = json.dumps({"url": url}).encode()
    done = subprocess.run(_command(), input=job, env=_environment(), capture_output=True, timeout=60, check=False)
    if (answer := _answer(done.stdout)).get("problem"):
        raise UsageError(f"Apprise: {answer['problem']}")
    return url


class ServiceTransport:
    """Hands one message after another to Apprise. `permits` are "ip:port" pairs that may be dialled, public or not."""

    def __init__(self, permits: Sequence[str], timeout_s: float) -> None:
        self._permits = tuple(permits)
        self._timeout_s = timeout_s

    async def send(self, envelope: Envelope) -> None:
        """Send it. Raises DeliveryError."""
        if find_spec("apprise") is None:
            raise DeliveryError(MISSING)
        message = json.loads(envelope.content)
        job = {"url": envelope.secret, "permits": self._permits, **message}
        child = await asyncio.create_subprocess_exec(
            *_command(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                out, _ = await child.communicate(json.dumps(job).encode())
        except TimeoutError as error:
            raise DeliveryError("the service took too long", unknown_fate=True) from error
        finally:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        _judge(_answer(out), child.returncode)


def _judge(answer: dict[str, str], code: int | None) -> None:
    """Raise DeliveryError for what was not taken."""
    if answer.get("state") == "taken":
        return
    problem = " ".join(answer.get("problem", f"Apprise ended with {code}").split())[:400]
    permanent = answer.get("state") in {"unknown", "refused"}
    raise DeliveryError(problem, permanent=permanent, unknown_fate="state" not in answer)


def _command() -> list[str]:
    return [sys.executable, "-I", "-m", _PROGRAM]


def _environment() -> dict[str, str]:
    """Nothing that names a proxy, a home, or a secret."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {"NO_PROXY": "*", "HOME": "/nonexistent"}


def _answer(out: bytes) -> dict[str, str]:
    try:
        answer = json.loads(out)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in answer.items()} if isinstance(answer, dict) else {}


def _body(view: MailView, alert_id: int) -> str:
    items = [item for section in view.sections for item in section.items]
    lines = [view.lead, *(part for item in items[:MAX_ITEMS] for part in ("", *_item_lines(item)))]
    lines += [line for notice in view.notices[:MAX_ITEMS] for line in ("", _notice_line(notice.page, notice.text))]
    lines += ["", view.remark] if view.remark else []
    lines += ["", view.figures] if view.figures else []
    text = "\n".join(lines).translate(_HARMLESS)
    end = f"\n\nclinicwatch alerts show {alert_id}" if alert_id else ""
    if len(text) + len(end) > MAX_CHARS:
        text = text[: MAX_CHARS - len(end) - 1].rstrip() + "…"
    return text + end


def _notice_line(page: str, text: str) -> str:
    return f"{page}: {text}"[:ITEM_CHARS]


def _item_lines(item: Item) -> list[str]:
    told = [f"{item.severity_word} {item.label} {item.number}"]
    for parts in (item.before, item.after):
        words = "".join(_marked(op, text) for op, text in parts)
        if words:
            told.append(words if len(words) <= ITEM_CHARS else words[: ITEM_CHARS - 1] + "…")
    return told


def _marked(op: str, text: str) -> str:
    return {"-": f"[-{text}-]", "+": f"{{+{text}+}}"}.get(op, text)
