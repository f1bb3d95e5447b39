# SPDX-License-Identifier: EUPL-1.2
"""See withdraw_race.sh. WIJKHUB_KEEP keeps the folder."""
import collections
import dataclasses
import http.client
import json
import os
import queue
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

from stage import Failed, Stage, wait_for
from timed_partner import TimedPartner
from withdraw_check import History, faults, ms, without_asking

SENDERS = 6
ACCEPTS = 6  # one in so many is accepted, and its identity follows
SHOWN = 10   # faults of one seed


def need(what, holds):
    if not holds:
        raise Failed(what)


class Line:
    """One kept connection to an adapter; a lost one is opened again."""

    def __init__(self, adapter):
        self.adapter, self.link = adapter, None

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        for _ in range(200):
            try:
                if self.link is None:
                    host = self.adapter.url.removeprefix("http://")
                    self.link = http.client.HTTPConnection(host, timeout=30)
                self.link.request(method, path, data, {
                    "Authorization": f"Bearer {self.adapter.token}",
                    "Content-Type": "application/json"})
                answer = self.link.getresponse()
                return answer.status, json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                self.link = None
                time.sleep(0.05)
        raise Failed(f"{self.adapter.kind} stays away")

    def post(self, path, body):
        return self.ask("POST", path, body)


