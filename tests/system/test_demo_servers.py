"""The demo's web server and mail server, over real sockets."""

from __future__ import annotations

import smtplib
import threading
import urllib.error
import urllib.request
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path

import pytest

from monitor.demo.mailbox import Mail, Mailbox
from monitor.demo.pages import load_clinics
from monitor.demo.site import Clinics, Site

SEEDS = Path(__file__).parents[2] / "seeds"
pytestmark = pytest.mark.system


def test_pages_come_over_one_kept_connection_and_from_several_at_once() -> None:
    clinics = Clinics(SEEDS)
    with Site(clinics) as site:
        connection = HTTPConnection("127.0.0.1", site.port, timeout=10)
        for clinic in load_clinics():
            connection.request("GET", clinic.path, headers={"Host": f"{clinic.host}:{site.port}"})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200
            assert answer.getheader("Content-Length") == str(len(body))
            assert clinic.name.encode() in body
        connection.close()

        def fetch() -> None:
            request = urllib.request.Request(
                f"http://127.0.0.1:{site.port}{clinic.path}", headers={"Host": clinic.host}
            )
            with urllib.request.urlopen(request, timeout=10) as answer:
                answer.read()

        threads = [threading.Thread(target=fetch) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert len(clinics.served) == len(load_clinics()) + 8


def test_the_server_ends_although_a_client_holds_a_connection() -> None:
    with Site(Clinics(SEEDS)) as site:
        connection = HTTPConnection("127.0.0.1", site.port, timeout=10)
        connection.request("GET", "/robots.txt")
        assert connection.getresponse().read().startswith(b"User-agent: *")
        port = site.port
    connection.close()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)


def test_a_mail_is_on_disk_before_it_is_taken(tmp_path: Path) -> None:
    seen: list[Mail] = []
    message = EmailMessage()
    message["From"], message["To"] = "clinicwatch@demo.localhost", "watchdogs@demo.localhost"
    message["Subject"], message["Message-ID"] = "[HIGH] price/amount increased – kr.", "<1@demo.localhost>"
    message.set_content("Prisen er 25.000 kr. – før 20.000 kr.\n")
    with Mailbox(tmp_path / "mail", seen.append) as mailbox, smtplib.SMTP("127.0.0.1", mailbox.port) as client:
        client.send_message(message)
        assert (tmp_path / "mail" / "001.eml").read_bytes() == mailbox.mails[0].content
        client.send_message(message)
    assert [mail.number for mail in seen] == [1, 2]
    assert (seen[0].subject, seen[0].message_id) == (message["Subject"], message["Message-ID"])
    assert "25.000 kr." in seen[0].text
    assert seen[0].recipients == ("watchdogs@demo.localhost",)


def test_the_mail_server_ends_although_a_client_holds_a_session(tmp_path: Path) -> None:
    with Mailbox(tmp_path) as mailbox:
        client = smtplib.SMTP("127.0.0.1", mailbox.port)
        client.ehlo()
    client.close()
