"""A complete server erases by itself what its retention says, and a repeat is then refused. A unit is
made old in the database; nothing else is touched. Started beside a server by with_server."""
import json
import os
import sqlite3
import subprocess
import time
from pathlib import Path

STATE = Path(os.environ["MINTMARK_STATE"])
BIN = Path(os.environ["MINTMARK_BIN"])
SERVER = os.environ["MINTMARK_SERVER"]
MAC = "60:55:f9:0d:00:01"


def provision(code):
    keys = STATE / "identities"
    run = subprocess.run(
        [BIN / "mintmark", "provision", "--server", SERVER, "--certificate",
         keys / "line1-01.pem", "--key", keys / "line1-01.key", "--ca", keys / "ca.pem", "--order",
         "WO-1", "--hardware-id", MAC, "--allow-class", "test", "--json"],
        capture_output=True, text=True, check=False)
    assert run.returncode == code, run
    return json.loads(run.stdout)


def main():
    provision(0)
    database = sqlite3.connect(STATE / "server/mintmark.db", isolation_level=None)
    (unit,) = database.execute("select id from unit where unit_id = ?", [MAC]).fetchone()
    database.execute("update secret set since_ms = since_ms - 8 * 86400000 where unit = ?", [unit])
    end = time.monotonic() + 60
    while database.execute("select device from secret where unit = ?", [unit]).fetchone()[0]:
        assert time.monotonic() < end, "nothing was erased"
        time.sleep(0.2)
    error = provision(1)["error"]
    assert error["reason"] == "ERASED", error
    ((leaf,),) = database.execute("select content from leaf where content ->> 'type' = "
                                  "'device.erased'").fetchall()
    ((record,),) = database.execute("select lower(hex(record_id)) from unit where id = ?", [unit])
    assert json.loads(leaf)["first_record"] == record, leaf
    (codes,) = database.execute("select codes from secret where unit = ?", [unit]).fetchone()
    assert codes, "the onboarding code went with the device's secrets"
    print("erased by itself, refused afterwards, on record; the onboarding code stays")


main()
