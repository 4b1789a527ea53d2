"""A door in front of Multihome that passes everything on as it is, and shows each reply to the oracle.

It stands between, and not inside of boto3, so that the AWS CLI and Ansible are witnessed too: they are programs of their own.
"""

import re
import threading
import urllib.parse
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import oracle

OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding"}


class Witness:
    def __init__(self, endpoint):
        self.behind = urllib.parse.urlsplit(endpoint).netloc
        # Which operations were answered, and not refused.
        self.answered = set()
        self._faults, self._lock = [], threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (Door,), {"witness": self}))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def saw(self, service, action, status, body):
        faults = oracle.faults(service, action, status, body)
        with self._lock:
            if status < 400:
                self.answered.add(action)
            self._faults.extend(faults)

    def faults(self):
        """What was wrong since this was asked before, each fault once and with how often it was seen."""
        with self._lock:
            faults, self._faults = self._faults, []
        # The place of an item in its list is no difference.
        alike = [re.sub(r"\[\d+\]", "[]", fault) for fault in faults]
        return [f"{fault} ({alike.count(fault)} times)" for fault in dict.fromkeys(alike)]


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    witness = None

    def pass_on(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        behind = HTTPConnection(self.witness.behind, timeout=60)
        behind.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in OF_THE_CONNECTION:
                behind.putheader(name, value)
        behind.endheaders(sent)
        reply = behind.getresponse()
        body = reply.read()
        behind.close()
        # Before the client has it, so that nothing is said about a check after its end.
        self.show(sent, reply.status, body)
        self.send_response_only(reply.status, reply.reason)
        for name, value in reply.headers.items():
            if name.lower() not in OF_THE_CONNECTION | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = pass_on

    def show(self, sent, status, body):
        query = urllib.parse.urlsplit(self.path).query
        asked = urllib.parse.parse_qs(f"{query}&{sent.decode('utf-8', 'replace')}")
        scope = asked.get("X-Amz-Credential", [""])[0] or self.headers.get("Authorization", "")
        service = re.search(r"/([a-z0-9-]+)/aws4_request", scope)
        service = service.group(1) if service and service.group(1) in oracle.NAMESPACES else "ec2"
        self.witness.saw(service, asked.get("Action", ["(no action)"])[0], status, body)

    def log_message(self, *_):
        pass