class Race:
    """One seed: a consent, its referrals, and the withdrawal among them."""

    def __init__(self, stage, seed, sends):
        self.stage, self.seed, self.sends = stage, seed, sends
        self.dice = random.Random(seed)
        self.sender = stage.adapters["buurtteam"]
        self.wpi = stage.adapters["wpi"]
        self.client = f"R-{seed}"
        self.sent, self.lock = [], threading.Lock()
        self.offered = queue.Queue()
        self.next = 0
        self.at = self.dice.randrange(1, sends)
        self.failed = None
        self.moment, self.over = threading.Event(), threading.Event()

    def consent(self):
        status, made = self.sender.json("POST", "/v1/toestemmingen", {
            "client": self.client, "soort": "CONSENT_AVG",
            "partijen": ["wpi"], "typen": ["geldzorgen"],
            "categorieen": ["CONTACT", "REQUEST"],
            "vastgelegd": {"hoe": "IN_PERSON", "door": "M. Medewerker"}})
        need(f"{status} {made}", status == 201)
        self.given = made
        self.code = made["ontvangstbewijs"]["intrekkingscode"]

    def send(self, line, n):
        status, made = line.post("/v1/verwijzingen", {
            "type": "geldzorgen", "naar": {"lid": "wpi"},
            "client": self.client, "kenmerk": f"{self.seed}-{n}",
            "grondslag": {"soort": "CONSENT_AVG",
                          "toestemming": self.given["id"]},
            "gegevens": {
                "CONTACT": {"naam": {"achternaam": "Verzonnen"},
                            "telefoon": "0612345678"},
                "REQUEST": {"tekst": "Overzicht."}}})
        need(f"send: {status} {made}", status in (200, 201, 202, 403))
        if status == 403:
            return
        self.sent.append(made["id"])
        if n % ACCEPTS == 0:
            self.offered.put(made["id"])

    def send_all(self):
        line = Line(self.sender)
        while True:
            with self.lock:
                n, self.next = self.next, self.next + 1
            if n >= self.sends:
                return
            if n == self.at:
                self.moment.set()
            self.send(line, n)

    def accept_all(self):
        """As soon as each is there; those that never come are tried on."""
        line = Line(self.wpi)
        while not self.over.is_set():
            try:
                case = self.offered.get(timeout=0.05)
            except queue.Empty:
                continue
            status, made = line.post(
                f"/v1/verwijzingen/{case}/gebeurtenissen",
                {"soort": "accepteren"})
            need(f"accept: {status} {made}",
                 status in (200, 201, 202, 403, 404, 409))
            if status == 404:
                self.offered.put(case)
                time.sleep(0.005)

    def guarded(self, work):
        try:
            work()
        except Failed as failed:
            self.failed = failed
            self.moment.set()

    def withdraw(self):
        desk = self.dice.choice(["buurtteam", "politie", "wpi"])
        line = Line(self.stage.adapters[desk])
        if desk == "buurtteam":
            path, body = (f"/v1/toestemmingen/{self.given['id']}/intrekking",
                          {})
        else:
            path, body = "/v1/intrekkingen", {"code": self.code}
        status, made = line.post(path, body)
        need(f"withdraw at {desk}: {status} {made}",
             status in (200, 201, 202))
        return desk

    def disturb(self):
        """Kill a program at some moment, in some of the races."""
        victim = self.dice.choice([None, None, self.wpi.program,
                                   self.stage.broker])
        if victim is None:
            return "nobody"
        time.sleep(self.dice.random() * 0.5)
        if victim.is_running():
            victim.process.send_signal(signal.SIGKILL)
        return victim.name

    def run(self):
        """(desk, killed), when nothing is under way any more."""
        self.consent()
        senders = [threading.Thread(target=self.guarded,
                                    args=(self.send_all,))
                   for _ in range(SENDERS)]
        acceptor = threading.Thread(target=self.guarded,
                                    args=(self.accept_all,))
        for thread in [*senders, acceptor]:
            thread.start()
        try:
            self.moment.wait(120)
            desk = self.withdraw()
            killed = self.disturb()
            for thread in senders:
                thread.join()
            self.settle()
        finally:
            self.over.set()
            acceptor.join()
        if self.failed:
            raise self.failed
        return desk, killed

    def ending(self):
        _, now = self.sender.json(
            "GET", f"/v1/toestemmingen/{self.given['id']}", timeout=30)
        return now.get("intrekking")

    def settle(self):
        """Carried through; then whatever is on its way comes, or not."""
        for adapter in self.stage.adapters.values():
            self.stage.wait_connected(adapter)
        wait_for("it is carried through", lambda: (
            lambda end: end and end["doorgevoerd"])(self.ending()), 120)
        wait_for("the outboxes are empty", lambda: all(
            a.metric("wijkhub_outbox_rows") == 0
            for a in (self.sender, self.wpi)), 60)
        wait_for("WPI's system knows all", lambda: self.wpi.metric(
            "wijkhub_jobs_waiting") == 0, 60)

    def received(self, known):
        """What WPI has that no earlier race had: it lists the newest first."""
        line, path = Line(self.wpi), "/v1/verwijzingen?richting=ontvangen"
        found = []
        while path:
            status, page = line.ask("GET", path)
            need(f"list: {status} {page}", status == 200)
            new = [r["id"] for r in page["resultaten"] if r["id"] not in known]
            found += new
            path = page.get("volgende") if new else None
        return [line.ask("GET", f"/v1/verwijzingen/{case}")[1]
                for case in found]

    def history(self, known, calls):
        end, line = self.ending(), Line(self.sender)
        accepted = {case for case in self.sent if line.ask(
            "GET", f"/v1/verwijzingen/{case}")[1]["status"] != "DISCARDED"}
        dossiers = self.received(known)
        mine = {d["id"] for d in dossiers} | set(self.sent)
        return History(
            sender=self.sender.member, recorded=ms(end["vastgelegd"]),
            carried=ms(end["doorgevoerd"]), sent=set(self.sent),
            accepted=accepted, reach={(m["verwijzing"], m["bericht"])
                                      for m in end["bereik"]},
            counts=end["aantallen"], dossiers=dossiers,
            calls=[c for c in calls if c.case in mine])


