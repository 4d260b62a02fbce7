"""`mintmark report` and the example station's reports beside a complete server: every outcome, every
repeat, wrong words, and what the order then says. Started beside a server by with_server."""
import csv
import hashlib
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


def openssl(*words, **more):
    subprocess.run(["openssl", *words], check=True, capture_output=True, **more)


def person(name):
    return ["--server", os.environ["MINTMARK_ADMINISTRATION"], "--certificate",
            KEYS / f"{name}.pem", "--key", KEYS / f"{name}.key", "--ca", KEYS / "ca.pem"]


def ask(code, *words, name="op-1"):
    return json.loads(run(code, BIN / "mintmark", *words, *person(name), "--json").stdout)


def enrol_printer(folder):
    """A label printer, by two operators; only with a certificate."""
    name = "spiffe://quickstart/label/printer-1"
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj",
            "/CN=printer-1", "-addext", f"subjectAltName=URI:{name}", "-addext",
            "extendedKeyUsage=clientAuth", "-keyout", f"{folder}/p.key", "-out", f"{folder}/p.csr")
    openssl("x509", "-req", "-in", f"{folder}/p.csr", "-CA", KEYS / "ca.pem", "-CAkey",
            KEYS / "ca.key", "-days", "2", "-copy_extensions", "copy", "-out", f"{folder}/p.pem")
    os.chmod(f"{folder}/p.key", 0o600)
    words = ["identity", "add", "label", "printer-1", "--yes"]
    assert ask(1, *words)["error"]["reason"] == "CERTIFICATE_MISSING"
    waiting = ask(0, *words, "--pin", f"{folder}/p.pem")
    assert (waiting["state"], waiting["subject"]) == ("waiting", name), waiting
    assert ask(0, "identity", "approve", "printer-1", "--yes", name="op-2")["state"] == "applied"


def check_labels(folder):
    """Printed again from the server, by one role only, each read on record."""
    enrol_printer(folder)
    printer = ["--server", os.environ["MINTMARK_SERVER"], "--certificate", f"{folder}/p.pem",
               "--key", f"{folder}/p.key", "--ca", KEYS / "ca.pem"]
    words = [BIN / "mintmark", "label", "get", "--purpose", "torn"]
    known = json.loads(Path(folder, "1/onboarding.json").read_text())
    named = ["--serial-number", known["serial_number"]]
    got = json.loads(run(0, *words, *named, *printer, "--json").stdout)
    assert {name: got[name] for name in known} == known, got
    assert known["qr_code"] in run(0, *words, "--unit-id", got["unit_id"], *printer).stdout
    for code, reason, more in (
            (4, "ROLE", [*named, *STATION]),  # a station is not a printer
            (4, "DEVICE_ELSEWHERE", ["--unit-id", "none", *printer]),
            (1, "SCRAPPED", ["--unit-id", "60:55:f9:0e:00:02", *printer]),
            (2, "USAGE", [*named, "--unit-id", "a", *printer]),
            (2, "USAGE", printer)):
        error = json.loads(run(code, *words, *more, "--json").stdout)["error"]
        assert error["reason"] == reason, error
    run(2, BIN / "mintmark", "label", "get", *named, *printer)
    run(4, BIN / "mintmark", "provision", *printer, "--order", "WO-1", "--hardware-id",
        "60:55:f9:0e:00:09")
    with sqlite3.connect(STATE / "server/mintmark.db") as database:
        reads = database.execute("select content ->> 'purpose' from leaf where content ->> 'type' = "
                                 "'codes.read'").fetchall()
        assert reads == [("torn",), ("torn",)], reads


