"""Runs one program of Postgres: as another account, detached from its caller, or both.

A script, not a module: `python -I -S launcher.py '<order as JSON>'` (see `embedded.Order`). It needs only the
standard library, because it gives up root between two system calls and must not import anything after that.

Postgres refuses to run as root. As root we become an ordinary account instead. Where that account could not walk
down to the data or to the binaries (a project under a home directory of mode 0700, a virtual environment made with
umask 077), no directory is opened to others: the account keeps one capability of root, CAP_DAC_READ_SEARCH (or
CAP_DAC_OVERRIDE where a container has only that), as an *ambient* one, which survives the exec (capabilities(7)).
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

CANNOT_REACH = 120  # exit code: the account cannot get to a path that it needs
CANNOT_BECOME = 121  # exit code: the system does not let us become the account

_PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 28, 47, 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAPABILITY_VERSION_3 = 0x20080522


def _become(uid: int, gid: int, capability: int | None) -> None:
    """Become the account for good; with `capability`, keep that one and no other. Raises OSError."""
    if capability is None:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        return
    libc = ctypes.CDLL(None, use_errno=True)

    def check(result: int) -> None:
        if result != 0:
            raise OSError(ctypes.get_errno(), "capabilities")

    # capabilities outlive setuid, and access(2), which initdb asks for its fellow programs, counts them
    check(libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
    _become(uid, gid, None)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    bit = 1 << capability  # both that we use are below 32
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable; low and high words
    check(libc.capset(ctypes.byref(header), ctypes.byref(data)))
    check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0))


def _detach() -> None:
    """Leave the caller's session and process group: no Ctrl-C of its terminal, and nobody waits for us."""
    if os.fork():
        os._exit(0)
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)


def main(order: dict[str, Any]) -> None:
    os.umask(0o077)
    if order["uid"] is not None:
        try:
            _become(order["uid"], order["gid"], order["capability"])
        except (OSError, AttributeError) as error:  # AttributeError: a libc without prctl
            print(f"cannot run as uid {order['uid']}: {error}", file=sys.stderr)
            os._exit(CANNOT_BECOME)
    try:
        for path in order["reach"]:
            os.stat(path)
        if not os.access(order["argv"][0], os.F_OK) and order["capability"] is None:
            raise PermissionError(order["argv"][0])
    except OSError as error:
        print(error, file=sys.stderr)
        os._exit(CANNOT_REACH)
    if order["detach"]:
        _detach()
    try:
        os.execve(order["argv"][0], order["argv"], order["environment"])  # noqa: S606  no shell is the point
    except OSError as error:
        print(f"{order['argv'][0]}: {error}", file=sys.stderr)
        os._exit(CANNOT_REACH)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
