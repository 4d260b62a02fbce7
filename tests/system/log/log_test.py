#!/usr/bin/env python3
"""The log as an auditor takes it away: exported, grown, verified without the server; and every kind of
file of it changed once, which verify must notice and name."""
import base64
import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

STATE, BIN = Path(os.environ["MINTMARK_STATE"]), Path(os.environ["MINTMARK_BIN"])
SERVER = os.environ["MINTMARK_SERVER"]
WORK = STATE / "log-test"
PAA = STATE / "attestation" / "paa.pem"
UNITS = 300  # more than a tile of entries, and more than one of certificates
MANY = 1300  # with the others more than three ranges of certificates, and six files
LOG = WORK / "log"
done = 0


def ok(what):
    global done
    done += 1
    print(f"ok     {what}", flush=True)


def mintmark(*words):
    return subprocess.run([BIN / "mintmark", *words], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def export(folder, *words):
    return mintmark("log", "export", "--config", STATE / "aud-1.yaml", "-o", folder, *words)


def verify(folder, *words):
    return mintmark("log", "verify", folder, "--paa", PAA, *words)


def provision(number):
    provision_as(f"60:55:f9:02:{number // 256:02x}:{number % 256:02x}")


def provision_as(mac, *words):
    station = STATE / "identities" / "line1-01"
    run = mintmark("provision", "--server", SERVER, "--certificate", f"{station}.pem", "--key",
                   f"{station}.key", "--ca", STATE / "identities" / "ca.pem", "--order", "WO-LOG",
                   "--hardware-id", mac, "--allow-class", "test", "--paa", PAA, "--json", *words)
    assert run.returncode == 0, run.stdout + run.stderr


def good(what, run, *texts):
    assert run.returncode == 0, f"{what}: exit {run.returncode}: {run.stdout}{run.stderr}"
    for text in texts:
        assert text in run.stdout, f"{what}: no {text!r} in {run.stdout}"
    ok(what)


def bad(what, run, code, reason):
    said = f"{what}: exit {run.returncode}: {run.stdout}{run.stderr}"
    assert run.returncode == code and f"({reason})" in run.stderr, said
    ok(f"{what}: {run.stderr.strip()}")


def open_order():
    order = WORK / "order.yaml"
    order.write_text(f"order: WO-LOG\nproduct: quickstart-lamp\nquantity: {UNITS + 2}\n")
    subprocess.run([os.environ["MINTMARK_APPLY"], order], check=True, stdout=subprocess.DEVNULL)


def test_grows():
    open_order()
    for number in range(3):
        provision(number)
    good("first export", export(LOG))
    good("verified", verify(LOG), "3 issued", "3 DACs", "SOFTWARE TOKEN", "VERIFIED")
    shutil.copytree(LOG, WORK / "yesterday")
    kept = WORK / "notes"
    kept.mkdir()
    shutil.copy(LOG / "checkpoint", kept / "station-1")
    for number in range(3, UNITS):
        provision(number)
    good("export of what is new", export(LOG, "--since", kept / "station-1"))
    good("since a checkpoint, with witnesses",
         verify(LOG, "--since", WORK / "yesterday" / "checkpoint", "--witness", kept, "--log-key",
                WORK / "yesterday" / "log-key"), f"{UNITS} DACs", "append-only ok",
         "1 checkpoints of witnesses")
    good("nothing new", export(LOG), " 0 of them new")
    good("afresh", export(WORK / "afresh"))
    left = subprocess.run(["diff", "-r", LOG, WORK / "afresh"], capture_output=True, text=True,
                          check=False)
    assert left.returncode == 0, left.stdout
    ok("what grew is what one export makes")
    summary = json.loads(verify(LOG, "--json").stdout)
    assert summary["verified"] and summary["types"]["device.issued"] == UNITS, summary
    ok("the summary as JSON")


def changed(what, change, code, *reasons, folder=LOG):
    """A copy with one change, verified: the reason begins with one of these."""
    copy = WORK / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    change(copy)
    run = verify(copy)
    assert run.returncode == code, f"{what}: exit {run.returncode}: {run.stdout}{run.stderr}"
    named = run.stderr.strip().rsplit("(", 1)[-1].rstrip(")")
    assert any(named.startswith(reason) for reason in reasons), f"{what}: {run.stderr}"
    ok(f"{what}: {run.stderr.strip()}")


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def first(folder, pattern):
    return sorted(p for p in folder.glob(pattern) if p.is_file())[0]


FILES = {  # pattern: reasons of one bit changed
    "checkpoint": ("NOTE_SIGNATURE", "NOTE_MALFORMED", "CHECKPOINT_MALFORMED", "NOTE_NOT_SIGNED",
                   "CHECKPOINT_ORIGIN"),
    "log-key": ("LOG_KEY", "NOTE_NOT_SIGNED", "NOTE_SIGNATURE", "CHECKPOINT_ORIGIN"),
    "tile/0/*": ("TILE_OTHER",),
    "tile/0/*.p/*": ("TILE_OTHER",),
    "tile/1/*.p/*": ("TILE_OTHER",),
    "tile/entries/*": ("TILE_OTHER", "BUNDLE_MALFORMED", "EVENT_MALFORMED", "EVENT_VALUE",
                       "EVENT_TYPE"),
    "tile/entries/*.p/*": ("TILE_OTHER", "BUNDLE_MALFORMED", "EVENT_MALFORMED", "EVENT_VALUE",
                           "UNIT_STATE", "OTHER_UNIT", "NO_INTENT", "RECORD_TWICE"),
    "certificates/*": ("CERTIFICATE_", "BUNDLE_MALFORMED"),
    "certificates/*.p/*": ("CERTIFICATE_", "BUNDLE_MALFORMED"),
    "issuers/*": ("ISSUER_UNTRUSTED", "CERTIFICATE_"),
}


def test_files():
    for pattern, reasons in FILES.items():
        changed(f"a bit of {pattern}", lambda copy, p=pattern: flip(first(copy, p)), 1, *reasons)
        if pattern != "issuers/*":
            changed(f"{pattern} gone", lambda copy, p=pattern: first(copy, p).unlink(), 1,
                    "FILE_MISSING")
    changed("the issuers gone", lambda copy: shutil.rmtree(copy / "issuers"), 1, "FILE_MISSING")
    changed("no issuer left", lambda copy: first(copy, "issuers/*").unlink(), 1,
            "ISSUER_UNTRUSTED")

    def product(copy):
        return next(path for path in (copy / "content").iterdir()
                    if b"quickstart-lamp" in path.read_bytes() and path.stat().st_size > 300)

    changed("a product's content", lambda copy: flip(product(copy)), 1, "OTHER_CONTENT")
    changed("a product's content gone", lambda copy: product(copy).unlink(), 1, "FILE_MISSING")


def test_witnesses():
    """A log that is right in itself, and not the one that others saw."""
    bad("yesterday's log against today's note",
        verify(WORK / "yesterday", "--since", LOG / "checkpoint"), 5, "LOG_SHORTENED")
    forged = WORK / "forged"
    forged.mkdir()
    note = (WORK / "yesterday" / "checkpoint").read_text().split("\n")
    note[1] = str(int(note[1]) - 1)  # its size
    (forged / "note").write_text("\n".join(note))
    bad("a witness's note that the log never signed", verify(LOG, "--witness", forged), 1,
        "NOTE_SIGNATURE")
    bad("a PAA that is none of theirs", mintmark("log", "verify", LOG, "--paa",
                                                 first(LOG, "issuers/*")), 1, "ISSUER_UNTRUSTED")
    run = mintmark("log", "verify", LOG)
    assert run.returncode == 2 and "--paa" in run.stderr, run.stderr
    ok("without a PAA it is wrong usage")


def test_many():
    """So many certificates that several processes check them, the first while the entries are still
    read: the first wrong one is named, whichever process finds one first."""
    order = WORK / "many.yaml"
    order.write_text("order: WO-MANY\nproduct: quickstart-lamp\nquantity: 100000\n")
    subprocess.run([os.environ["MINTMARK_APPLY"], order], check=True, stdout=subprocess.DEVNULL)
    keys, units, number = STATE / "identities", 0, 0x02000000
    while units < MANY:
        load = subprocess.run([BIN / "bench_load", SERVER, keys / "line1-01.pem",
                               keys / "line1-01.key", keys / "ca.pem", "WO-MANY", "1", "4",
                               str(number)], capture_output=True, text=True, check=True)
        units, number = units + json.loads(load.stdout)["units"], number + 0x10000
    many = WORK / "many"
    good("export of many", export(many))
    good("many verified", verify(many), f"{UNITS + units} DACs", "VERIFIED")
    changed("a bit of their second file", lambda copy: flip(copy / "certificates/001"), 1,
            "CERTIFICATE_", "DER", "BUNDLE_MALFORMED", folder=many)
    first_wrong = verify(WORK / "copy").stderr
    for later in ("003", "005"):
        flip(WORK / "copy" / "certificates" / later)
        assert verify(WORK / "copy").stderr == first_wrong
    ok(f"and of later ones too: {first_wrong.strip()}")


def operator(number, *words):
    run = mintmark("device", *words, "--config", STATE / f"op-{number}.yaml", "--yes")
    assert run.returncode == 0, run.stdout + run.stderr


def change_run(number, *words):
    run = mintmark("change", *words, "--config", STATE / f"op-{number}.yaml", "--json")
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(run.stdout)


def approve_waiting(kind):
    waiting = [c for c in change_run(2, "list", "--state", "waiting")["changes"]
               if c["kind"] == kind]
    assert len(waiting) == 1 and waiting[0]["subject"].startswith("dac/"), waiting
    change_run(2, "approve", waiting[0]["change_id"], "--yes")


def revoke():
    """Two at once: its entries must be those that were signed."""
    operator(1, "revoke", "--order", "WO-LOG", "--station", "spiffe://quickstart/station/line1-01",
             "--reason", "superseded")
    waiting = change_run(2, "list", "--state", "waiting")["changes"]
    assert [c["kind"] for c in waiting] == ["revoke"], waiting
    change_run(2, "approve", waiting[0]["change_id"], "--yes")


def withdraw():
    """One that is taken back, and one that another supersedes."""
    operator(1, "rework", "60:55:f9:02:00:05", "--reason", "perhaps")
    waiting = change_run(2, "list", "--state", "waiting")["changes"]
    taken = change_run(2, "withdraw", waiting[0]["change_id"][:12], "--yes")
    assert taken["state"] == "applied" and taken["subject"] == waiting[0]["change_id"], taken
    assert change_run(2, "show", waiting[0]["change_id"])["state"] == "withdrawn"
    operator(1, "rework", "60:55:f9:02:00:05", "--reason", "perhaps")
    waiting = change_run(2, "list", "--state", "waiting")["changes"]
    operator(2, "scrap", "60:55:f9:02:00:05", "--reason", "burnt")
    assert change_run(2, "show", waiting[0]["change_id"])["state"] == "superseded"


def test_operators():
    """What operators do about single units follows from what they signed."""
    operator(1, "release", "60:55:f9:02:00:00", "--reason", "fixture broke")
    provision(0)
    operator(1, "rework", "60:55:f9:02:00:01", "--reason", "new radio")
    operator(2, "approve", "60:55:f9:02:00:01")
    operator(1, "scrap", "60:55:f9:02:00:02", "--reason", "cracked")
    blanks = [f"60:55:f9:0a:00:0{number}" for number in range(2)]
    for number, mac in enumerate(blanks):
        provision_as(mac, "--unit-id", f"lamp no {number}")
    operator(1, "scrap", "lamp no 0", "--reason", "cracked")
    operator(1, "rework", "lamp no 1", "--reason", "new radio")
    approve_waiting("device-rework")
    good("export behind it", export(WORK / "operators"))
    good("released, taken, reworked, scrapped", verify(WORK / "operators"), "VERIFIED")
    withdraw()
    revoke()
    good("export behind that", export(WORK / "operators"))
    run = verify(WORK / "operators", "--json")
    summary = json.loads(run.stdout)
    assert run.returncode == 0 and summary["verified"], run.stdout + run.stderr
    assert summary["types"]["change.ended"] == 2, summary
    assert summary["types"]["device.revoked"] > 256, summary
    ok("withdrawn, superseded, revoked")


def test_ceremony():
    """What quickstart's ceremonies made is put on record, and held against what is served."""
    good("no ceremony yet", verify(WORK / "operators"),
         "4 served keys without a ceremony on record")
    ceremonies = STATE / "ceremony"
    for name in ("init", "pai", "identity"):
        change = json.loads(record(name, "--json").stdout)
        text = (ceremonies / f"{name}.json").read_bytes()
        assert change["state"] == "waiting", change
        assert base64.b64decode(change["content"]).endswith(text), change
        said = json.loads(text)
        assert said["token"]["software"] and all(key["made"] for key in said["keys"]), said
        change_run(2, "approve", change["change_id"], "--yes")
    again = json.loads(record("init", "--json").stdout)
    assert again["state"] == "unchanged", again
    (ceremonies / "broken.json").write_text("{}")
    bad("what is no transcript", record("broken"), 1, "TRANSCRIPT")
    ceremony = WORK / "ceremony"
    good("export with ceremonies", export(ceremony))
    good("keys and ceremonies", verify(ceremony), "4 served, 4 entries of key ceremonies")
    summary = json.loads(verify(ceremony, "--json").stdout)
    assert summary["types"]["key.ceremony"] == 4, summary
    assert summary["keys_served"] == 4 and summary["keys_without_ceremony"] == 0, summary

    def content(copy):
        return next(path for path in (copy / "content").iterdir()
                    if b"mintmark-seal" in path.read_bytes())

    changed("a transcript", lambda copy: flip(content(copy)), 1, "OTHER_CONTENT", folder=ceremony)
    changed("a transcript gone", lambda copy: content(copy).unlink(), 1, "FILE_MISSING",
            folder=ceremony)


def record(name, *words):
    return mintmark("ceremony", "record", STATE / "ceremony" / f"{name}.json", "--config",
                    STATE / "op-1.yaml", "--yes", *words)


def test_database():
    """Whoever owns the database changes an entry: the next export is of another log."""
    with sqlite3.connect(next(STATE.rglob("mintmark.db")), timeout=20) as database:
        content = database.execute("SELECT content FROM leaf WHERE sequence = 20").fetchone()[0]
        database.execute("UPDATE leaf SET content = ? WHERE sequence = 20",
                         (content.replace(b"60:55", b"60:56", 1).replace(b"WO-LOG", b"WO-LOX"),))
    run = export(WORK / "rewritten")
    assert run.returncode == 5, f"exit {run.returncode}: {run.stdout}{run.stderr}"
    ok(f"an entry changed in the database: {run.stderr.strip()}")


def main():
    WORK.mkdir()
    test_grows()
    test_files()
    test_witnesses()
    test_many()
    test_operators()
    test_ceremony()
    test_database()
    print(f"{done} checks")


main()
