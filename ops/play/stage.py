# SPDX-License-Identifier: EUPL-1.2
"""An alliance on one machine: keys, register, configuration, processes.

The demo and the scenario and fault tests stand on it. Everything is real: the
programs of build/*/bin, CURVE on a TCP socket, stores on disk.
"""
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
# kind of adapter -> member of the covenant
ADAPTERS = {"corporatie": "eigen-haard", "buurtteam": "buurtteam",
            "wpi": "wpi", "politie": "politie"}
OTHER_MEMBERS = ["rochdale", "stadgenoot", "lieven-de-key"]
MARK = ".wijkhub"  # in every folder that a Stage made, and may empty again


class Failed(Exception):
    """A step did not do what it should."""


def wait_for(what, condition, seconds=20.0):
    """The first true value of condition(); Failed when time runs out."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.05)


def port_is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def free_base(count):
    """A port with count - 1 free ones behind it, below the ephemeral range."""
    for _ in range(1000):
        base = 20000 + secrets.randbelow(10000)
        if all(port_is_free(base + i) for i in range(count)):
            return base
    raise Failed("no free ports")


def request(method, url, body=None, headers=None, timeout=15):
    """(status, headers, body as bytes); a refusal is an answer, not an error."""
    data = body.encode() if isinstance(body, str) else body
    req = urllib.request.Request(url, data=data, method=method,
                                 headers=headers or {})
    try:
        with urllib.request.urlopen(req, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers, refusal.read()


class Program:
    """One process that is started again when it dies, unless it is held."""

    def __init__(self, name, command, log):
        self.name, self.command, self.log = name, command, log
        self.process = None
        self.held = False
        self.starts = 0

    def start(self):
        self.starts += 1
        with open(self.log, "ab") as log:
            # It ends with us, whatever ends us; Ctrl-C is for us alone.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *self.command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    @property
    def pid(self):
        return self.process.pid if self.process else None

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, how=signal.SIGTERM):
        if self.is_running():
            self.process.send_signal(how)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Adapter:
    """An adapter's face: its API with its token."""

    def __init__(self, kind, member, port, folder):
        self.kind, self.member, self.folder = kind, member, folder
        self.url = f"http://127.0.0.1:{port}"
        self.token = secrets.token_urlsafe(24)
        self.program = None

    def call(self, method, path, body=None, content_type="application/json",
             **kwargs):
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = content_type
        return request(method, self.url + path, body, headers, **kwargs)

    def json(self, method, path, body=None, **kwargs):
        """(status, parsed body); {} where there is none."""
        status, _, raw = self.call(method, path, body, **kwargs)
        return status, json.loads(raw) if raw else {}

    def referrals(self, direction):
        """All that the API lists, newest first."""
        status, answer = self.json(
            "GET", f"/v1/verwijzingen?richting={direction}")
        if status != 200:
            return []
        return answer if isinstance(answer, list) else answer["resultaten"]

    def is_up(self):
        try:
            return self.json("GET", "/v1/typen", timeout=2)[0] == 200
        except OSError:
            return False

    def metric(self, name):
        """A number from /metrics, None when it is not there."""
        try:
            status, _, text = self.call("GET", "/metrics", timeout=2)
        except OSError:
            return None
        for line in text.decode().splitlines() if status == 200 else []:
            if line.startswith(name + " "):
                return float(line.split()[1])
        return None


