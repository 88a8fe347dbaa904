"""Every way that we know in which a page makes a browser ask for something; `PORT` is where nobody may knock."""

from __future__ import annotations

_CONNECT = """<script>
  const connection = new RTCPeerConnection({iceServers: [SERVERS], iceTransportPolicy: 'POLICY'});
  connection.createDataChannel('x');
  connection.createOffer().then(offer => connection.setLocalDescription(offer));
</script>"""
_STUN = "{urls: 'stun:127.0.0.1:PORT'}"
_TURN = "{urls: ['turn:127.0.0.1:PORT?transport=tcp', 'turn:127.0.0.1:PORT'], username: 'a', credential: 'b'}"

REACHES = {
    "image": "<img src='http://127.0.0.1:PORT/x.png'>",
    "name": "<img src='http://localhost:PORT/x.png'>",
    "odd spelling": "<img src='http://0x7f.1:PORT/'><img src='http://2130706433:PORT/'><img src='http://[::1]:PORT/'>",
    "script": "<script src='http://127.0.0.1:PORT/x.js'></script>",
    "style": "<link rel=stylesheet href='http://127.0.0.1:PORT/x.css'><style>@import 'http://127.0.0.1:PORT/y'</style>",
    "frame": "<iframe src='http://127.0.0.1:PORT/'></iframe>",
    "fetch": "<script>fetch('http://127.0.0.1:PORT/', {mode: 'no-cors'})</script>",
    "beacon": "<script>navigator.sendBeacon('http://127.0.0.1:PORT/', 'x')</script>",
    "https": "<script>fetch('https://127.0.0.1:PORT/', {mode: 'no-cors'})</script>",
    "WebSocket": "<script>new WebSocket('ws://127.0.0.1:PORT/')</script>",
    "secure WebSocket": "<script>new WebSocket('wss://127.0.0.1:PORT/')</script>",
    "EventSource": "<script>new EventSource('http://127.0.0.1:PORT/')</script>",
    "worker": """<script>
        const code = "fetch('http://127.0.0.1:PORT/', {mode: 'no-cors'})";
        new Worker(URL.createObjectURL(new Blob([code])));
    </script>""",
    "preconnect": "<link rel=preconnect href='http://127.0.0.1:PORT'>",
    "dns-prefetch": "<link rel=dns-prefetch href='http://127.0.0.1:PORT'>",
    "prefetch": "<link rel=prefetch href='http://127.0.0.1:PORT/'>",
    "preload": "<link rel=preload as=image href='http://127.0.0.1:PORT/p'>",
    "redirect of a part": "<img src='/away'>",
    "popup": "<script>open('http://127.0.0.1:PORT/')</script>",
    "form": """<iframe name=f></iframe><form target=f action='http://127.0.0.1:PORT/'></form>
        <script>document.forms[0].submit()</script>""",
    "STUN": _CONNECT.replace("SERVERS", _STUN).replace("POLICY", "all"),
    "TURN": _CONNECT.replace("SERVERS", _TURN).replace("POLICY", "relay"),
    "WebTransport": "<script>new WebTransport('https://127.0.0.1:PORT/').ready.catch(() => 0)</script>",
    "download": """<a id=a href='http://127.0.0.1:PORT/x.zip' download>x</a>
        <script>document.getElementById('a').click()</script>""",
}
