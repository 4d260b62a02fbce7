"""A server's life in which every table of its database gets rows."""
import os
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STATE, BIN = Path(os.environ["MINTMARK_STATE"]), Path(os.environ["MINTMARK_BIN"])
KEYS = STATE / "identities"
WORK = STATE / "tamper-test"
STORE = STATE / "server"
PATIENCE = 60  # seconds; the upkeep runs every five


def mintmark(code, *words):
    run = subprocess.run([BIN / "mintmark", *words], capture_output=True, text=True, check=False,
                         stdin=subprocess.DEVNULL)
    said = f"{words}: {run.returncode}: {run.stdout}{run.stderr}"
    assert code is None or run.returncode == code, said
    return run


def station(verb, code, *words):
    return mintmark(code, *verb.split(), *words, "--server", os.environ["MINTMARK_SERVER"],
                    "--certificate", KEYS / "line1-01.pem", "--key", KEYS / "line1-01.key", "--ca",
                    KEYS / "ca.pem")


def operator(number, *words):
    return mintmark(0, *words, "--config", STATE / f"op-{number}.yaml", "--yes")


def mac(number):
    return f"60:55:f9:0c:00:{number:02x}"


def provision(number, order="WO-2", code=0):
    return station("provision", code, "--order", order, "--hardware-id", mac(number),
                   "--allow-class", "test", "-o", WORK / f"unit-{number}")


def rows(sql):
    with sqlite3.connect(f"file:{STORE}/mintmark.db?mode=ro", uri=True) as database:
        return database.execute(sql).fetchall()


def wait(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"no {what} in {PATIENCE} s"
        time.sleep(0.1)  # between two looks at the same thing


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def enrol():
    """A label printer with a pinned certificate, and a station by its request."""
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj",
            "/CN=printer-1", "-addext", "subjectAltName=URI:spiffe://quickstart/label/printer-1",
            "-addext", "extendedKeyUsage=clientAuth", "-keyout", WORK / "p.key", "-out",
            WORK / "p.csr")
    openssl("x509", "-req", "-in", WORK / "p.csr", "-CA", KEYS / "ca.pem", "-CAkey",
            KEYS / "ca.key", "-days", "2", "-copy_extensions", "copy", "-out", WORK / "p.pem")
    (WORK / "p.key").chmod(0o600)
    operator(1, "identity", "add", "label", "printer-1", "--pin", WORK / "p.pem")
    operator(2, "identity", "approve", "printer-1")
    mintmark(0, "station", "init", "--name", "line1-10", "-o", WORK)
    operator(1, "identity", "add", "station", "line1-10", "--line", "line1", "--csr",
             WORK / "line1-10.csr")
    operator(2, "identity", "approve", "line1-10")
    wait("certificate", lambda: rows("select 1 from leaf where content ->> 'type' = "
                                     "'identity.certified'"))
    operator(1, "identity", "block", "line1-10", "--reason", "stolen")


def live():
    """Units that end in every way, in an order that is amended and closed."""
    WORK.mkdir()
    order = WORK / "order.yaml"
    order.write_text("order: WO-2\nproduct: quickstart-lamp\nquantity: 8\nlines: [line1]\n"
                     "not_before: 2020-01-01\nnot_after: 2099-12-31\n")
    subprocess.run([os.environ["MINTMARK_APPLY"], order], check=True, stdout=subprocess.DEVNULL)
    enrol()
    for number in range(7):
        provision(number)
    provision(8, "WO-1")
    provision(9, "WO-1")
    with sqlite3.connect(STORE / "mintmark.db") as now:
        with sqlite3.connect(WORK / "yesterday.db") as copy:
            now.backup(copy)
    for number in range(3):
        station("report", 0, WORK / f"unit-{number}", "--flashed", "--slot", "2")
    station("report", 0, WORK / "unit-3", "--failed", "--phase", "verify", "--code", "MD5",
            "--attempt", "1")
    station("report", 0, WORK / "unit-3", "--failed", "--phase", "write", "--attempt", "2")
    station("report", 0, WORK / "unit-4", "--scrapped")
    provision(5)  # again
    operator(1, "device", "release", mac(6), "--reason", "fixture broke")
    operator(1, "device", "release", mac(5), "--reason", "fixture broke")
    provision(5)  # taken over
    operator(1, "device", "rework", mac(0), "--reason", "new radio")
    operator(2, "device", "approve", mac(0))
    provision(0)
    operator(1, "device", "scrap", mac(2), "--reason", "cracked")
    operator(1, "device", "revoke", mac(1), "--reason", "key-compromise")
    operator(2, "device", "approve", f"device/{mac(1)}")
    mintmark(0, "label", "get", "--unit", mac(3), "--purpose", "torn", "--server",
             os.environ["MINTMARK_SERVER"], "--certificate", WORK / "p.pem", "--key",
             WORK / "p.key", "--ca", KEYS / "ca.pem")
    operator(1, "order", "amend", "WO-2", "--quantity", "9")
    operator(2, "order", "approve", "WO-2")
    operator(1, "order", "pause", "WO-2", "--reason", "wrong shade")
    operator(1, "order", "close", "WO-2", "--reason", "enough")
    operator(1, "order", "amend", "WO-1", "--quantity", "120")  # waits
    wait("list", lambda: rows("select 1 from crl where revocations = 1 and signature is not null"))
    wait("checkpoint", lambda: rows("select max(size) from checkpoint") ==
         rows("select count(*) from leaf"))


def quickstart(*options):
    subprocess.run([ROOT / "deploy/quickstart", "--no-install", "--build-dir", BIN.parent,
                    "--state", STATE, *options], check=True, stdout=subprocess.DEVNULL)
