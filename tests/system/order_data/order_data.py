"""Orders that bring values for their units: labels printed before, verifiers, credentials of a cloud.
Imported from tables, refused by line, taken once each by stations at the same time, erased with the
order, and in the log. Started beside a server by with_server."""
import base64
import json
import os
import subprocess
import time

from desk import (PAA, STATE, WORK, check_store, codes_of, counts, database, import_data, json_of, load, mintmark,
                  operator, order_of, provision, provision_words, refused, table, values_of, verifier)

LABELS = """serial_number: supplied
serial_number_pattern: "LMP[0-9]{7}"
commissioning: {passcode: supplied, discriminator: supplied, spake2p_iterations: 1000}
"""
CLOUD = """commissioning: {spake2p_iterations: 1000}
vendor_data:
  rmaker_creds:
    node_id: {type: string, from: supplied}
    client_key: {type: string, from: supplied}
    shard: {type: u8, from: supplied}
    mqtt_host: {type: string, value: iot.acme.example}
"""
HEADER = ["serial-num", "passcode", "discriminator"]
CANARY = "canary-key-of-a-cloud"


def label(number):
    return [f"LMP{number:07}", 34567890 + number, 3840 - number]


def labels_printed_before():
    load("labels", LABELS, 8)
    missing = mintmark(*provision_words("WO-labels", ("--unit-id", "LMP0000001")))
    assert missing.returncode == 1 and "(ORDER_DATA_MISSING)" in missing.stderr, missing
    file = table("labels.csv", HEADER, [label(1), label(2), label(3)])
    dry = operator("order", "data", "import", "WO-labels", file, "--match", "serial-number",
                   "--dry-run")
    assert dry.returncode == 0 and "3 rows for labels@1" in dry.stdout, dry
    assert "5 have no row yet" in dry.stdout, dry
    assert counts("WO-labels") == (0, 0, 0)
    change = json_of(import_data("WO-labels", file, "--match", "serial-number", "--json"))
    assert change["state"] == "applied" and not change.get("needs_second"), change
    unit = ("--unit-id", "LMP0000002", "--hardware-id", "60:5b:00:00:00:02")
    folder = provision("WO-labels", unit)
    found, codes = values_of(folder), codes_of(folder)
    assert found["serial-num"] == "LMP0000002" and found["discriminator"] == 3838, found
    assert codes["passcode"] == 34567892 and codes["discriminator"] == 3838, codes
    again = provision("WO-labels", unit)  # out of the unit's own secrets: the row is empty by now
    assert (again / "fctry.bin").read_bytes() == (folder / "fctry.bin").read_bytes()
    assert counts("WO-labels") == (3, 1, 2)
    wrong = mintmark(*provision_words("WO-labels", ("--unit-id", "LMP0000009")))
    assert wrong.returncode == 1 and "(ORDER_DATA_MISSING)" in wrong.stderr, wrong
    print("labels printed before: by serial number, once, the same again")


def bad_rows():
    """The first bad row of a file is named; nothing of it counts."""
    good = [label(11), label(12)]
    before = counts("WO-labels")
    for reason, row in (("PASSCODE_FORBIDDEN", ["LMP0000013", 12345678, 1]),
                        ("SERIAL_NUMBER_SHAPE", ["LMP13", 34567000, 1]),
                        ("DISCRIMINATOR_RANGE", ["LMP0000013", 34567000, 4096]),
                        ("SUPPLIED_MISSING", ["LMP0000013", "", 4]),
                        ("SHEET_VALUE", ["LMP0000013", "12x", 4]),
                        ("ORDER_DATA_TAKEN", ["LMP0000012", 34567000, 4]),
                        ("ORDER_DATA_TAKEN", ["LMP0000002", 34567000, 4])):
        file = table("bad.csv", HEADER, [*good, row])
        refused(import_data("WO-labels", file), reason, "bad.csv:4")
    both = table("both.csv", [*HEADER, "unit_id"], [[*label(21), "a"], [*label(22), "a"]])
    refused(import_data("WO-labels", both), "ORDER_DATA_TAKEN", "both.csv:3")
    many = table("many.csv", HEADER, [label(number) for number in range(21, 27)])
    refused(import_data("WO-labels", many), "ORDER_DATA_MANY")
    extra = table("extra.csv", [*HEADER, "mfg-date"], [[*label(21), "2026-11-22"]])
    refused(import_data("WO-labels", extra), "SUPPLIED_UNKNOWN", "extra.csv:2")
    empty = table("empty.csv", HEADER, [])
    refused(import_data("WO-labels", empty), "SHEET_ROWS")
    refused(import_data("WO-1", table("good.csv", HEADER, good)), "SUPPLIED_NOT_WANTED")
    refused(import_data("WO-none", WORK / "good.csv"), "ORDER_UNKNOWN")
    refused(operator("order", "data", "import", "WO-labels", "good.csv", "--match",
                     "serial-number", "--vendor-csv", "good.csv", "--yes"), "SHEET_TYPE",
            "good.csv:1")
    assert counts("WO-labels") == before
    print("bad rows are named by file and line, and nothing of their file counts")


