#!/usr/bin/env python3
"""A station as a witness: it keeps the log's newest checkpoint, and stops with exit 5 when the server
cannot prove that the log only grew."""
import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

STATE, BIN = Path(os.environ["MINTMARK_STATE"]), Path(os.environ["MINTMARK_BIN"])
SERVER = os.environ["MINTMARK_SERVER"]
KEPT = STATE / "kept"
number = 0
done = 0


def ok(what):
    global done
    done += 1
    print(f"ok     {what}", flush=True)


def provision(*words, again=False):
    global number
    number += not again
    station = STATE / "identities" / "line1-01"
    return subprocess.run(
        [BIN / "mintmark", "provision", "--server", SERVER, "--certificate", f"{station}.pem",
         "--key", f"{station}.key", "--ca", STATE / "identities" / "ca.pem", "--order", "WO-1",
         "--hardware-id", f"60:55:f9:03:00:{number:02x}", "--allow-class", "test", "--json", *words],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def size_kept():
    return int((KEPT / "checkpoint").read_text().split("\n")[1])


def sign_all():
    """An auditor's question has the log signed as it is."""
    subprocess.run([BIN / "mintmark", "log", "export", "--config", STATE / "aud-1.yaml", "-o",
                    STATE / "exported"], check=True, stdout=subprocess.DEVNULL)


def good(what, run):
    assert run.returncode == 0, f"{what}: exit {run.returncode}: {run.stdout}{run.stderr}"
    ok(what)


def alarm(what, reason):
    """Loud, and nothing of the unit is written."""
    kept = (KEPT / "checkpoint").read_text()
    folder = STATE / "refused"
    run = provision("--witness", KEPT, "-o", folder)
    assert run.returncode == 5, f"{what}: exit {run.returncode}: {run.stdout}{run.stderr}"
    error = json.loads(run.stdout)["error"]
    assert error["reason"] == reason, error
    assert not folder.exists() and (KEPT / "checkpoint").read_text() == kept
    assert "quickstart/1" in (KEPT / "evidence").read_text()
    ok(f"{what}: {error['message']}")
    (KEPT / "evidence").unlink()


def main():
    good("no witness, nothing kept", provision("--no-witness"))
    assert not KEPT.exists()
    sign_all()
    good("the first time", provision("--witness", KEPT))
    first = size_kept()
    assert (KEPT / "checkpoint").stat().st_mode & 0o777 == 0o600
    good("more units", provision("--witness", KEPT))
    sign_all()
    good("a proof that it grew", provision("--witness", KEPT))
    assert size_kept() > first, (size_kept(), first)
    good("the same again", provision("--witness", KEPT, again=True))
    default = STATE / "state-home"
    os.environ["XDG_STATE_HOME"] = str(default)
    good("kept by itself", provision())
    assert (default / "mintmark" / "witness" / SERVER / "checkpoint").exists()

    homes = {name: os.environ.pop(name) for name in ("HOME", "XDG_STATE_HOME")
             if name in os.environ}
    run = provision()
    assert run.returncode == 2 and "WITNESS_HOME" in run.stdout, run
    good("nowhere to keep it, and that is wanted so", provision("--no-witness"))
    good("nowhere but where it is told", provision("--witness", KEPT))
    os.environ.update(homes)

    verified = subprocess.run(
        [BIN / "mintmark", "log", "verify", STATE / "exported", "--paa",
         STATE / "attestation" / "paa.pem", "--witness", collect()], capture_output=True, text=True,
        check=False)
    assert verified.returncode == 0 and "1 checkpoints of witnesses" in verified.stdout, verified
    ok("an auditor takes it as a witness's note")

    key = (KEPT / "log-key").read_text()
    (KEPT / "log-key").write_text(key.replace("quickstart/1", "elsewhere/1", 1))
    run = provision("--witness", KEPT)
    assert run.returncode == 1 and "NOTE_NOT_SIGNED" in run.stdout, run.stdout
    ok("a kept key that was changed")
    (KEPT / "log-key").write_text(key)

    # another log of the same key: nodes that the next proof is made of are other ones
    sign_all()
    with sqlite3.connect(next(STATE.rglob("mintmark.db")), timeout=20) as database:
        database.execute("UPDATE node SET hash = zeroblob(32)")
        database.execute("UPDATE leaf SET content = CAST(content || ' ' AS BLOB)")
    alarm("a rewritten log", "LOG_REWRITTEN")
    with sqlite3.connect(next(STATE.rglob("mintmark.db")), timeout=20) as database:
        notes = database.execute("SELECT size, note FROM checkpoint ORDER BY size").fetchall()
        database.execute("DELETE FROM checkpoint WHERE size >= ?", (size_kept(),))
    assert len(notes) > 1, notes
    alarm("a log that was cut", "LOG_SHORTENED")
    print(f"{done} checks")


def collect():
    folder = STATE / "notes"
    folder.mkdir()
    shutil.copy(KEPT / "checkpoint", folder / "line1-01")
    return folder


main()
