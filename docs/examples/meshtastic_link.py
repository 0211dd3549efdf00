#!/usr/bin/env python3
"""A Meshtastic radio for hearth's carrier `exec:`. Needs: pip install meshtastic (GPL-3.0).

    hearth bundle send "exec,mtu=233,broadcast,wait=120:meshtastic_link.py /dev/ttyUSB0" FILE

Frames go to everybody on the primary channel, as PRIVATE_APP. A frame takes one to two seconds of
air at LongFast, of which many countries allow 10 %: PAUSE keeps to that.
"""

import os
import sys
import time

PAUSE = 15.0
PRIVATE_APP = 256


def exactly(count: int) -> bytes:
    data = b""
    while len(data) < count and (more := os.read(0, count - len(data))):
        data += more
    return data


def main(device: str) -> None:
    out = os.dup(1)
    os.dup2(2, 1)  # whatever the library prints must not get between the frames
    from meshtastic.serial_interface import SerialInterface
    from pubsub import pub

    def heard(packet: dict, interface: object) -> None:
        decoded = packet.get("decoded", {})
        if decoded.get("portnum") == "PRIVATE_APP":
            frame = decoded["payload"]
            os.write(out, len(frame).to_bytes(2, "big") + frame)

    pub.subscribe(heard, "meshtastic.receive")
    radio = SerialInterface(device)
    while len(head := exactly(2)) == 2:
        radio.sendData(exactly(int.from_bytes(head, "big")), portNum=PRIVATE_APP, wantAck=False)
        time.sleep(PAUSE)
    radio.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: meshtastic_link.py DEVICE")
    try:
        main(sys.argv[1])
    except ImportError as error:
        sys.exit(f"{error}: pip install meshtastic")
