#!/usr/bin/env python3
"""Reticulum for hearth's carrier `exec:`. Needs: pip install rns (its licence restricts uses).

    hearth bundle send "exec,mtu=450,broadcast,wait=60:reticulum_link.py mill-lane" FILE

Frames go as PLAIN packets under a name that both sides give. Such packets reach whoever hears this
node directly; Reticulum does not pass them on over several hops. It uses the interfaces in
~/.reticulum, or in the directory named as second argument.
"""

import os
import sys
import time

PAUSE = 1.0  # more where the slowest interface is a radio


def exactly(count: int) -> bytes:
    data = b""
    while len(data) < count and (more := os.read(0, count - len(data))):
        data += more
    return data


def main(name: str, config: str | None) -> None:
    out = os.dup(1)
    os.dup2(2, 1)  # whatever the library prints must not get between the frames
    import RNS

    RNS.Reticulum(config)
    kind = RNS.Destination.PLAIN
    everybody = RNS.Destination(None, RNS.Destination.IN, kind, "hearth", "carrier", name)

    def heard(frame: bytes, packet: object) -> None:
        os.write(out, len(frame).to_bytes(2, "big") + frame)

    everybody.set_packet_callback(heard)
    while len(head := exactly(2)) == 2:
        RNS.Packet(everybody, exactly(int.from_bytes(head, "big"))).send()
        time.sleep(PAUSE)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: reticulum_link.py NAME [CONFIG]")
    try:
        main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else None)
    except ImportError as error:
        sys.exit(f"{error}: pip install rns")
