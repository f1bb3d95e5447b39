# SPDX-License-Identifier: EUPL-1.2
"""What is wrong with the history of one withdrawal; see withdraw_race.sh.

Pure: it gets what the programs stored and said, and judges by their times,
which are those of one machine's clock. withdraw_check_test.py plants a fault
of each kind in a history and demands that it is found.
"""
import collections
import dataclasses
import datetime

NOTICE = ("PATCH", {"status": "verwerkt",
                    "toelichting": "Verwijzing ingetrokken"})


def ms(text):
    """Of RFC 3339 with milliseconds, as the API and the dossiers have it."""
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round(at.timestamp() * 1000)


@dataclasses.dataclass
class Call:
    """What reached the recipient's own system: the moment of its last byte."""
    at_ms: int
    case: str  # None: nobody can tell of which referral it is
    method: str
    path: str
    body: object

    def is_notice(self):
        """That it was withdrawn, and nothing of what was referred."""
        return (self.method, self.body) == NOTICE


@dataclasses.dataclass
class History:
    sender: str
    recorded: int   # vastgelegd
    carried: int    # doorgevoerd
    sent: set       # cases that the sender's adapter took
    accepted: set   # of those, what the hub did not refuse
    reach: set      # (case, message) that the withdrawal names
    counts: dict    # reach -> how many, as it says
    dossiers: list  # all that the recipient has of this resident, as stored
    calls: list     # of the recipient's adapter to its own system


def _arrivals(dossier, sender):
    return [e for e in dossier["gebeurtenissen"] if e["door"] == sender]


def _of_dossier(dossier, history):
    case = dossier["id"]
    arrivals = _arrivals(dossier, history.sender)
    if case not in history.sent:
        yield f"{case} was never sent"
    if not any(e["soort"] == "aanbieden" for e in arrivals):
        yield f"{case} has no arrival"
    for event in arrivals:
        late = ms(event["op"]) - history.carried
        if late > 0:
            yield (f"{case}: {event['soort']} arrived {late} ms after "
                   "doorgevoerd")
    if "gewistOp" not in dossier:
        yield f"{case} is not erased"
    elif ms(dossier["gewistOp"]) > history.carried:
        yield (f"{case} was erased {ms(dossier['gewistOp']) - history.carried}"
               " ms after doorgevoerd")
    if dossier["gegevens"] or any(
            e.get("gegevens") or e.get("toelichting") for e in arrivals):
        yield f"{case} can be read"


def _of_call(call, history):
    if call.is_notice() or call.at_ms <= history.carried:
        return
    yield (f"{call.case}: {call.method} {call.path} reached the partner's "
           f"system {call.at_ms - history.carried} ms after doorgevoerd")


def _of_sums(history):
    """A message each: the offer, and the identity where it was accepted."""
    total = sum(history.counts.values())
    messages = collections.Counter(case for case, _ in history.reach)
    if len(history.reach) != total:
        yield f"{len(history.reach)} in the reach: {history.counts}"
    if set(messages) != history.accepted:
        yield (f"the reach leaves out {history.accepted - set(messages)} and "
               f"has {set(messages) - history.accepted}")
    for dossier in history.dossiers:
        there = len(_arrivals(dossier, history.sender))
        taken = any(e["soort"] == "accepteren"
                    for e in dossier["gebeurtenissen"])
        if not there <= messages[dossier["id"]] <= (2 if taken else 1):
            yield (f"{dossier['id']}: {there} arrived, "
                   f"{messages[dossier['id']]} in the reach")


def faults(history):
    """Each a line; none when it is as claimed."""
    found = [line for dossier in history.dossiers
             for line in _of_dossier(dossier, history)]
    found += [line for call in history.calls
              for line in _of_call(call, history)]
    if history.carried < history.recorded:
        found.append("doorgevoerd before vastgelegd")
    return found + list(_of_sums(history))


def without_asking(history):
    """The same, as a hub would tell it that says doorgevoerd at once."""
    return dataclasses.replace(history, carried=history.recorded)
