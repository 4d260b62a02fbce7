"""`mintmark report` and the example station's reports beside a complete server: every outcome, every
repeat, wrong words, and what the order then says. Started beside a server by with_server."""
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STATE = Path(os.environ["MINTMARK_STATE"])
BIN = Path(os.environ["MINTMARK_BIN"])
KEYS = STATE / "identities"
STATION = ["--server", os.environ["MINTMARK_SERVER"], "--certificate", KEYS / "line1-01.pem",
           "--key", KEYS / "line1-01.key", "--ca", KEYS / "ca.pem"]


def run(code, *words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == code, f"{words}: {done}"
    return done


def provision(number, folder):
    run(0, BIN / "mintmark", "provision", *STATION, "--order", "WO-1", "--hardware-id",
        f"60:55:f9:0e:00:{number:02x}", "--allow-class", "test", "-o", folder)


def report(code, *words):
    return json.loads(run(code, BIN / "mintmark", "report", *words, *STATION, "--json").stdout)


def usage(*words):
    error = report(2, *words)["error"]
    assert error["message"].endswith("try --help"), error


def check_outcomes(folder):
    unit = f"{folder}/1"
    provision(1, unit)
    answer = report(0, unit, "--failed", "--phase", "verify", "--code", "MD5", "--attempt", "7")
    assert (answer["state"], answer["attempts"], answer["known"]) == ("issued", 1, False), answer
    answer = report(0, unit, "--failed", "--phase", "verify", "--code", "MD5", "--attempt", "7")
    assert (answer["attempts"], answer["known"]) == (1, True), answer
    assert report(0, unit, "--failed", "--slot", "2")["attempts"] == 2  # a new attempt by itself
    answer = report(0, unit, "--flashed", "--slot", "2")
    assert (answer["state"], answer["known"], answer["kept"]) == ("flashed", False, True), answer
    assert report(0, unit, "--flashed")["known"]
    assert report(1, unit, "--scrapped")["error"]["reason"] == "ALREADY_FLASHED"
    said = run(0, BIN / "mintmark", "report", unit, "--flashed", *STATION).stdout
    assert "is flashed, 2 failed attempts on record; this report was known" in said, said

    unit = f"{folder}/2"
    provision(2, unit)
    image = next(Path(unit).glob("*.bin"))
    good = image.read_bytes()
    image.write_bytes(bytes([good[0] ^ 1]) + good[1:])
    assert report(1, unit, "--flashed")["error"]["reason"] == "DIGESTS"
    record = json.loads(Path(unit, "record.json").read_text())
    assert report(0, "--order", "WO-1", "--hardware-id", record["hardware_id"], "--record",
                  record["record_id"], "--scrapped")["state"] == "scrapped"
    Path(unit, "record.json").write_text("{}")
    assert report(5, unit, "--scrapped")["error"]["reason"] == "RECORD"
    Path(unit, "record.json").unlink()
    assert report(5, unit, "--scrapped")["error"]["reason"] == "RECORD"


def check_usage(folder):
    usage(folder)
    usage(folder, "--flashed", "--scrapped")
    usage(folder, "--flashed", "--code", "x")
    usage(folder, "--flashed", "--order", "WO-1")
    usage("--flashed", "--order", "WO-1", "--hardware-id", "60:55:f9:0e:00:01", "--record", "0")
    usage("--scrapped", "--order", "WO-1")
    run(2, BIN / "mintmark", "report", "a", "b", "--flashed", *STATION)
    run(2, BIN / "mintmark", "report", folder, "--flashed")


def check_example(folder):
    words = [sys.executable, ROOT / "deploy/examples/station.py", *STATION, "--order", "WO-1",
             "--hardware-id", "60:55:f9:0e:00:03", "--chip", "esp32c6", "--allow-class", "test",
             "-o", f"{folder}/3"]
    run(0, *words)
    assert run(0, *words, "--report", "flashed").stdout.endswith("flashed\n")
    assert run(0, *words, "--report", "flashed").stdout.endswith("flashed, known\n")
    run(1, *words, "--report", "scrapped")
    run(1, *words)  # its images are not given out again


def check_sums():
    with sqlite3.connect(f"file:{STATE}/server/mintmark.db?mode=ro", uri=True) as database:
        sums = database.execute("select counted, issued, flashed, scrapped from work_order where "
                                "id = 'WO-1'").fetchone()
        assert sums == (3, 3, 2, 1), sums
        reports = database.execute("select outcome, slot, phase, code from report order by unit, "
                                   "number").fetchall()
        assert reports == [(2, "", "verify", "MD5"), (2, "2", "", ""), (1, "2", "", ""),
                           (3, "", "", ""), (1, "", "", "")], reports


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_outcomes(folder)
        check_usage(folder)
        check_example(folder)
    check_sums()
    print("every outcome reported once, however often it was said")


main()