@dataclasses.dataclass
class Total:
    """What all races came to."""
    known: set = dataclasses.field(default_factory=set)
    histories: list = dataclasses.field(default_factory=list)
    wrong: list = dataclasses.field(default_factory=list)  # seeds
    noticed: int = 0  # races in which a hub that does not ask is found out

    def judge(self, seed, history):
        found = faults(history)
        for line in found[:SHOWN]:
            print(f"seed {seed}: FAULT: {line}", flush=True)
        if found:
            self.wrong.append(seed)

    def add(self, seed, history):
        self.judge(seed, history)
        self.noticed += bool(faults(without_asking(history)))
        self.known |= {d["id"] for d in history.dossiers}
        self.histories.append((seed, history))

    def count(self, event):
        return sum(e["soort"] == event for _, h in self.histories
                   for d in h.dossiers for e in d["gebeurtenissen"])


def tell(seed, desk, killed, history, sends, seconds):
    identities = sum(e["soort"] == "identiteit" for d in history.dossiers
                     for e in d["gebeurtenissen"])
    print(f"seed {seed}: at {desk}, killed {killed}, {len(history.accepted)} "
          f"of {sends} accepted, {len(history.dossiers)} arrived, "
          f"{identities} with identity, {len(history.calls)} calls to WPI's "
          f"system, carried through in {history.carried - history.recorded} "
          f"ms, {history.counts}; {seconds:.1f} s", flush=True)


def afterwards(stage, partner, total):
    """Nothing came to WPI's system in the time of later races either."""
    strange = [c for c in partner.calls if c.case not in total.known]
    need(f"FAILED: calls about what WPI does not have: {strange[:SHOWN]}",
         not strange)
    about = collections.defaultdict(list)
    for call in partner.calls:
        about[call.case].append(call)
    for seed, history in total.histories:
        calls = [c for d in history.dossiers for c in about[d["id"]]]
        if seed not in total.wrong:
            total.judge(seed, dataclasses.replace(history, calls=calls))
    stage.wijkhub("audit", "verify", stage.broker_dir)


def race_all(folder, seeds, sends, first, partner):
    total = Total()
    with Stage(os.path.join(folder, "stage"),
               targets={"wpi": partner.url},
               settings={"politie": {"besluit": "NW-1"}, "wpi": {
                   "actor": "77777777-7777-4777-8777-777777777777"}}) as stage:
        stage.start()
        for seed in range(first, first + seeds):
            began = time.monotonic()
            race = Race(stage, seed, sends)
            try:
                desk, killed = race.run()
                history = race.history(total.known, partner.calls)
            except (Failed, OSError) as failed:
                raise Failed(f"seed {seed}: {failed}") from failed
            tell(seed, desk, killed, history, sends,
                 time.monotonic() - began)
            total.add(seed, history)
        afterwards(stage, partner, total)
    return total


def judge(total, partner, seeds, sends):
    if total.wrong:
        raise Failed(f"FAILED: effects after doorgevoerd, or a reach that does "
                     f"not add up, with seeds {sorted(total.wrong)}")
    raced = (f"{total.count('aanbieden')} arrivals, "
             f"{total.count('identiteit')} identities, "
             f"{len(partner.calls)} calls to WPI's system")
    need(f"FAILED: nothing was raced: {raced}; take more seeds",
         total.count("identiteit") > 0 and partner.calls and total.noticed)
    print(f"OK: {seeds} races of {sends} referrals: {raced}; none after "
          f"doorgevoerd, all erased, every reach adds up. In {total.noticed} "
          "a hub that says so without asking would have been found out.")


def main():
    seeds, sends, first = (
        [int(a) for a in sys.argv[1:]] + [5, 1000, 1][len(sys.argv) - 1:])
    folder = tempfile.mkdtemp(prefix="wijkhub-race-")
    partner = TimedPartner(first)
    try:
        total = race_all(folder, seeds, sends, first, partner)
        judge(total, partner, seeds, sends)
    except Failed as failed:
        print(failed, file=sys.stderr)
        sys.exit(1)
    finally:
        partner.close()
        if os.environ.get("WIJKHUB_KEEP"):
            print("kept", folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)


main()