def check_scrap(folder):
    """One operator gives up a flashed unit, and an open one, whose station may then have another."""
    words = ["device", "scrap", "60:55:f9:0e:00:01", "--yes"]
    assert ask(2, *words)["error"]["reason"] == "REASON"
    assert ask(1, *words, "--reason", "x\n")["error"]["reason"] == "REASON"
    assert ask(1, "device", "scrap", "none", "--reason", "r", "--yes")["error"]["reason"] == \
        "UNIT_UNKNOWN"
    assert ask(4, *words, "--reason", "r", name="aud-1")["error"]["reason"] == "ROLE"
    assert ask(0, *words, "--reason", "fell down")["state"] == "applied"
    assert ask(0, *words, "--reason", "fell down")["state"] == "unchanged"
    provision(4, f"{folder}/4")
    assert ask(0, "device", "scrap", "60:55:f9:0e:00:04", "--reason", "cracked",
               "--yes")["state"] == "applied"
    run(1, BIN / "mintmark", "provision", *STATION, "--order", "WO-1", "--hardware-id",
        "60:55:f9:0e:00:04", "--allow-class", "test")
    order = ask(0, "order", "report", "WO-1")["order"]
    assert (order["flashed"], order["scrapped"], order["issued"]) == (1, 3, 0), order
    with sqlite3.connect(STATE / "server/mintmark.db") as database:
        assert database.execute("select count(*) from leaf where content ->> 'type' = "
                                "'device.scrapped'").fetchone() == (2,)
        assert database.execute("select sum(open) from station_open").fetchone() == (0,)
        assert database.execute("select count(*) from secret where device is not null"
                                ).fetchone() == (0,)


def check_release_and_rework():
    """A unit goes on at another call behind its release; a reworked one gets another identity."""
    mac = "60:55:f9:0e:00:05"
    provision = [BIN / "mintmark", "provision", *STATION, "--order", "WO-1", "--hardware-id", mac,
                 "--allow-class", "test", "--json"]
    first = json.loads(run(0, *provision, "-o", STATE / "release-1").stdout)
    words = ["device", "release", mac, "--yes"]
    assert ask(2, *words)["error"]["reason"] == "REASON"
    assert ask(4, *words, "--reason", "r", name="aud-1")["error"]["reason"] == "ROLE"
    assert ask(0, *words, "--reason", "fixture broke")["state"] == "applied"
    assert ask(0, *words, "--reason", "fixture broke")["state"] == "unchanged"
    assert "station" not in ask(0, "device", "show", mac) or \
        ask(0, "device", "show", mac)["station"] == ""
    again = json.loads(run(0, *provision, "-o", STATE / "release-2").stdout)
    assert again["serial_number"] == first["serial_number"], (first, again)

    words = ["device", "rework", mac, "--reason", "new radio", "--yes"]
    looked = ask(0, *words, "--dry-run")
    assert f"REMOVE OLD LABEL: serial {first['serial_number']}" in looked["findings"], looked
    waiting = ask(0, *words)
    assert waiting["state"] == "waiting" and waiting["needs_second"], waiting
    assert ask(4, "device", "approve", mac, "--yes")["error"]["reason"] == "APPROVAL_SAME_PERSON"
    assert ask(0, "device", "approve", mac, "--yes", name="op-2")["state"] == "applied"
    new = json.loads(run(0, *provision, "-o", STATE / "rework").stdout)
    assert new["serial_number"] != first["serial_number"], new
    assert ask(0, *words[:-1], "--dry-run", "--yes")["subject"] == mac
    assert ask(0, "order", "report", "WO-1")["order"]["superseded"] == 1
    with sqlite3.connect(STATE / "server/mintmark.db") as database:
        events = [row[0] for row in database.execute(
            "select content ->> 'type' from leaf where content ->> 'unit' = ? order by sequence",
            (mac,))]
        assert events == ["device.reserved", "device.issued", "device.released", "device.taken",
                          "device.delivered", "device.reworked", "device.reserved",
                          "device.issued"], events