def master_csv_with_verifiers():
    """The factory tools' two files; what all units share must be what the product says."""
    load("verifiers", "commissioning: {verifier: supplied, passcode: supplied}\n", 2)
    salt = b"salt of order data!!"
    rows = [["60:5b:00:00:01:01", 4000, base64.b64encode(salt).decode(),
             verifier(45670001, salt, 4000), 45670001, "ACME"],
            ["", 1000, base64.b64encode(salt).decode(), verifier(45670002, salt, 1000), 45670002,
             "ACME"]]
    header = ["mac", "iteration-count", "salt", "verifier", "pincode", "vendor-name"]
    config = WORK / "config.csv"
    config.write_text("chip-factory,namespace,\niteration-count,data,u32\nsalt,data,string\n"
                      "verifier,data,string\nvendor-name,data,string\n")
    other = [rows[0][:-1] + ["ACNE"]]
    refused(import_data("WO-verifiers", table("other.csv", header, other), "--vendor-csv", config),
            "EXPECTED_DIFFERS", "other.csv:2")
    other = [rows[0], rows[1][:-2] + [45670003, "ACME"]]
    refused(import_data("WO-verifiers", table("other.csv", header, other), "--vendor-csv", config),
            "VERIFIER_MISMATCH", "other.csv:3")
    file = table("master.csv", header, rows)
    assert json_of(import_data("WO-verifiers", file, "--vendor-csv", config, "--json"))
    named = provision("WO-verifiers", ("--hardware-id", "60:5b:00:00:01:01"))
    following = provision("WO-verifiers", ("--hardware-id", "60:5b:00:00:01:02"))
    assert values_of(named)["iteration-count"] == 4000
    assert values_of(named)["verifier"] == rows[0][3]
    assert values_of(following)["iteration-count"] == 1000
    assert codes_of(following)["passcode"] == 45670002
    print("a master CSV: by chip, then the next; its verifiers and iterations")


def credentials_of_a_cloud():
    """Many stations at once, more units than rows: each row once, whoever comes."""
    count = 24
    load("cloud", CLOUD, count + 8)
    file = table("cloud.csv", ["node_id", "client_key", "shard"],
                 [[f"node-{i}", f'"{CANARY}-{i}\n{"k" * 1500}"', i] for i in range(count)])
    assert json_of(import_data("WO-cloud", file, "--json"))["state"] == "applied"
    runs = []
    for i in range(count + 8):
        folder = WORK / f"cloud-{i}"
        words = provision_words("WO-cloud", ("--hardware-id", f"60:5b:00:00:02:{i:02x}"), "-o",
                                folder)
        runs.append((folder, subprocess.Popen(
            [os.environ["MINTMARK_BIN"] + "/mintmark", *words], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)))
    nodes, without = [], 0
    for folder, process in runs:
        _, said = process.communicate()
        if process.returncode == 0:
            found = values_of(folder)
            assert found["mqtt_host"] == "iot.acme.example", found
            assert found["client_key"].startswith(f"{CANARY}-{found['shard']}\n"), found
            nodes.append(found["node_id"])
        else:
            assert "(ORDER_DATA_MISSING)" in said, said
            without += 1
    assert sorted(nodes) == sorted(f"node-{i}" for i in range(count)), nodes
    assert without == 8 and counts("WO-cloud") == (count, count, 0)
    print(f"{count} rows, {count + 8} units at once: each row once, the rest without")


def nothing_in_clear():
    """While rows are free, and after: no secret of theirs in any file of the server."""
    rows = [["node-x", f"{CANARY}-x", 1]]
    assert json_of(import_data("WO-cloud", table("x.csv", ["node_id", "client_key", "shard"], rows),
                               "--json"))
    needles = [CANARY.encode(), b"34567892", (34567892).to_bytes(4, "little"), b"45670001",
               b"salt of order data"]
    for file in sorted((STATE / "server").rglob("*")) + [STATE / "mintmarkd.log"]:
        content = file.read_bytes() if file.is_file() else b""
        for needle in needles:
            assert needle not in content, f"{needle} in {file}"
    (free, kept), = database().execute(
        "select count(*), count(taken_by) from order_row join order_sealed on row = id "
        "where change_id is not null").fetchall()
    assert free == 1 + counts("WO-labels")[2] and kept == 0, (free, kept)
    print("no secret of a row in any file of the server; taken rows are empty")


def erased_with_the_order():
    assert operator("order", "close", "WO-cloud", "--reason", "done", "--yes").returncode == 0
    report = operator("order", "report", "WO-cloud").stdout
    assert "order data: 25 rows, 24 used, " in report, report
    late = import_data("WO-cloud", WORK / "x.csv")
    refused(late, "ORDER_CLOSED")
    end = time.monotonic() + 60
    while counts("WO-cloud")[2]:
        assert time.monotonic() < end, "rows were left"
        time.sleep(0.2)
    assert "order data: 25 rows, 24 used, 0 left" in operator("order", "report", "WO-cloud").stdout
    rows = database().execute("select count(*) from order_row where work_order = 'WO-cloud' and "
                              "taken_by is null").fetchone()
    assert rows == (0,), rows
    print("what no unit took is erased with the order")


def in_the_log():
    log = WORK / "log"
    run = mintmark("log", "export", "--config", STATE / "aud-1.yaml", "-o", log)
    assert run.returncode == 0, run.stdout + run.stderr
    run = mintmark("log", "verify", log, "--paa", PAA)
    assert run.returncode == 0 and "VERIFIED" in run.stdout, run.stdout + run.stderr
    entries = [json.loads(leaf) for (leaf,) in database().execute(
        "select content from leaf where content ->> 'type' glob 'order.data*'")]
    assert [e["count"] for e in entries if e["type"] == "order.data"] == [3, 2, 24, 1], entries
    assert [e["count"] for e in entries if e["type"] == "order.data_erased"] == [1], entries
    digests = [e["rows_sha256"] for e in entries if e["type"] == "order.data"]
    assert len(set(digests)) == 4
    print("imports are on record, signed, and an audit follows them")


def main():
    WORK.mkdir()
    labels_printed_before()
    bad_rows()
    master_csv_with_verifiers()
    credentials_of_a_cloud()
    nothing_in_clear()
    erased_with_the_order()
    in_the_log()
    assert order_of("WO-labels")["state"] == "open"
    check_store()


main()
