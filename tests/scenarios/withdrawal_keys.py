# SPDX-License-Identifier: EUPL-1.2
"""See withdrawal_keys.sh."""
import os
import shutil
import sys
import tempfile

from rotation import Alliance, key_id, until_logged
from stage import Failed, Stage, wait_for
from withdrawal import (carried, case_at, consent, ending, need, post, refer,
                        withdraw)


def revoke(stage, alliance, member, owner_has_it=True):
    """Its signing key is out of the register; the owner has the next one."""
    clean = stage.path(f"clean-{alliance.version}")
    stolen = key_id(stage, member, "SIGNING")
    shutil.copytree(stage.path("keys"), clean)
    stage.wijkhub("keygen", "member", member, "--dir", clean, "--rotate",
                  "signing")
    alliance.sign(clean, "--revoke", stolen)
    want = f"register {alliance.version}\n"
    wait_for(want, lambda: want in stage.wijkhub("status", stage.control))
    if not owner_has_it:
        return
    for suffix in ("pub", "secret"):
        name = f"{member}.{suffix}"
        os.replace(os.path.join(clean, name), stage.path("keys", name))


def arrived(stage, client, mark):
    """An offer that WPI has, and that is all that it hears for now."""
    sender, wpi = stage.adapters["buurtteam"], stage.adapters["wpi"]
    given = consent(sender, client)
    case = refer(sender, given, client, mark)
    wait_for("it arrives", lambda: case_at(wpi, case))
    stage.hold(wpi.program)
    return given, case


def comes_through(stage, given, case):
    """Without a hand: the recipient is back, erases, and reports."""
    sender, wpi = stage.adapters["buurtteam"], stage.adapters["wpi"]
    end = ending(sender, given)
    need(f"{end}", end["doorgevoerd"] is None and end["openstaand"] == ["wpi"])
    stage.release(wpi.program)
    end = carried(sender, given)
    need(f"{end}", end["openstaand"] == [])
    seen = case_at(wpi, case)
    need(f"{seen}", seen["status"] == "WITHDRAWN" and seen["gegevens"] == {}
         and "gewistOp" in seen)


def signer_has_another_key(stage, alliance):
    sender = stage.adapters["buurtteam"]
    given, case = arrived(stage, "H-1", "h-1")
    withdraw(sender, given)
    wait_for("it is recorded", lambda: ending(sender, given)["vastgelegd"])
    revoke(stage, alliance, "buurtteam")
    comes_through(stage, given, case)


def signer_is_gone(stage, alliance):
    """By code at the police, which is never heard of again."""
    sender, police = stage.adapters["buurtteam"], stage.adapters["politie"]
    given, case = arrived(stage, "J-1", "j-1")
    post(police, "/v1/intrekkingen",
         {"code": given["ontvangstbewijs"]["intrekkingscode"]}, 201, 202)
    wait_for("the capturer carried it through", lambda: (
        lambda end: end and end["openstaand"] == ["wpi"])(
            ending(sender, given)))
    stage.hold(police.program)
    revoke(stage, alliance, "politie", owner_has_it=False)
    comes_through(stage, given, case)
    until_logged(stage, "wpi", "END-NOT-CARRIED by=politie cause=key")


def main():
    with tempfile.TemporaryDirectory() as folder:
        try:
            with Stage(os.path.join(folder, "stage"),
                       settings={"politie": {"besluit": "NW-1"},
                                 "wpi": {"uitgaand": "nee"}}) as stage:
                stage.start()
                alliance = Alliance(stage)
                for part in (signer_has_another_key, signer_is_gone):
                    part(stage, alliance)
                    print(f"{part.__name__}: ok", flush=True)
                stage.wijkhub("audit", "verify", stage.broker_dir)
        except Failed as failed:
            print(failed, file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main()