def check_operators(folder):
    """What operators and auditors see of it, and stations do not."""
    report_of = ask(0, "order", "report", "WO-1")
    order = report_of["order"]
    assert (order["flashed"], order["scrapped"], order["issued"]) == (2, 1, 0), order
    assert order["identities_limit"] == 3 + order["unused"], order
    assert (report_of["first_pass"], report_of["attempts_failed"]) == (1, 2), report_of
    by_slot = {slot["slot"]: slot for slot in report_of["slots"]}
    assert by_slot["2"]["flashed"] == 1 and by_slot["2"]["first_pass"] == 0, by_slot
    said = run(0, BIN / "mintmark", "order", "report", "WO-1", *person("aud-1")).stdout
    assert "2 flashed + 1 scrapped + 0 superseded + 0 void + 0 open + 99 unused" in said, said
    assert ask(1, "order", "report", "NONE")["error"]["reason"] == "ORDER_UNKNOWN"

    devices = ask(0, "device", "list", "--order", "WO-1")["devices"]
    assert [device["state"] for device in devices] == ["flashed", "scrapped", "flashed"], devices
    assert [device["unit_id"] for device in
            ask(0, "device", "list", "--state", "scrapped", name="aud-1")["devices"]] == \
        ["60:55:f9:0e:00:02"]
    assert "60:55:f9:0e:00:01" in run(0, BIN / "mintmark", "device", "list", *person("op-1")).stdout
    first = devices[0]
    for words in ([first["unit_id"]], ["--serial-number", first["serial_number"]],
                  ["--dac-serial", first["dac_serial"]]):
        shown = ask(0, "device", "show", *words)
        assert shown.pop("entries") and shown.pop("log_size") and shown == first, shown
    assert ask(1, "device", "show", "none")["error"]["reason"] == "UNIT_UNKNOWN"
    assert ask(2, "device", "show", "--dac-serial", "xyz")["error"]["reason"] == "HEX"
    run(2, BIN / "mintmark", "device", "show", "a", "--serial-number", "b", *person("op-1"))
    run(2, BIN / "mintmark", "device", "list", "--state", "lost", *person("op-1"))
    certificate = Path(folder, "1/dac.der").read_bytes()
    assert first["certificate_sha256"] == hashlib.sha256(certificate).hexdigest(), first
    assert ask(4, "device", "list", name="line1-01")["error"]["reason"] == "ROLE"

    table = f"{folder}/devices.csv"
    assert ask(0, "order", "export", "WO-1", "--csv", table) == {"units": 3}
    with open(table, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["flashed", "scrapped", "flashed"], rows
    assert rows[0]["dac_serial"] == first["dac_serial"] and rows[0]["attempts_failed"] == "2", rows
    text = Path(table).read_text(encoding="utf-8")
    codes = json.loads(Path(folder, "1/onboarding.json").read_text())
    assert codes["qr_code"] not in text and str(codes["passcode"]) not in text, "a secret in it"
    check_scrap(folder)
    check_release_and_rework()
    assert ask(1, "order", "export", "NONE", "--csv", table)["error"]["reason"] == "ORDER_EMPTY"
    assert ask(2, "order", "export", "WO-1")["error"]["reason"] == "MISSING"


def check_sums():
    with sqlite3.connect(f"file:{STATE}/server/mintmark.db?mode=ro", uri=True) as database:
        sums = database.execute("select counted, issued, flashed, scrapped from work_order where "
                                "id = 'WO-1'").fetchone()
        assert sums == (6, 6, 1, 3), sums
        reports = database.execute("select outcome, slot, phase, code from report order by unit, "
                                   "number").fetchall()
        assert reports == [(2, "", "verify", "MD5"), (2, "2", "", ""), (1, "2", "", ""),
                           (3, "", "", ""), (1, "", "", "")], reports


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_outcomes(folder)
        check_usage(folder)
        check_example(folder)
        check_labels(folder)
        check_operators(folder)
    check_sums()
    print("every outcome reported once, however often it was said")


main()
