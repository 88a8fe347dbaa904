"""Words that pages have, or could have, to steer a mail, its reader's program or its reader's eye."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

from unit.alert_mails import change, evidence, mail, notice, page

from monitor.alerts.render import render_mail

HOSTILE = [
    "=?utf-8?q?x=0d=0aBcc:=20evil@example.com?=",
    "=?utf-8?b?DQpCY2M6IGV2aWxAZXhhbXBsZS5jb20NCg==?=",
    "a\r\nBcc: evil@example.com",
    "a\nX-Evil: 1",
    "a\u2028Bcc: evil@example.com",
    "a\u2029b\x85c\x0bd\x0ce\x1cf",
    "nul\x00 bell\x07 escape\x1b[2J\x1b]0;title\x07",
    "surrogate \ud800 pair \udfff end",
    "bidi \u202egnp.exe\u202c \u2066isolate\u2069 \u200bzero\u200dwidth\ufeff",
    "<script>alert(1)</script><img src=http://evil.example/x.png onerror=alert(1)>",
    '"><a href="https://evil.example/">click</a>',
    "{{ 7*7 }}{% raw %}${7*7}#{7*7}",
    "visit evil.example or www.evil.example/now or https://evil.example/?a=1&b=2 or mail evil@evil.example",
    "javascript:alert(1) mailto:evil@evil.example tel:+4512345678 data:text/html,x",
    "=cmd|' /C calc'!A0",
    "--=_boundary\r\n\r\n.\r\n",
    "<style>body{display:none}</style></style></body></html>",
    "x" * 65_536,
    "=?" * 32_768,
    "😀" * 3_000,
    "evil。example evil．example",
    "exampl\u0301.com \u2764.ws a.\u2764.ws evil.xn--p1ai 1.2.3.4 http://1.2.3.4 http://[::1]/ evil.museum",
    "tel:4512345678 sms:123 skype:evil geo:1,2 magnet:?xt=x \uff48ttp://evil.com evil\u2024com",
    "&lt;script&gt; &#x3C;b&#x3E; &amp;#60; <!-- --> <![CDATA[x]]> <?php ?> %0d%0aBcc: evil@example.com",
    "",
    " ",
]


def hostile_mail(text: str) -> EmailMessage:
    """`text` wherever a page, a clinic's name or a subscriber's name can put it."""
    odd = change(
        1,
        before=text,
        after=text + " and more",
        context=text,
        path=(text, text),
        reason=text,
        old=evidence(1, source=text),
    )
    made = mail(
        odd,
        change(2, before="", after=text),
        kind="digest",
        pages=(page(clinic_name=text),),
        notices=(notice(1, "article_in", text, detail=text),),
    )
    subscription = replace(made.contents.subscription, name=text)
    return render_mail(replace(made, contents=replace(made.contents, subscription=subscription)))
