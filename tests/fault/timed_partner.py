# SPDX-License-Identifier: EUPL-1.2
"""WPI's own system, which notes when each request reached its machine.

The kernel says when (SO_TIMESTAMPNS), so how busy this process is does not
matter: a request is dated when its last byte came, not when it was read.
"""
import io
import json
import random
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from partners import klantinteracties
from withdraw_check import Call

SO_TIMESTAMPNS = 35  # Linux; the module socket does not have it
SLOWEST = 0.05       # seconds that an answer takes at most


class StampedReader(io.RawIOBase):
    """A connection; at_ns is when what was read last came in."""

    def __init__(self, connection):
        self.connection, self.at_ns = connection, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        try:
            data, extra, _, _ = self.connection.recvmsg(len(buffer), 64)
        except ConnectionError:
            return 0  # who asked was killed
        buffer[:len(data)] = data
        for level, kind, value in extra:
            if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                seconds, ns = struct.unpack("ll", value)
                self.at_ns = seconds * 1000000000 + ns
        return len(data)


class TimedServer(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        super().server_bind()


class TimedPartner:
    """url for Stage's targets; calls is all that came, in order."""

    def __init__(self, seed):
        self.calls, self.kept = [], {}
        self.case_of = {}  # uuid of a resource -> the referral it is about
        self.lock = threading.Lock()
        self.dice = random.Random(seed)
        self.server = TimedServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def _about(self, path, body):
        """The referral that a request is about, by what it refers to."""
        try:
            if path == "/maak-klantcontact":
                return body["klantcontact"]["metadata"]["wijkhubId"]
            if path == "/digitaleadressen":
                return self.case_of[body["verstrektDoorBetrokkene"]["uuid"]]
            if path == "/internetaken":
                contact = body["aanleidinggevendKlantcontact"]["uuid"]
                return self.case_of[contact]
            return self.case_of[path.rsplit("/", 1)[1]]
        except (KeyError, TypeError, IndexError):
            return None

    def answer(self, at_ns, method, path, raw):
        body = json.loads(raw) if raw else None
        with self.lock:
            case = self._about(path, body)
            self.calls.append(Call(at_ns // 1000000, case, method, path, body))
            status, content = klantinteracties(self, method, path, raw)
            for resource in [content, *content.values()]:
                if isinstance(resource, dict) and "uuid" in resource:
                    self.case_of[resource["uuid"]] = case
            slow = self.dice.random() * SLOWEST
        if self.dice.random() < 0.1:
            time.sleep(slow)  # so that a withdrawal comes in between
        return status, content

    def _handler(self):
        partner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                self.stamped = StampedReader(self.connection)
                self.rfile = io.BufferedReader(self.stamped)

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                if len(raw) < length:
                    self.close_connection = True  # it was cut off
                    return
                status, content = partner.answer(
                    self.stamped.at_ns, self.command, self.path, raw)
                answer = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                try:
                    self.end_headers()
                    self.wfile.write(answer)
                except ConnectionError:
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_PATCH = handle_any

            def log_message(self, *_):
                pass

        return Handler

    def close(self):
        self.server.shutdown()
        self.server.server_close()
