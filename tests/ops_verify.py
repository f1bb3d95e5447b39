# SPDX-License-Identifier: EUPL-1.2
"""Claim: wijkhub-verify says yes to what others proved, and no to the rest.

Every file of tests/vectors/notes and tests/vectors/tessera_log goes through
the program, in the roles that it has: the verdicts of INDEX.txt, keys that
nobody may believe, and a receipt for each entry of a real log at each of its
sizes, made from its tiles by the few lines of RFC 9162 below, which share no
code with ours. Then: the program is static, and confined from its start.

    ops_verify.py PROGRAM...    each of them must give the same answers
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NOTES = os.path.join(HERE, "vectors", "notes")
LOG = os.path.join(HERE, "vectors", "tessera_log")
LOG_KEY = ("example.com/log/testdata+33d7b496+"
           "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
OTHER_KEY = ("PeterNeumann+c74f20a3+"
             "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")

failures = []
runs = 0


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def write(name, content):
    with open(name, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return name


def check(what, holds):
    if not holds:
        failures.append(what)


def ask(program, status, what, *args):
    """Run it; its exit status must be STATUS. Returns the JSON answer."""
    global runs
    runs += 1
    done = subprocess.run([*program, *args, "--json"], capture_output=True,
                          check=False)
    check(f"{what}: status {done.returncode}, not {status}: "
          f"{done.stdout!r} {done.stderr!r}", done.returncode == status)
    answer = json.loads(done.stdout) if done.stdout else {}
    check(f"{what}: ok and the status disagree",
          answer.get("ok") == (status == 0))
    return answer


def policy_of(vkeys):
    """The keys, and every one of the witnesses among them is asked for."""
    lines, names = [], []
    for vkey in vkeys:
        # The type is the first byte of the key.
        if base64.b64decode(vkey.split("+", 2)[2])[0] == 4:
            names.append(f"w{len(names)}")
            lines.append(f"witness {names[-1]} {vkey}")
        else:
            lines.append(f"log {vkey}")
    if names:
        lines.append(f"group all-of-them all {' '.join(names)}")
    lines.append(f"quorum {'all-of-them' if names else 'none'}")
    return "\n".join(lines) + "\n"


def check_index(program):
    listed = {"INDEX.txt", "bad_vkeys.txt", "generated.policy",
              "litewitness_transcript.txt"}
    write("seven", "seven")
    for line in read(NOTES, "INDEX.txt").decode().splitlines():
        if line.startswith("#") or not line:
            continue
        name, want, vkeys = line.split(" | ")[:3]
        listed.add(name)
        write("policy", policy_of(vkeys.split()))
        how = (["--entry", "seven"] if name.endswith(".tlog-proof")
               else ["--note"])
        ask(program, 0 if want.startswith("ok") else 1, name,
            os.path.join(NOTES, name), "--policy", "policy", *how)
        # Under a policy of somebody else's keys nothing holds.
        write("policy", policy_of([LOG_KEY if "Peter" in vkeys or
                                   "foo" in vkeys else OTHER_KEY]))
        ask(program, 1, f"{name} under other keys",
            os.path.join(NOTES, name), "--policy", "policy", *how)
    check(f"not in INDEX.txt: {set(os.listdir(NOTES)) - listed}",
          set(os.listdir(NOTES)) == listed)


def check_keys(program):
    for line in read(NOTES, "bad_vkeys.txt").decode().splitlines():
        if line.startswith("#"):
            continue
        write("policy", f"log {line}\nquorum none\n")
        ask(program, 2, f"key {line}", os.path.join(NOTES, "go-peter.note"),
            "--policy", "policy", "--note")


def check_transcript(program):
    """A checkpoint in it holds exactly when the witness did not say 403."""
    text = read(NOTES, "litewitness_transcript.txt").decode()
    key = bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9ab"
                        "fd796083d1f0495437f302ec79cf100f")
    origin = "sigsum.org/v1/tree/" + hashlib.sha256(key).hexdigest()
    name_id = hashlib.sha256(origin.encode() + b"\n\x01" + key).digest()[:4]
    encoded = base64.b64encode(b"\x01" + key).decode()
    vkey = f"{origin}+{name_id.hex()}+{encoded}"
    write("policy", f"log {vkey}\nquorum none\n")
    requests = re.findall(r"```\n(.*?)```\nHTTP (\d+)", text, re.S)
    check("the transcript has 9 requests", len(requests) == 9)
    for number, (request, status) in enumerate(requests):
        note = request.split("\n\n", 1)[1]
        ask(program, 1 if status == "403" else 0, f"request {number}",
            write("note", note), "--policy", "policy", "--note")


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(count):
    return 1 << (count - 1).bit_length() - 1


def root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def path(index, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return path(index, leaves[:k]) + [root(leaves[k:])]
    return path(index - k, leaves[k:]) + [root(leaves[:k])]


def receipt(index, hashes, checkpoint):
    lines = ["c2sp.org/tlog-proof@v1", f"index {index}"]
    lines += [base64.b64encode(h).decode() for h in hashes]
    return "\n".join(lines).encode() + b"\n\n" + checkpoint


def bundle(size):
    """The entries of an entry bundle: two bytes of length, then the entry."""
    data, entries = read(LOG, f"tile_entries_000.p_{size}"), []
    while data:
        length = int.from_bytes(data[:2], "big")
        entries.append(data[2:2 + length])
        data = data[2 + length:]
    return entries


def check_log(program):
    write("policy", f"log {LOG_KEY}\nquorum none\n")
    write("others", f"log {OTHER_KEY}\nquorum none\n")
    for size in range(16):
        name = os.path.join(LOG, f"checkpoint.{size}")
        answer = ask(program, 0, f"checkpoint {size}", name, "--policy",
                     "policy", "--note")
        check(f"checkpoint {size}: its size", answer.get("size") == size)
        ask(program, 1, f"checkpoint {size}, other key", name, "--policy",
            "others", "--note")
        # A checkpoint is no receipt, whoever calls it one.
        ask(program, 1, f"checkpoint {size} as a receipt", name, "--policy",
            "policy")
        if size > 0:
            check_size(program, size, answer)


def check_size(program, size, answer):
    entries, tile = bundle(size), read(LOG, f"tile_0_000.p_{size}")
    leaves = [tile[at:at + 32] for at in range(0, len(tile), 32)]
    checkpoint = read(LOG, f"checkpoint.{size}")
    check(f"size {size}: entries and tile",
          leaves == [hashlib.sha256(b"\0" + e).digest() for e in entries])
    check(f"size {size}: the tile and the signed root",
          answer.get("root") == root(leaves).hex())
    for index, entry in enumerate(entries):
        what = f"entry {index} of {size}"
        hashes = path(index, leaves)
        good = write("receipt", receipt(index, hashes, checkpoint))
        write("entry", entry)
        told = ask(program, 0, what, good, "-p", "policy", "-e", "entry")
        check(f"{what}: its number",
              told.get("entry", {}).get("index") == index)
        write("entry", entry + b"x")
        ask(program, 1, f"{what}, changed", good, "-p", "policy", "-e",
            "entry")
        write("entry", entry)
        for other in {(index + 1) % size, index ^ 1, size} - {index}:
            write("receipt", receipt(other, hashes, checkpoint))
            ask(program, 1, f"{what} as {other}", "receipt", "-p", "policy",
                "-e", "entry")
        older = read(LOG, f"checkpoint.{size - 1}")
        write("receipt", receipt(index, hashes, older))
        ask(program, 1, f"{what} under an older head", "receipt", "-p",
            "policy", "-e", "entry")


def check_static(program):
    """No loader and no library: it is what was built, wherever it is."""
    headers = subprocess.run(["readelf", "-lWd", program],
                             capture_output=True, text=True, check=True).stdout
    check("it asks for a loader", "INTERP" not in headers)
    check("it asks for libraries", "NEEDED" not in headers)


def check_confined(program):
    """It has given up the rest before it opens its first file: a pipe, here,
    that nobody writes to yet."""
    os.mkfifo("pipe")
    with subprocess.Popen([*program, "pipe", "-p", "pipe"],
                          stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as child:
        with open("pipe", "wb"):  # returns when the other side is open
            with open(f"/proc/{child.pid}/status", encoding="ascii") as file:
                status = file.read()
        child.communicate()
    check("no filter is installed", re.search(r"^Seccomp:\t2$", status, re.M))
    check("it could gain privileges",
          re.search(r"^NoNewPrivs:\t1$", status, re.M))
    check("a pipe is no policy", child.returncode == 2)
    os.unlink("pipe")


def check_usage(program):
    proof = os.path.join(NOTES, "generated-index6.tlog-proof")
    policy = os.path.join(NOTES, "generated.policy")
    for args in ([], [proof], ["-p", policy], [proof, proof, "-p", policy],
                 [proof, "-p", policy, "--loud"]):
        done = subprocess.run([*program, *args], capture_output=True,
                              check=False)
        check(f"usage {args}: {done.returncode}", done.returncode == 2)
    for args in ([proof, "-p", "absent"], ["absent", "-p", policy],
                 [proof, "-p", policy, "-e", "absent"], [proof, "-p", proof],
                 ["/dev/null", "-p", policy], [".", "-p", policy]):
        ask(program, 2, f"files {args}", *args)
    # Without its entry a receipt proves nothing, and that is a no.
    ask(program, 1, "no entry", proof, "-p", policy)
    ask(program, 1, "an empty file", write("empty", ""), "-p", policy)


def main():
    with tempfile.TemporaryDirectory() as folder:
        programs = [p.split() for p in sys.argv[1:]]
        programs = [[os.path.abspath(p[0]), *p[1:]] for p in programs]
        os.chdir(folder)
        check_static(programs[0][0])
        for number, program in enumerate(programs):
            check_index(program)
            check_usage(program)
            check_confined(program)
            check_transcript(program)
            if number == 0:
                check_keys(program)
                check_log(program)
    for failure in failures:
        print(failure)
    print(f"{runs} runs, {len(failures)} failures")
    sys.exit(1 if failures else 0)


main()