class Stage:
    """The folder, its configuration and its processes."""

    def __init__(self, folder, port=None, programs=None, keep=False,
                 targets=None, settings=None, map_mib=None, peer_seconds=5,
                 second=False):
        self.dir = os.path.abspath(folder)
        self.bin = programs or os.environ["WIJKHUB_BIN"]
        self.port = port or free_base(len(ADAPTERS) + 2)
        # a second address of the hub, for while its key rotates
        self.second = f"tcp://127.0.0.1:{self.port + len(ADAPTERS) + 1}" \
            if second else None
        self.map_mib = map_mib
        self.peer_seconds = peer_seconds
        self.targets = targets or {}
        self.programs, self.adapters = [], {}
        self.lock = threading.RLock()
        self.ending = threading.Event()
        self.watcher = None
        self._claim(keep)
        # settings: by kind of adapter, or what makes them in the folder
        self.settings = settings(self.dir) if callable(settings) \
            else settings or {}
        self._make_alliance()
        self._configure_broker()
        for n, (kind, member) in enumerate(ADAPTERS.items(), start=1):
            self._configure_adapter(kind, member, self.port + n)

    # ------------------------------------------------------------ making

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def wijkhub(self, *arguments, check=True):
        """Run the command; its stdout. Failed when it says no."""
        done = subprocess.run([os.path.join(self.bin, "wijkhub"), *arguments],
                              capture_output=True, text=True)
        if check and done.returncode != 0:
            raise Failed(f"wijkhub {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def _claim(self, keep):
        """The folder for this Stage alone, emptied unless asked to keep. Only
        what a Stage made is ours to empty."""
        os.makedirs(self.dir, mode=0o700, exist_ok=True)
        left = os.listdir(self.dir)
        if left and MARK not in left:
            raise Failed(f"{self.dir} holds something else; choose another "
                         "folder")
        self.claim = open(self.path(MARK), "a", encoding="utf-8")
        try:
            fcntl.flock(self.claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.claim.close()
            raise Failed(f"somebody runs in {self.dir}; choose another "
                         "folder") from None
        # demo.json names processes: those of an earlier run are gone
        for name in ["demo.json"] if keep else left:
            path = self.path(name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            elif name != MARK and os.path.lexists(path):
                os.remove(path)

    def _make_alliance(self):
        keys = self.path("keys")
        if os.path.exists(self.path("register.bin")):
            return
        self.wijkhub("keygen", "alliance", "--dir", keys)
        self.wijkhub("keygen", "hub", "--dir", keys)
        for member in [*ADAPTERS.values(), *OTHER_MEMBERS]:
            self.wijkhub("keygen", "member", member, "--dir", keys)
        self.sign_register(os.path.join(
            ROOT, "ops", "covenant-nieuw-west.yaml"))

    def sign_register(self, covenant):
        self.wijkhub("register", "sign", "--covenant", covenant, "--keys",
                     self.path("keys"), "--alliance",
                     self.path("keys", "alliance.secret"), "--out",
                     self.path("register.bin"))

    def _write(self, name, text):
        path = self.path(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                  "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def _program(self, name, program, config):
        made = Program(name, [os.path.join(self.bin, program), "--config",
                              config], self.path(name + ".log"))
        self.programs.append(made)
        return made

    def _configure_broker(self):
        self.endpoint = f"tcp://127.0.0.1:{self.port}"
        self.broker_dir = self.path("broker")
        self.control = self.path("control.sock")
        if len(self.control) > 100:  # the kernel's bound on socket paths
            self.control = f"/tmp/wijkhub-{os.getpid()}-{self.port}.sock"
        text = (f"endpoint: {self.endpoint}\ndir: broker\n"
                f"keys: keys/hub.secret\nalliance: keys/alliance.pub\n"
                f"register: register.bin\ncontrol: {json.dumps(self.control)}\n")
        if self.second:
            text += f"second_endpoint: {self.second}\n"
        if self.map_mib:
            text += f"map_mib: {self.map_mib}\n"
        self.broker = self._program(
            "broker", "wijkhub-broker", self._write("broker.yaml", text))

    def _configure_adapter(self, kind, member, port):
        adapter = Adapter(kind, member, port, self.path(kind))
        tokens = self.path(kind + ".tokens")
        if os.path.exists(tokens):
            with open(tokens, encoding="utf-8") as file:
                adapter.token = file.read().strip()
        else:
            self._write(kind + ".tokens", adapter.token + "\n")
        text = (f"member: {member}\nkeys: keys/{member}.secret\n"
                f"storage_key: {kind}.key\nalliance: keys/alliance.pub\n"
                f"register: register.bin\n"
                f"hub: {' '.join(filter(None, [self.endpoint, self.second]))}\n"
                f"listen: 127.0.0.1:{port}\ndir: {kind}\n"
                f"tokens: {kind}.tokens\npeer_seconds: {self.peer_seconds}\n"
                "peers:\n" + "".join(
                    f"  - http://127.0.0.1:{self.port + n}\n"
                    for n in range(1, len(ADAPTERS) + 1)
                    if self.port + n != port))
        if kind in self.targets:
            text += f"target:\n  url: {self.targets[kind]}\n"
        if self.settings.get(kind):
            text += "settings:\n" + "".join(
                f"  {key}: {json.dumps(value)}\n"
                for key, value in self.settings[kind].items())
        adapter.program = self._program(
            kind, f"wijkhub-adapter-{kind}",
            self._write(kind + ".yaml", text))
        self.adapters[kind] = adapter

    # ----------------------------------------------------------- running

    def start(self, seconds=30):
        for program in self.programs:
            program.start()
        self.watcher = threading.Thread(target=self._watch)
        self.watcher.start()
        for name, is_up in [("broker", self.broker_is_up), *(
                (a.kind, a.is_up) for a in self.adapters.values())]:
            wait_for(f"{name} answers", lambda: self._is_steady() and is_up(),
                     seconds)
        for adapter in self.adapters.values():
            self.wait_connected(adapter, seconds)
        self.write_json()

    def _is_steady(self):
        for program in self.programs:
            if program.starts > 10:
                raise Failed(f"{program.name} ends as soon as it is started")
        return True

    def wait_connected(self, adapter, seconds=40):
        wait_for(f"{adapter.kind} is connected", lambda: adapter.metric(
            "wijkhub_connected") == 1, seconds)

    def broker_is_up(self):
        return self.broker.is_running() and "endpoint " in self.wijkhub(
            "status", self.control, check=False)

    def _watch(self):
        """A program that died is started again within a second."""
        while not self.ending.wait(0.2):
            with self.lock:
                for program in self.programs:
                    if not program.held and not program.is_running():
                        program.start()
                        self.write_json()

    def hold(self, program, how=signal.SIGTERM):
        """Stop a program and leave it stopped."""
        with self.lock:
            program.held = True
            program.stop(how)

    def release(self, program):
        with self.lock:
            program.held = False
            if not program.is_running():
                program.start()
            self.write_json()

    def reopen_broker(self):
        """A start publishes a checkpoint at once, and asks all witnesses."""
        self.hold(self.broker)
        self.release(self.broker)
        for adapter in self.adapters.values():
            self.wait_connected(adapter)

    def write_json(self):
        text = json.dumps({
            "broker": {"pid": self.broker.pid, "endpoint": self.endpoint,
                       "dir": self.broker_dir, "control": self.control},
            "adapters": {a.kind: {"pid": a.program.pid, "url": a.url,
                                  "token": a.token, "dir": a.folder,
                                  "member": a.member}
                         for a in self.adapters.values()}}, indent=1)
        with self.lock:
            self._write("demo.json.new", text + "\n")
            os.replace(self.path("demo.json.new"), self.path("demo.json"))

    def stop(self):
        self.ending.set()
        if self.watcher:
            self.watcher.join()
        for program in reversed(self.programs):
            program.held = True
            program.stop()
        self.claim.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
