"""TLS for a client that believes nobody: trust, host names, and a typed reason for each failure.

Chain and validity are verified by OpenSSL in the handshake; the error code that it gives is kept and becomes the
reason. The name is verified by service_identity (RFC 9525) before the first byte of a request is sent.
"""

from __future__ import annotations

import hashlib
import os
import ssl
from pathlib import Path
from typing import Any, Final

import certifi
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from service_identity import CertificateError, VerificationError
from service_identity.pyopenssl import verify_hostname, verify_ip_address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from zope.interface import implementer

from crawler.faults import FaultError
from crawler.settings import SettingsError
from crawler.types import TlsInfo
from crawler.urls import is_address

_LEGACY_SERVER_CONNECT: Final = 0x4  # SSL_OP_LEGACY_SERVER_CONNECT: servers without RFC 5746 still exist

# X509_V_ERR_* of openssl/x509_vfy.h
_REASONS: Final = {
    9: "tls.not_yet_valid",
    10: "tls.expired",
    18: "tls.self_signed",  # the certificate itself
    19: "tls.self_signed",  # a root in its chain that nobody vouches for
    62: "tls.hostname",
    64: "tls.hostname",
}


def client_context(ca_file: str = "") -> SSL.Context:
    """The one context of the process: the system's authorities (certifi's where it has none) and those of `ca_file`.

    Raises SettingsError where `ca_file` cannot be read.
    """
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    paths = ssl.get_default_verify_paths()
    if paths.cafile or (paths.capath and any(Path(paths.capath).iterdir())):
        context.load_verify_locations(paths.cafile, paths.capath)
    else:  # python.org's macOS builds, slim images
        context.load_verify_locations(certifi.where())
    if ca_file:
        try:
            context.load_verify_locations(os.fsencode(ca_file))
        except SSL.Error as error:
            raise SettingsError("ca_file", f"{ca_file}: cannot be read as PEM certificates") from error
    context.set_verify(SSL.VERIFY_PEER)
    context.set_options(_LEGACY_SERVER_CONNECT)
    context.set_alpn_protos([b"http/1.1"])
    return context


@implementer(IOpenSSLClientConnectionCreator)
class TlsSession:
    """TLS towards one host over one connection; `error` is OpenSSL's verification code once it failed."""

    def __init__(self, context: SSL.Context, host: str) -> None:
        self.host = host
        self.error: int | None = None
        self._context = context

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:  # noqa: N802, N803 - Twisted's interface
        """The OpenSSL connection for Twisted's TLS layer."""
        connection = SSL.Connection(self._context, None)
        connection.set_verify(SSL.VERIFY_PEER, self._note_error)
        if not is_address(self.host):
            connection.set_tlsext_host_name(self.host.encode("ascii"))
        return connection

    def _note_error(self, _connection: SSL.Connection, _certificate: Any, error: int, _depth: int, ok: int) -> bool:
        if not ok and self.error is None:
            self.error = error
        return bool(ok)

    def verify_name(self, connection: SSL.Connection) -> None:
        """Raises FaultError `tls.hostname` where the certificate is not for this host."""
        try:
            if is_address(self.host):
                verify_ip_address(connection, self.host)
            else:
                verify_hostname(connection, self.host)
        except (VerificationError, CertificateError, ValueError) as error:
            raise FaultError("tls.hostname", f"the certificate is not for {self.host}") from error

    def fault(self, error: BaseException) -> FaultError:
        """The typed reason for a handshake that ended with `error`."""
        if self.error is not None:
            reason = _REASONS.get(self.error, "tls.untrusted")
            return FaultError(
                reason, f"certificate of {self.host} not accepted: OpenSSL verification error {self.error}"
            )
        return FaultError("tls.handshake", f"{self.host}: {describe(error)}")


def describe(error: BaseException) -> str:
    """OpenSSL's own words for an error, in one line."""
    if isinstance(error, SSL.Error) and error.args and isinstance(error.args[0], list):
        return "; ".join(str(entry[-1]) for entry in error.args[0]) or "TLS error"
    return " ".join(str(error).split())[:200] or type(error).__name__


def tls_info(connection: SSL.Connection) -> TlsInfo | None:
    """Digest and end of validity of the certificate that the server showed."""
    certificate = connection.get_peer_certificate(as_cryptography=True)
    if certificate is None:
        return None
    der = certificate.public_bytes(Encoding.DER)
    return TlsInfo(hashlib.sha256(der).hexdigest(), certificate.not_valid_after_utc)
