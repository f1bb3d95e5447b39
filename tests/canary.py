# SPDX-License-Identifier: EUPL-1.2
"""See canary.sh."""
import os
import shutil
import subprocess
import sys
import tempfile
import threading

import story
from partners import Partner
from stage import Failed, Stage, wait_for

# What identifies the made-up people of the story and the samples, in the
# encodings that a careless program would leave behind.
CANARIES = ["Voorbeeld", "Verzonnen", "Fictief", "0612345678", "0687654321",
            "Slotermeerlaan", "sanne@voorbeeld.example", "999990202",
            "1987-04-19", "19870419", "aan de noordkant", "ongeopende post",
            "Drie schuldeisers", "Toeslagen nalopen", "BT-4711", "BT-4713"]


def needles():
    for text in CANARIES:
        yield text.encode()
        yield text.encode("utf-16-le")


def holds(content):
    """The first canary in these bytes, or None."""
    return next((n for n in needles() if n in content), None)


def search_file(path):
    with open(path, "rb") as file:
        found = holds(file.read())
    return [f"{path} holds {found!r}"] if found else []


def search_tree(folder):
    """File names and contents below folder."""
    found = []
    for at, _, names in os.walk(folder):
        for name in names:
            if holds(name.encode()):
                found.append(f"{at}: a file name holds a canary")
            if not os.path.islink(os.path.join(at, name)) and \
                    os.path.isfile(os.path.join(at, name)):
                found += search_file(os.path.join(at, name))
    return found


def dump_while_busy(stage, where):
    """A core of the broker while referrals pass through it."""
    sender = stage.adapters["buurtteam"]
    given = story.consent(sender, "BT-4714", "wpi", "regelingen",
                          ["CONTACT", "REQUEST"])
    ending = threading.Event()

    def pour():
        n = 0
        while not ending.is_set():
            n += 1
            sender.json("POST", "/v1/verwijzingen", {
                "type": "regelingen", "naar": {"lid": "wpi"},
                "client": "BT-4714", "kenmerk": f"BT-KAN-{n}",
                "grondslag": {"soort": "CONSENT_AVG",
                              "toestemming": given["id"]},
                "gegevens": {
                    "CONTACT": {"naam": {"achternaam": "Fictief"}},
                    "REQUEST": {"tekst": "Toeslagen nalopen"}}})

    pourers = [threading.Thread(target=pour) for _ in range(4)]
    for pourer in pourers:
        pourer.start()
    try:
        wait_for("referrals pass", lambda: len(
            stage.adapters["wpi"].referrals("ontvangen")) > 5)
        subprocess.run(["gcore", "-o", os.path.join(where, "core"),
                        str(stage.broker.pid)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    finally:
        ending.set()
        for pourer in pourers:
            pourer.join()


def write_metrics(stage, where):
    with open(os.path.join(where, "metrics"), "wb") as file:
        file.write(stage.wijkhub("metrics", stage.control).encode())
        for adapter in stage.adapters.values():
            file.write(adapter.call("GET", "/metrics")[2])
            file.write(adapter.call("GET", "/healthz")[2])


def planted(where):
    """The search itself must find a canary where there is one."""
    folder = os.path.join(where, "planted")
    os.makedirs(folder)
    for n, needle in enumerate((b"x Voorbeeld y",
                                "0612345678".encode("utf-16-le"))):
        path = os.path.join(folder, f"{n}.log")
        with open(path, "wb") as file:
            file.write(b"\0" * 5000 + needle)
        if not search_file(path):
            raise Failed("the search does not find a planted canary")
    shutil.rmtree(folder)


def main():
    where = tempfile.mkdtemp(prefix="wijkhub-canary-")
    partners = {kind: Partner(kind) for kind in story.KINDS}
    try:
        planted(where)
        with Stage(os.path.join(where, "alliance"),
                   targets={k: p.url for k, p in partners.items()},
                   settings=lambda d: story.settings(partners, d)) as stage:
            stage.start()
            story.play(stage, partners)
            if shutil.which("gcore") is None:
                raise Failed("gcore is missing: run ops/install-deps")
            dump_while_busy(stage, where)
            write_metrics(stage, where)
        cores = [n for n in os.listdir(where) if n.startswith("core")]
        if not cores:
            raise Failed("there is no core dump to look into")
        found = search_tree(where)
        for line in found:
            print("FOUND:", line)
        return 1 if found else 0
    finally:
        for partner in partners.values():
            partner.close()
        shutil.rmtree(where, ignore_errors=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as error:
        print("FAILED:", error)
        sys.exit(1)
