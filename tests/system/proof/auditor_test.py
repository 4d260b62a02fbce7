#!/usr/bin/env python3
"""The running log as an auditor asks it: tail, checkpoint, prove, check-proof, a device with its
entries; and exit 5 for what a server says that it cannot prove."""
import base64
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from relay import Relay  # noqa: E402

STATE, BIN = Path(os.environ["MINTMARK_STATE"]), Path(os.environ["MINTMARK_BIN"])
SERVER, ADMINISTRATION = os.environ["MINTMARK_SERVER"], os.environ["MINTMARK_ADMINISTRATION"]
KEYS = STATE / "identities"
KEPT = STATE / "kept"
MACS = ["60:55:f9:11:00:01", "60:55:f9:11:00:02"]
done = 0


def ok(what):
    global done
    done += 1
    print(f"ok     {what}", flush=True)


def mintmark(*words):
    return subprocess.run([BIN / "mintmark", *words], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def audit(*words, person="aud-1", server=ADMINISTRATION):
    return mintmark(*words, "--config", STATE / f"{person}.yaml", "--server", server, "--witness",
                    KEPT)


def good(what, run, *texts):
    assert run.returncode == 0, f"{what}: {run}"
    for text in texts:
        assert text in run.stdout, f"{what}: no {text!r} in {run.stdout}"
    ok(what)
    return run.stdout


def bad(what, run, code, reason):
    assert run.returncode == code and f"({reason})" in run.stderr, f"{what}: {run}"
    ok(f"{what}: {run.stderr.strip()}")


def usage(*words):
    run = mintmark("log", *words)
    assert run.returncode == 2 and run.stderr.endswith("try --help\n"), run


def provision(number):
    folder = STATE / f"unit-{number}"
    station = ["--server", SERVER, "--certificate", KEYS / "line1-01.pem", "--key",
               KEYS / "line1-01.key", "--ca", KEYS / "ca.pem", "--no-witness"]
    run = mintmark("provision", *station, "--order", "WO-1", "--hardware-id", MACS[number],
                   "--allow-class", "test", "-o", folder)
    assert run.returncode == 0, run
    run = mintmark("report", folder, *station, "--flashed")
    assert run.returncode == 0, run
    return json.loads((folder / "record.json").read_text())["record_id"]


def lines(run):
    assert run.returncode == 0, run
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_checkpoint():
    note = good("a checkpoint", audit("log", "checkpoint"), "quickstart/1\n")
    assert note == (KEPT / "checkpoint").read_text()
    provision(1)
    path = STATE / "newest"
    good("a newer one into a file", audit("log", "checkpoint", "-o", path), "extends the one before")
    said = json.loads(audit("log", "checkpoint", "--json").stdout)
    assert said["note"] == path.read_text() and said["origin"] == "quickstart/1", said
    assert said["size"] > int(note.split("\n")[1]) and len(said["root"]) == 64, said
    assert said["log_key"] == (KEPT / "log-key").read_text()
    ok("as JSON")
    return said["size"]


def test_tail(size):
    shown = lines(audit("log", "tail", "--json"))
    assert [row["index"] for row in shown] == list(range(size - 20, size)), shown
    text = good("for people", audit("log", "tail", "-n", "3"), "device.reported", "outcome=flashed")
    assert len(text.splitlines()) == 3, text
    ok("the newest, oldest first")
    every = lines(audit("log", "tail", "-n", "1000", "--json"))
    assert [row["index"] for row in every] == list(range(size)), every
    for words, wanted in [(("--type", "device.issued"), lambda e: e["type"] == "device.issued"),
                          (("--order", "WO-1"), lambda e: e.get("order") == "WO-1"),
                          (("--unit", MACS[0], "--type", "device.issued"), lambda e:
                           e.get("unit") == MACS[0] and e["type"] == "device.issued")]:
        shown = lines(audit("log", "tail", "-n", "1000", "--json", *words))
        assert shown == [row for row in every if wanted(row["entry"])] and shown, (words, shown)
    ok("filters")
    usage("tail", "--type", "device.stolen", "--config", STATE / "aud-1.yaml")
    usage("tail", "-n", "x", "--config", STATE / "aud-1.yaml")
    ok("wrong words")


def test_follow():
    words = [BIN / "mintmark", "log", "tail", "-f", "-n", "0", "--json", "--type", "call.denied",
             "--config", STATE / "aud-1.yaml", "--witness", KEPT]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as tail:
        # wait until it has looked once: its checkpoint is kept
        before = (KEPT / "checkpoint").stat().st_mtime_ns
        while (KEPT / "checkpoint").stat().st_mtime_ns == before:
            assert tail.poll() is None
        run = mintmark("provision", "--server", SERVER, "--certificate", KEYS / "line1-01.pem",
                       "--key", KEYS / "line1-01.key", "--ca", KEYS / "ca.pem", "--order", "WO-X",
                       "--hardware-id", MACS[0], "--allow-class", "test", "--no-witness")
        assert run.returncode != 0, run
        row = json.loads(tail.stdout.readline())
        tail.terminate()
    assert row["entry"]["type"] == "call.denied" and row["entry"]["asked_order"] == "WO-X", row
    ok("what is added is shown")


def test_prove(record):
    issued = lines(audit("log", "tail", "-n", "1", "--type", "device.issued", "--unit", MACS[0],
                         "--json"))[0]
    key = KEPT / "log-key"
    files = []
    for name, words in [("unit", ("--unit", MACS[0])), ("record", ("--record", record.upper())),
                        ("index", (str(issued["index"]),))]:
        files.append(STATE / f"{name}.tlog-proof")
        good(f"proof by {name}", audit("log", "prove", *words, "-o", files[-1]), "device.issued",
             "in the log quickstart/1")
        said = json.loads(mintmark("log", "check-proof", files[-1], "--log-key", key,
                                   "--json").stdout)
        assert said["entry"] == issued["entry"] and said["index"] == issued["index"], said
        assert said["origin"] == "quickstart/1" and said["size"] > said["index"], said
    good("checked without a server", mintmark("log", "check-proof", files[0], "--log-key", key),
         f"unit={MACS[0]}", "PROVEN")
    bad("an entry that is not there", audit("log", "prove", "100000", "-o", files[0]), 1, "LOG_SIZE")
    bad("an index that is none", audit("log", "prove", "07", "-o", files[0]), 2, "INDEX")
    bad("a record that is none", audit("log", "prove", "--record", "ab", "-o", files[0]), 2,
        "RECORD_ID")
    bad("a record nobody knows", audit("log", "prove", "--record", "ab" * 16, "-o", files[0]), 1,
        "NOT_ISSUED")
    bad("a unit nobody knows", audit("log", "prove", "--unit", "nobody", "-o", files[0]), 1,
        "UNIT_UNKNOWN")
    for words in (["prove", "1"], ["prove", "-o", "x"], ["prove", "1", "--unit", "u", "-o", "x"]):
        usage(*words, "--config", STATE / "aud-1.yaml")
    usage("check-proof", files[0])
    ok("wrong words")
    text = files[0].read_text()
    broken = STATE / "broken.tlog-proof"
    entry = base64.b64encode(b'{"type":"genesis"}').decode()
    for what, change, reason in [
            ("cut off", text[:100], "TLOG_PROOF_MALFORMED"),
            ("without its entry", text.replace("extra ", "index "), "TLOG_PROOF_MALFORMED"),
            ("another entry", "\n".join("extra " + entry if line.startswith("extra ") else line
                                        for line in text.split("\n")), "LOG_INCLUSION"),
            ("another size", text.replace("\nquickstart/1\n", "\nquickstart/1\n1"),
             "NOTE_SIGNATURE")]:
        broken.write_text(change)
        bad(f"a proof {what}", mintmark("log", "check-proof", broken, "--log-key", key), 1, reason)
    other = STATE / "other-key"
    other.write_text(key.read_text().replace("quickstart/1", "elsewhere/1"))
    bad("another log's key", mintmark("log", "check-proof", files[0], "--log-key", other), 1,
        "NOTE_NOT_SIGNED")


def test_device(record):
    for person in ("aud-1", "op-1"):
        good(f"a device, for {person}", audit("device", "show", MACS[0], person=person),
             record, "each proven", "device.issued", "device.reported")
    said = json.loads(audit("device", "show", MACS[0], "--json").stdout)
    types = [row["entry"]["type"] for row in said["entries"]]
    assert types == ["device.reserved", "device.issued", "device.reported"], types
    assert said["record_id"] == record and said["log_size"] > said["entries"][-1]["index"], said
    ok("as JSON")
    run = mintmark("device", "scrap", MACS[1], "--reason", "cracked", "--yes", "--config",
                   STATE / "op-1.yaml")
    assert run.returncode == 0, run
    run = mintmark("device", "revoke", MACS[1], "--reason", "key-compromise", "--yes", "--config",
                   STATE / "op-1.yaml", "--json")
    assert run.returncode == 0, run
    run = mintmark("change", "approve", json.loads(run.stdout)["change_id"], "--yes", "--config", STATE / "op-2.yaml")
    assert run.returncode == 0, run
    said = json.loads(audit("device", "show", MACS[1], "--json").stdout)
    types = [row["entry"]["type"] for row in said["entries"]]
    assert types[-2:] == ["device.scrapped", "device.revoked"], types
    ok("what operators did is among its entries")
    mac = "60:55:f9:11:00:03"
    fetch(mac)
    operator(1, "release", mac, "--reason", "fixture broke")
    fetch(mac)
    operator(1, "rework", mac, "--reason", "new radio")
    said = json.loads(audit("device", "show", mac, "--json").stdout)
    dac = said["dac_serial"]
    operator(2, "approve", mac)
    fetch(mac)
    said = json.loads(audit("device", "show", "--dac-serial", dac, "--json").stdout)
    types = [row["entry"]["type"] for row in said["entries"]]
    assert types == ["device.reserved", "device.issued", "device.released", "device.taken",
                     "device.delivered", "device.reworked"], types
    said = json.loads(audit("device", "show", mac, "--json").stdout)
    types = [row["entry"]["type"] for row in said["entries"]]
    assert types == ["device.reserved", "device.issued"] and said["dac_serial"] != dac, said
    ok("released, taken, reworked; the successor has its own")


def fetch(mac):
    run = mintmark("provision", "--server", SERVER, "--certificate", KEYS / "line1-01.pem", "--key",
                   KEYS / "line1-01.key", "--ca", KEYS / "ca.pem", "--order", "WO-1",
                   "--hardware-id", mac, "--allow-class", "test", "--no-witness")
    assert run.returncode == 0, run


def operator(number, *words):
    run = mintmark("device", *words, "--config", STATE / f"op-{number}.yaml", "--yes")
    assert run.returncode == 0, run


def lies(record):
    """What, command, change of an answer, reason."""
    device = ("device", "show", MACS[0])

    def field(name, value):
        def change(message):
            setattr(message, name, value)
        return change

    def other_indexes(message):
        message.indexes[:] = [0]

    def other_entry(message):
        message.entry = message.entry.replace(b"WO-1", b"WO-2")

    def other_hash(message):
        message.hashes[0] = bytes(32)

    def no_indexes(message):
        del message.indexes[:]

    prove = ("log", "prove", "--record", record, "-o", STATE / "lie")
    return [
        ("another certificate", device, {"GetDevice": field("certificate_sha256", "ab" * 32)},
         "DEVICE_OTHER"),
        ("another order", device, {"GetDevice": field("order", "WO-2")}, "DEVICE_OTHER"),
        ("another unit's entries", device, {"FindEntries": other_indexes}, "DEVICE_OTHER"),
        ("no entries", device, {"FindEntries": no_indexes}, "DEVICE_OTHER"),
        ("another entry", device, {"GetInclusionProof": other_entry}, "ENTRY_UNPROVEN"),
        ("another proof", prove, {"GetInclusionProof": other_hash}, "ENTRY_UNPROVEN"),
        ("another entry in the tail", ("log", "tail"), {"GetInclusionProof": other_entry},
         "ENTRY_UNPROVEN"),
        ("no proof of growth", ("log", "checkpoint"), {"GetConsistencyProof": other_hash},
         "LOG_REWRITTEN"),
        ("another key", ("log", "checkpoint"), {"GetCheckpoint": lambda message: setattr(
            message, "log_key", message.log_key.replace("quickstart", "elsewhere"))},
         "LOG_KEY_CHANGED"),
    ]


def test_lies(record):
    relay = Relay(KEYS, ADMINISTRATION, "aud-1")
    good("an honest relay", audit("device", "show", MACS[0], server=relay.address), "each proven")
    for what, words, change, reason in lies(record):
        relay.change = {}
        run = mintmark("provision", "--server", SERVER, "--certificate", KEYS / "line1-01.pem",
                       "--key", KEYS / "line1-01.key", "--ca", KEYS / "ca.pem", "--order",
                       f"WO-{what.replace(' ', '-')}", "--hardware-id", MACS[0], "--no-witness")
        assert run.returncode != 0, run  # refused, on record: the log grows
        relay.change = change
        bad(what, audit(*words, server=relay.address), 5, reason)
        assert not (STATE / "lie").exists()
    test_no_log(relay)
    relay.server.stop(None)


def test_no_log(relay):
    """A server that has no log's key shows its units; one that had one before is lying."""
    relay.change, relay.refuse = {}, {"GetCheckpoint": "LOG_KEY_NONE"}
    for words in (("device", "show", MACS[0]), ("log", "checkpoint")):
        bad("a log that is gone", audit(*words, server=relay.address), 5, "LOG_GONE")
    evidence = (KEPT / "evidence").read_text()
    assert evidence == "LOG_KEY_NONE: a lie\n", evidence
    words = ("device", "show", MACS[0], "--config", STATE / "aud-1.yaml", "--server", relay.address)
    run = mintmark(*words, "--witness", STATE / "never-seen")
    good("a server without a log", run, "nothing is proven")
    home = {name: os.environ.pop(name) for name in ("HOME", "XDG_STATE_HOME") if name in os.environ}
    run = mintmark(*words)
    bad("nowhere to keep a checkpoint", run, 2, "WITNESS_HOME")
    os.environ.update(home)


def main():
    record = provision(0)
    size = test_checkpoint()
    test_tail(size)
    test_follow()
    test_prove(record)
    test_device(record)
    test_lies(record)
    print(f"{done} checks")


main()
