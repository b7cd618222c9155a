"""Runs a command as on a kernel without IPv6: its sockets of that family are refused with EAFNOSUPPORT.

without-ipv6.py COMMAND [ARGUMENT ...]
"""

import ctypes
import errno
import os
import platform
import socket
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO = 0x7FFF0000, 0x00050000
LOAD, EQUALS, RETURN = 0x20, 0x15, 0x06
# Where the kernel has the number of the call, and its first argument.
CALL, FIRST_ARGUMENT = 0, 16
CALL_SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]

FILTER = [
    (LOAD, 0, 0, CALL),
    (EQUALS, 0, 3, CALL_SOCKET),
    (LOAD, 0, 0, FIRST_ARGUMENT),
    (EQUALS, 0, 1, socket.AF_INET6),
    (RETURN, 0, 0, SECCOMP_RET_ERRNO | errno.EAFNOSUPPORT),
    (RETURN, 0, 0, SECCOMP_RET_ALLOW),
]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def main() -> None:
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in FILTER)
    program = Program(len(FILTER), ctypes.cast(ctypes.create_string_buffer(code, len(code)), ctypes.c_char_p))
    libc = ctypes.CDLL(None, use_errno=True)
    for call in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0),
    ):
        if libc.prctl(*call) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    os.execvp(sys.argv[1], sys.argv[1:])


main()
