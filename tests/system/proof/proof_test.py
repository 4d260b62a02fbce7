#!/usr/bin/env python3
"""A unit's report brings the proof that its issuance is in the log: kept when it is one, and exit 5
with evidence whatever else a server says in its place."""
import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from relay import Relay  # noqa: E402

STATE, BIN = Path(os.environ["MINTMARK_STATE"]), Path(os.environ["MINTMARK_BIN"])
ROOT = Path(__file__).resolve().parents[3]
SERVER = os.environ["MINTMARK_SERVER"]
KEYS = STATE / "identities"
PAA = STATE / "attestation" / "paa.pem"
KEPT = STATE / "kept"
done = 0


def ok(what):
    global done
    done += 1
    print(f"ok     {what}", flush=True)


def mintmark(*words):
    return subprocess.run([BIN / "mintmark", *words], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def station(server, *words):
    return mintmark(*words, "--server", server, "--certificate", KEYS / "line1-01.pem", "--key",
                    KEYS / "line1-01.key", "--ca", KEYS / "ca.pem", "--witness", KEPT)


def provision(number):
    folder = STATE / f"unit-{number}"
    run = station(SERVER, "provision", "--order", "WO-1", "--hardware-id",
                  f"60:55:F9:0F:00:{number:02X}", "--allow-class", "test", "-o", folder)
    assert run.returncode == 0, run
    return folder


def report(folder, *words, server=SERVER):
    return station(server, "report", folder, *words, "--json")


def answer(run):
    assert run.returncode == 0, run
    return json.loads(run.stdout)


def record_of(folder):
    return json.loads((folder / "record.json").read_text())["record_id"]


def kept(folder):
    return KEPT / "proofs" / f"{record_of(folder)}.tlog-proof"


def sign_all():
    """An auditor's question has the log signed as it is."""
    run = mintmark("log", "export", "--config", STATE / "aud-1.yaml", "-o", STATE / "exported")
    assert run.returncode == 0, run


def entry_of(text):
    return base64.b64decode(next(line for line in text.split("\n")
                                 if line.startswith("extra ")).split(" ")[1])


def test_honest(first, second):
    said = answer(report(first, "--failed", "--attempt", "1"))
    if said["proof"] is None:  # signed every few seconds, maybe just now
        assert not kept(first).exists()
        ok("accepted before the log's head is signed")
    said = answer(report(first, "--flashed", "--wait", "60"))
    assert said["proof"] == str(kept(first)) and not said["known"], said
    text = kept(first).read_text()
    entry = json.loads(entry_of(text))
    assert text.startswith("c2sp.org/tlog-proof@v1\nextra ") and "quickstart/1" in text
    assert (entry["type"], entry["record"]) == ("device.issued", record_of(first)), entry
    assert kept(first).stat().st_mode & 0o777 == 0o600
    ok("a proof, checked and kept")
    again = answer(report(first, "--flashed"))
    assert again["known"] and again["proof"] == said["proof"] and kept(first).exists()
    ok("the same again")
    unit = json.loads((second / "record.json").read_text())
    sign_all()
    run = station(SERVER, "report", "--order", "WO-1", "--hardware-id",
                  unit["hardware_id"].replace(":", "-"), "--record", unit["record_id"], "--failed",
                  "--json")
    assert answer(run)["proof"] == str(kept(second))
    ok("without the folder")
    shutil.rmtree(KEPT / "proofs")
    run = station(SERVER, "report", second, "--failed", "--no-witness", "--json")
    assert answer(run)["proof"] is None and not kept(second).exists()
    ok("no witness keeps nothing")
    for folder, outcome in ((first, "--flashed"), (second, "--failed")):
        assert answer(report(folder, outcome))["proof"] == str(kept(folder))
    run = mintmark("report", first, "--flashed", "--wait", "1x")
    assert run.returncode == 2 and "--wait" in run.stderr, run
    ok("--wait in words")


def test_example():
    """A stock client keeps it as a file, which anybody with the log's key can check."""
    folder = STATE / "example"
    words = [sys.executable, ROOT / "deploy/examples/station.py", "--server", SERVER,
             "--certificate", KEYS / "line1-01.pem", "--key", KEYS / "line1-01.key", "--ca",
             KEYS / "ca.pem", "--order", "WO-1", "--hardware-id", "60:55:f9:0f:01:01",
             "--allow-class", "test", "-o", folder]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    sign_all()
    subprocess.run([*words, "--report", "flashed"], check=True, stdout=subprocess.DEVNULL)
    run = mintmark("log", "check-proof", folder / "issuance.tlog-proof", "--log-key",
                   KEPT / "log-key")
    assert run.returncode == 0 and "unit=60:55:f9:0f:01:01" in run.stdout, run
    ok("a stock client's proof")


def replace_line(text, prefix, line):
    return "\n".join(line if old.startswith(prefix) else old for old in text.split("\n"))


def other_entry(text):
    entry = entry_of(text).replace(b'"order":"WO-1"', b'"order":"WO-2"')
    return replace_line(text, "extra ", "extra " + base64.b64encode(entry).decode())


def other_hash(text):
    lines = text.split("\n")
    lines[3] = base64.b64encode(bytes(32)).decode()
    return "\n".join(lines)


LIES = {  # what: (change of the proof's text, reason)
    "no proof at all": (lambda text: "proof", "PROOF_WRONG"),
    "cut off": (lambda text: text[:-60], "PROOF_WRONG"),
    "without its entry": (lambda text: "\n".join(
        line for line in text.split("\n") if not line.startswith("extra ")), "PROOF_WRONG"),
    "another entry": (other_entry, "PROOF_WRONG"),
    "another hash": (other_hash, "PROOF_WRONG"),
    "another index": (lambda text: replace_line(text, "index ", "index 3"), "PROOF_WRONG"),
    "a checkpoint of another log": (lambda text: text.replace("quickstart/1", "quickstart/2"),
                                    "PROOF_WRONG"),
    "a checkpoint nobody signed": (lambda text: text.replace("\n\nquickstart/1\n",
                                                             "\n\nquickstart/1\n1"), "PROOF_WRONG"),
}


def alarm(what, folder, relay, reason):
    before = kept(folder).read_text() if kept(folder).exists() else None
    checkpoint = (KEPT / "checkpoint").read_text()
    run = report(folder, "--failed", server=relay.address)
    assert run.returncode == 5, f"{what}: {run}"
    error = json.loads(run.stdout)["error"]
    assert error["reason"] == reason, f"{what}: {error}"
    assert (kept(folder).read_text() if kept(folder).exists() else None) == before
    assert (KEPT / "checkpoint").read_text() == checkpoint
    (KEPT / "evidence").unlink()
    ok(f"{what}: {error['message']}")


def test_lies(folder, other):
    relay = Relay(KEYS, SERVER)
    assert answer(report(folder, "--failed", server=relay.address))["proof"] == str(kept(folder))
    ok("an honest relay")
    for what, (lie, reason) in LIES.items():
        def change(message, lie=lie):
            assert message.issuance_proof
            message.issuance_proof = lie(message.issuance_proof)
        relay.change = {"ReportDevice": change}
        alarm(what, folder, relay, reason)
    theirs, old = kept(other).read_text(), kept(folder).read_text()

    def put(text):
        def change(message):
            message.issuance_proof = text
        return {"ReportDevice": change}

    relay.change = put("")
    run = report(folder, "--failed", "--wait", "1", server=relay.address)
    assert run.returncode == 3, run
    error = json.loads(run.stdout)["error"]
    assert error["reason"] == "PROOF_OUTSTANDING", error
    ok(f"waited for nothing: {error['message']}")
    assert answer(report(folder, "--failed", server=relay.address))["proof"] is None
    relay.change, relay.refuse = {}, {"GetLogCheckpoint": "LOG_KEY_NONE"}
    run = report(folder, "--failed", server=relay.address)
    assert run.returncode == 5 and json.loads(run.stdout)["error"]["reason"] == "LOG_GONE", run
    assert "LOG_KEY_NONE" in (KEPT / "evidence").read_text()
    ok("a server whose log is gone")
    relay.refuse = {}
    relay.change = put(theirs)
    alarm("another unit's proof", folder, relay, "ISSUANCE_OTHER")
    assert "tlog-proof" not in [path.suffix for path in KEPT.iterdir()]
    sign_all()  # grown since: the next proof's tree is not the newest
    relay.change = put(old)
    assert answer(report(folder, "--failed", server=relay.address))["proof"]
    ok("an older tree that the log grew from")

    def no_growth(message):
        del message.other_consistency[:]
        message.other_consistency.append(bytes(32))

    relay.change = {**put(old), "GetLogCheckpoint": no_growth}
    alarm("a tree that the log did not grow from", folder, relay, "LOG_REWRITTEN")
    (folder / "dac.der").write_bytes((other / "dac.der").read_bytes())
    relay.change = {}
    alarm("another certificate in the unit's folder", folder, relay, "ISSUANCE_OTHER")
    relay.server.stop(None)


def test_witnesses():
    """An auditor holds a log against the proofs of a station, as against its checkpoints."""
    sign_all()
    run = mintmark("log", "verify", STATE / "exported", "--paa", PAA, "--witness", KEPT / "proofs")
    assert run.returncode == 0 and "2 checkpoints of witnesses" in run.stdout, run
    ok("proofs are witnesses too")
    forged = STATE / "forged"
    shutil.copytree(KEPT / "proofs", forged)
    path = next(forged.iterdir())
    path.write_text(other_hash(path.read_text()))
    run = mintmark("log", "verify", STATE / "exported", "--paa", PAA, "--witness", forged)
    assert run.returncode == 1 and "LOG_INCLUSION" in run.stderr, run
    ok("a forged one is none")


def test_always_accepted(folder):
    """What goes wrong with the proof is never the report's fault."""
    with sqlite3.connect(STATE / "server" / "mintmark.db", timeout=20) as database:
        database.execute("UPDATE trace SET sequence = sequence + 100000 WHERE record_id = ?",
                         (bytes.fromhex(record_of(folder)),))
    said = answer(report(folder, "--scrapped"))
    assert said["state"] == "scrapped" and said["proof"] is None, said
    ok("a report is taken when the log cannot be read")


def main():
    first, second = provision(1), provision(2)
    test_honest(first, second)
    test_example()
    test_lies(second, first)
    test_witnesses()
    test_always_accepted(provision(3))
    print(f"{done} checks")


main()
