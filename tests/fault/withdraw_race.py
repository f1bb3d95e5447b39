# SPDX-License-Identifier: EUPL-1.2
"""See withdraw_race.sh."""
import http.client
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time

from stage import Failed, Stage, wait_for

SENDERS = 6


def need(what, holds):
    if not holds:
        raise Failed(what)


class Line:
    """One kept connection to an adapter; a lost one is opened again."""

    def __init__(self, adapter):
        self.adapter, self.link = adapter, None

    def post(self, path, body):
        data = json.dumps(body)
        for _ in range(200):
            try:
                if self.link is None:
                    host = self.adapter.url.removeprefix("http://")
                    self.link = http.client.HTTPConnection(host, timeout=30)
                self.link.request("POST", path, data, {
                    "Authorization": f"Bearer {self.adapter.token}",
                    "Content-Type": "application/json"})
                answer = self.link.getresponse()
                return answer.status, json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                self.link = None
                time.sleep(0.05)
        raise Failed("the adapter stays away")


class Race:
    """One seed: a consent, its referrals, and the withdrawal among them."""

    def __init__(self, stage, seed, sends):
        self.stage, self.seed, self.sends = stage, seed, sends
        self.dice = random.Random(seed)
        self.sender = stage.adapters["buurtteam"]
        self.wpi = stage.adapters["wpi"]
        self.client = f"R-{seed}"
        self.sent, self.lock = [], threading.Lock()
        self.next = 0
        self.at = self.dice.randrange(1, sends)
        self.failed = None

    def consent(self):
        status, made = self.sender.json("POST", "/v1/toestemmingen", {
            "client": self.client, "soort": "CONSENT_AVG",
            "partijen": ["wpi"], "typen": ["geldzorgen"],
            "categorieen": ["CONTACT", "REQUEST"],
            "vastgelegd": {"hoe": "IN_PERSON", "door": "M. Medewerker"}})
        need(f"{status} {made}", status == 201)
        self.given = made
        self.code = made["ontvangstbewijs"]["intrekkingscode"]

    def send_all(self):
        line = Line(self.sender)
        try:
            while True:
                with self.lock:
                    n, self.next = self.next, self.next + 1
                if n >= self.sends:
                    return
                if n == self.at:
                    self.moment.set()
                status, made = line.post("/v1/verwijzingen", {
                    "type": "geldzorgen", "naar": {"lid": "wpi"},
                    "client": self.client, "kenmerk": f"{self.seed}-{n}",
                    "grondslag": {"soort": "CONSENT_AVG",
                                  "toestemming": self.given["id"]},
                    "gegevens": {
                        "CONTACT": {"naam": {"achternaam": "Verzonnen"}},
                        "REQUEST": {"tekst": "Overzicht."}}})
                need(f"send: {status} {made}",
                     status in (200, 201, 202, 403))
                if status != 403:
                    self.sent.append(made["id"])
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
        self.consent()
        self.moment = threading.Event()
        threads = [threading.Thread(target=self.send_all)
                   for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        self.moment.wait(120)
        desk = self.withdraw()
        killed = self.disturb()
        for thread in threads:
            thread.join()
        if self.failed:
            raise self.failed
        return desk, killed

    def ending(self):
        _, now = self.sender.json(
            "GET", f"/v1/toestemmingen/{self.given['id']}", timeout=30)
        return now.get("intrekking")

    def carried(self):
        return wait_for(f"seed {self.seed} is carried through", lambda: (
            lambda end: end if end and end["doorgevoerd"] else None)(
                self.ending()), 120)

    def here(self, adapter, case):
        status, seen = adapter.json("GET", f"/v1/verwijzingen/{case}")
        return seen if status == 200 else None

    def effects(self):
        """What WPI can read, and what it has at all, of this resident."""
        found, readable = set(), set()
        for case in self.sent:
            seen = self.here(self.wpi, case)
            if seen is not None:
                found.add(case)
                if seen["gegevens"]:
                    readable.add(case)
        return found, readable

    def check(self):
        for adapter in self.stage.adapters.values():
            self.stage.wait_connected(adapter)
        end = self.carried()
        before, readable = self.effects()
        need(f"seed {self.seed}: readable after doorgevoerd: {readable}",
             not readable)
        # Whatever is still on its way comes now, and is refused.
        wait_for("the outboxes are empty", lambda: all(
            a.metric("wijkhub_outbox_rows") == 0
            for a in (self.sender, self.wpi)), 60)
        after, readable = self.effects()
        need(f"seed {self.seed}: effects after doorgevoerd: "
             f"{after - before} {readable}",
             after == before and not readable)
        end = self.ending()
        accepted = [c for c in self.sent
                    if self.here(self.sender, c)["status"] != "DISCARDED"]
        need(f"seed {self.seed}: {len(accepted)} accepted, "
             f"{len(end['bereik'])} in the reach, "
             f"{end['aantallen']}",
             len(end["bereik"]) == len(accepted) ==
             sum(end["aantallen"].values()))
        return len(accepted), end["aantallen"]


def main():
    seeds, sends, first = (
        [int(a) for a in sys.argv[1:]] + [5, 1000, 1][len(sys.argv) - 1:])
    with tempfile.TemporaryDirectory() as folder:
        try:
            with Stage(os.path.join(folder, "stage"),
                       settings={"politie": {"besluit": "NW-1"},
                                 "wpi": {"uitgaand": "nee"}}) as stage:
                stage.start()
                for seed in range(first, first + seeds):
                    race = Race(stage, seed, sends)
                    desk, killed = race.run()
                    accepted, counts = race.check()
                    print(f"seed {seed}: at {desk}, killed {killed}, "
                          f"{accepted} of {sends} accepted, {counts}",
                          flush=True)
                stage.wijkhub("audit", "verify", stage.broker_dir)
        except Failed as failed:
            print(failed, file=sys.stderr)
            sys.exit(1)
    print(f"{seeds} races of {sends} referrals: no effect after doorgevoerd, "
          f"and every reach adds up")


main()
