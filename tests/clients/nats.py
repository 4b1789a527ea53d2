"""Stands in for the `nats` command where it is not installed: `nats [--server <url>] request <subject> <body>`, and nothing else."""

import os
import socket
import sys
import urllib.parse


def request(server, subject, body):
    address = urllib.parse.urlsplit(server)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        lines = connection.makefile("rb")
        lines.readline()  # INFO
        payload = body.encode()
        connection.sendall(b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB _INBOX.stand-in 1\r\n')
        connection.sendall(f"PUB {subject} _INBOX.stand-in {len(payload)}\r\n".encode() + payload + b"\r\n")
        while True:
            words = lines.readline().split()
            if not words or words[0] == b"-ERR":
                raise SystemExit(f"nats: error: {b' '.join(words).decode() or 'the server hung up'}")
            if words[0] == b"PING":
                connection.sendall(b"PONG\r\n")
            if words[0] in (b"MSG", b"HMSG"):
                message = lines.read(int(words[-1]))
                headers = int(words[-2]) if words[0] == b"HMSG" else 0
                if b" 503" in message[:headers]:
                    raise SystemExit("nats: error: no responders are available for the request")
                return message[headers:].decode()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--server", server, "request", subject, body]:
            print(request(server, subject, body))
        case ["request", subject, body]:
            print(request(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), subject, body))
        case other:
            raise SystemExit(f"nats: this stand-in does not know {' '.join(other)}; install the real one for that")
