# SPDX-License-Identifier: EUPL-1.2
"""Claim: fault/withdraw_check.py finds every kind of late effect and every sum
that does not add up: one is planted at a time in a history that is as claimed.
"""
import copy
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "fault"))
sys.dont_write_bytecode = True
from withdraw_check import Call, History, faults, ms, without_asking  # noqa: E402

DAY = "2026-11-27T10:00:"
CASES = ["offered", "accepted", "recalled"]
NEWS = {"status": "verwerkt", "toelichting": "Verwijzing ingetrokken"}


def event(kind, by, second):
    return {"soort": kind, "door": by, "op": f"{DAY}{second}Z"}


def dossier(case, *events):
    return {"id": case, "gegevens": {}, "gewistOp": f"{DAY}05.200Z",
            "gebeurtenissen": [event("aanbieden", "buurtteam", "01.000"),
                               *events, event("gewist", "wpi", "05.200"),
                               event("ingetrokken", "hub", "07.000")]}


def as_claimed():
    """One offered, one accepted with its identity and a task, one recalled;
    recorded at 5.000, carried through at 5.201."""
    return History(
        sender="buurtteam", recorded=ms(DAY + "05.000Z"),
        carried=ms(DAY + "05.201Z"), sent=set(CASES), accepted=set(CASES),
        reach={(case, case) for case in CASES} | {("accepted", "identity")},
        counts={"ERASURE_CONFIRMED": 1, "READ_RECIPIENT_NOTIFIED": 2,
                "RECALLED_BEFORE_DELIVERY": 1},
        dossiers=[
            dossier("offered"),
            dossier("accepted", event("accepteren", "wpi", "02.000"),
                    event("identiteit", "buurtteam", "03.000"))],
        calls=[Call(ms(DAY + "04.000Z"), "accepted", "POST",
                    "/maak-klantcontact", {"betrokkene": {}}),
               Call(ms(DAY + "08.000Z"), "accepted", "PATCH",
                    "/internetaken/1", dict(NEWS))])


def late_offer(h):
    h.dossiers[0]["gebeurtenissen"][0]["op"] = DAY + "05.202Z"


def late_identity(h):
    h.dossiers[1]["gebeurtenissen"][2]["op"] = DAY + "06.000Z"


def not_erased(h):
    del h.dossiers[0]["gewistOp"]


def erased_late(h):
    h.dossiers[1]["gewistOp"] = DAY + "05.202Z"


def readable(h):
    h.dossiers[1]["gegevens"] = {"CONTACT": {}}


def text_left(h):
    h.dossiers[0]["gebeurtenissen"][0]["toelichting"] = "Verzonnen"


def from_nowhere(h):
    h.dossiers.append(dossier("strange"))


def late_call(h):
    h.calls[0].at_ms = h.carried + 1


def notice_with_more(h):
    h.calls[1].body["gevraagdeHandeling"] = "Bel Verzonnen"


def notice_elsewhere(h):
    h.calls[1].method = "POST"


def unnamed(h):
    h.reach.remove(("offered", "offered"))
    h.counts["ERASURE_CONFIRMED"] -= 1


def uncounted(h):
    h.counts["ERASURE_CONFIRMED"] -= 1


def unarrived_identity(h):
    h.reach.remove(("accepted", "identity"))
    h.counts["READ_RECIPIENT_NOTIFIED"] -= 1


def identity_of_none(h):
    h.reach.add(("offered", "identity"))
    h.counts["READ_RECIPIENT_NOTIFIED"] += 1


def discarded(h):
    h.accepted.remove("recalled")


def backwards(h):
    h.recorded = h.carried + 1


PLANTED = {
    late_offer: "aanbieden arrived 1 ms after", late_identity: "identiteit "
    "arrived 799 ms after", not_erased: "is not erased",
    erased_late: "was erased 1 ms after", readable: "can be read",
    text_left: "can be read", from_nowhere: "was never sent",
    late_call: "reached the partner's system 1 ms after",
    notice_with_more: "reached the partner's system",
    notice_elsewhere: "reached the partner's system",
    unnamed: "the reach leaves out {'offered'}", uncounted: "in the reach",
    unarrived_identity: "2 arrived, 1 in the reach",
    identity_of_none: "1 arrived, 2 in the reach",
    discarded: "and has {'recalled'}", backwards: "before vastgelegd"}


def main():
    failed = []
    if faults(as_claimed()):
        failed.append(f"as claimed: {faults(as_claimed())}")
    if not faults(without_asking(as_claimed())):
        failed.append("a hub that does not ask was not found out")
    for plant, words in PLANTED.items():
        history = copy.deepcopy(as_claimed())
        plant(history)
        if not any(words in line for line in faults(history)):
            failed.append(f"{plant.__name__}: {faults(history)}")
    for line in failed:
        print(line, file=sys.stderr)
    print(f"{len(PLANTED) + 1 - len(failed)} planted faults found")
    return 1 if failed else 0


sys.exit(main())
