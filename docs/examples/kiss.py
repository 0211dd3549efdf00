#!/usr/bin/env python3
"""Packet radio for hearth's carrier `exec:`, through any KISS modem: a TNC, or Dire Wolf.

    hearth bundle send "exec,mtu=240,clear:kiss.py 127.0.0.1:8001 N0CALL-7" FILE
    hearth bundle receive "exec,mtu=240,clear:kiss.py /dev/ttyUSB0 N0CALL-7"

For a serial port, set its speed first (stty -F /dev/ttyUSB0 9600 raw). Each frame goes out as an
AX.25 UI frame from your call sign to HEARTH. Nothing sealed may go on amateur bands, hence `clear`.
"""

import os
import select
import socket
import sys

FEND, FESC, TFEND, TFESC = b"\xc0", b"\xdb", b"\xdc", b"\xdd"


def address(call: str, last: bool) -> bytes:
    name, _, ssid = call.upper().partition("-")
    letters = bytes(ord(letter) << 1 for letter in name.ljust(6)[:6])
    return letters + bytes((0x60 | int(ssid or 0) << 1 | last,))


def wrap(frame: bytes, head: bytes) -> bytes:
    data = head + frame
    data = data.replace(FESC, FESC + TFESC).replace(FEND, FESC + TFEND)
    return FEND + b"\0" + data + FEND


def unwrap(piece: bytes) -> bytes | None:
    """What a UI frame to HEARTH carries; None for everybody else's."""
    data = piece[1:].replace(FESC + TFEND, FEND).replace(FESC + TFESC, FESC)
    end = 14
    while 7 <= end <= len(data) and not data[end - 1] & 1:
        end += 7  # repeaters on the way
    ours = data[:6] == address("HEARTH", False)[:6] and data[end : end + 2] == b"\x03\xf0"
    return data[end + 2 :] if ours and piece[:1] and not piece[0] & 15 else None


def opened(where: str) -> int:
    host, colon, port = where.rpartition(":")
    if not colon:
        return os.open(where, os.O_RDWR | os.O_NOCTTY)
    return socket.create_connection((host, int(port)), 30).detach()


def main(where: str, call: str) -> None:
    modem = opened(where)
    os.set_blocking(modem, True)
    head = address("HEARTH", False) + address(call, True) + b"\x03\xf0"
    given = heard = b""
    while True:
        ready = select.select([0, modem], [], [])[0]
        if modem in ready:
            if not (more := os.read(modem, 4096)):
                sys.exit("the modem has hung up")
            *pieces, heard = (heard + more).split(FEND)
            for frame in map(unwrap, pieces):
                if frame:
                    os.write(1, len(frame).to_bytes(2, "big") + frame)
        if 0 in ready:
            if not (more := os.read(0, 4096)):
                return
            given += more
            while len(given) > 1 and len(given) >= 2 + (size := int.from_bytes(given[:2], "big")):
                os.write(modem, wrap(given[2 : 2 + size], head))
                given = given[2 + size :]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: kiss.py HOST:PORT|DEVICE CALLSIGN")
    try:
        main(*sys.argv[1:])
    except OSError as error:
        sys.exit(str(error))
