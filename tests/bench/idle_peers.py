#!/usr/bin/env python3
"""Opens COUNT associations to 127.0.0.1 PORT and keeps them: every second one idle, the others in the
middle of a C-STORE of which a byte comes every other second. Prints a line when all are open, then
goes on until it is killed."""

import socket
import struct
import sys
import time

CT = b"1.2.840.10008.5.1.4.1.1.2"


def item(kind, value):
    return bytes([kind, 0]) + struct.pack(">H", len(value)) + value


def pdu(kind, body):
    return bytes([kind, 0]) + struct.pack(">I", len(body)) + body


def request():
    context = item(0x20, b"\1\0\0\0" + item(0x30, CT) + item(0x40, b"1.2.840.10008.1.2.1"))
    user = item(0x50, item(0x51, struct.pack(">I", 16384)) + item(0x52, b"1.2.3"))
    titles = b"HILUM".ljust(16) + b"IDLE".ljust(16)
    return pdu(1, struct.pack(">HH", 1, 0) + titles + bytes(32)
               + item(0x10, b"1.2.840.10008.3.1.1.1") + context + user)


def element(number, value):
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HHI", 0, number, len(value)) + value


def data(control, value):
    return pdu(4, struct.pack(">I", len(value) + 2) + bytes([1, control]) + value)


def store():
    elements = (element(0x0002, CT) + element(0x0100, struct.pack("<H", 1))
                + element(0x0110, struct.pack("<H", 1)) + element(0x0700, struct.pack("<H", 0))
                + element(0x0800, struct.pack("<H", 1)) + element(0x1000, b"1.2.3"))
    return data(3, element(0, struct.pack("<I", len(elements))) + elements)


def main():
    port, count = int(sys.argv[1]), int(sys.argv[2])
    slow, idle = [], []
    for number in range(count):
        peer = socket.create_connection(("127.0.0.1", port))
        peer.sendall(request())
        answer = peer.recv(4096)
        if answer[:1] != b"\2":
            sys.exit(f"association {number + 1} was not accepted")
        if number % 2:
            peer.sendall(store())
            slow.append(peer)
        else:
            idle.append(peer)
    print(f"{len(idle)} idle and {len(slow)} slow associations", flush=True)
    while True:
        time.sleep(2)
        for peer in slow:
            peer.sendall(data(0, b"x"))


main()
