#!/usr/bin/env python3
"""A product's and an order's whole life, as operators type it: proposed by one person, approved by
another, stopped by one, seen by an auditor. Every refusal with its reason and exit code."""
import json
import os
import pty
import re
import subprocess
from pathlib import Path

STATE, BIN = Path(os.environ["MINTMARK_STATE"]), Path(os.environ["MINTMARK_BIN"])
SERVER = os.environ["MINTMARK_SERVER"]
KEYS = STATE / "identities"
OP_1, OP_2, AUD = ("op-1", "op-2", "aud-1")
done = 0


def ok(what):
    global done
    done += 1
    print(f"ok     {what}", flush=True)


def mintmark(person, *words):
    return subprocess.run([BIN / "mintmark", *words, "--config", STATE / f"{person}.yaml"],
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def said(what, person, *words, has=()):
    run = mintmark(person, *words)
    assert run.returncode == 0, f"{what}: exit {run.returncode}: {run.stdout}{run.stderr}"
    for text in has:
        assert text in run.stdout, f"{what}: no {text!r} in {run.stdout}"
    ok(what)
    return run.stdout


def read(what, person, *words):
    return json.loads(said(what, person, *words, "--json"))


def refused(what, code, reason, person, *words):
    run = mintmark(person, *words)
    assert run.returncode == code, f"{what}: exit {run.returncode}: {run.stdout}{run.stderr}"
    assert f"({reason})" in run.stderr, f"{what}: {run.stderr}"
    run = mintmark(person, *words, "--json")
    error = json.loads(run.stdout)["error"]
    assert run.returncode == code and error["reason"] == reason, f"{what}: {run.stdout}"
    ok(f"{what}: {error['message']}")
    return error


def propose(what, *words, state="waiting"):
    change = read(what, OP_1, *words, "--yes")
    assert change["state"] == state, change
    return change["change_id"]


def approve(what, change):
    answer = read(what, OP_2, "change", "approve", change, "--yes")
    assert answer["state"] == "applied", answer


def on_terminal(person, answer, *words):
    """What a person at a terminal sees, and the exit code."""
    master, slave = pty.openpty()
    with subprocess.Popen([BIN / "mintmark", *words, "--config", STATE / f"{person}.yaml"],
                          stdin=slave, stdout=slave, stderr=slave, text=False) as process:
        os.close(slave)
        shown = b""
        answered = False
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
            if b"[y/N]" in shown and not answered:
                os.write(master, answer)
                answered = True
        code = process.wait()
    os.close(master)
    return code, shown.decode()


def provision(order, mac, name="line1-01"):
    return subprocess.run(
        [BIN / "mintmark", "provision", "--server", SERVER, "--certificate", KEYS / f"{name}.pem",
         "--key", KEYS / f"{name}.key", "--ca", KEYS / "ca.pem", "--order", order, "--hardware-id",
         mac, "--allow-class", "test", "--timeout", "0", "--json"],
        capture_output=True, text=True, check=False)


def provisioned(what, order, mac, name="line1-01"):
    run = provision(order, mac, name)
    assert run.returncode == 0, f"{what}: {run.stdout}{run.stderr}"
    ok(what)


def station_refused(what, code, reason, order, mac, name="line1-01"):
    run = provision(order, mac, name)
    assert run.returncode == code, f"{what}: exit {run.returncode} {run.stdout}{run.stderr}"
    assert json.loads(run.stdout)["error"]["reason"] == reason, f"{what}: {run.stdout}"
    ok(what)


def product_file(**changes):
    text = (STATE / "product.yaml").read_text()
    text = text.replace("file: attestation/", f"file: {STATE}/attestation/")
    for key, value in changes.items():
        text, count = re.subn(rf"^{key}: .*", f"{key}: {value}", text, flags=re.M)
        assert count == 1, key
    path = STATE / "life.yaml"
    path.write_text(text)
    return path


def product():
    path = product_file(name="life-lamp")
    before = read("products", AUD, "product", "list")
    text = said("a dry run shows the whole product", OP_1, "product", "apply", path, "--dry-run",
                has=("product life-lamp@1", "class test", "+ name: life-lamp", "SHA-256",
                     "needs a second person"))
    assert "waits" not in text
    assert read("and stores nothing", AUD, "product", "list") == before
    refused("nobody to ask", 2, "CONFIRMATION", OP_1, "product", "apply", path)
    code, shown = on_terminal(OP_1, b"n\n", "product", "apply", path)
    assert code == 1 and "NOT_CONFIRMED" in shown and "+ name: life-lamp" in shown, shown
    assert read("no is no", AUD, "product", "list") == before
    error = refused("what is wrong has its place", 1, "CD_PRODUCT_ID", OP_1, "product", "apply",
                    product_file(name="life-lamp", product_id="0x8001"), "--yes")
    assert re.search(r"life\.yaml:\d+:\d+ ", error["field"]), error
    refused("an auditor only reads", 4, "ROLE", AUD, "product", "apply", path, "--yes")

    path = product_file(name="life-lamp")
    code, shown = on_terminal(OP_1, b"y\n", "product", "apply", path)
    assert code == 0 and "waits until" in shown, shown
    ok("a product is proposed at a terminal")
    waiting = read("it waits", AUD, "change", "list", "--state", "waiting")["changes"]
    assert [c["subject"] for c in waiting] == ["life-lamp@1"], waiting
    refused("who proposed it cannot approve it", 4, "APPROVAL_SAME_PERSON", OP_1, "product",
            "approve", "life-lamp@1", "--yes")
    refused("an auditor cannot approve it", 4, "ROLE", AUD, "product", "approve", "life-lamp@1",
            "--yes")
    refused("there is no such change", 1, "CHANGE_UNKNOWN", OP_2, "product", "approve",
            "life-lamp@2", "--yes")
    refused("an order needs an approved product", 1, "PRODUCT_NOT_APPROVED", OP_1, "order", "create",
            "LIFE", "--product", "life-lamp", "--quantity", "3", "--yes")
    refused("nobody to ask for an approval", 2, "CONFIRMATION", OP_2, "product", "approve",
            "life-lamp@1")
    code, shown = on_terminal(OP_2, b"y\n", "product", "approve", "life-lamp@1")
    assert code == 0 and "+ name: life-lamp" in shown and "/operator/op-1" in shown, shown
    ok("the second person sees it whole, and approves")
    refused("approved once is enough", 1, "CHANGE_UNKNOWN", OP_2, "product", "approve",
            "life-lamp@1", "--yes")
    change = waiting[0]["change_id"]
    refused("by its id as well", 1, "CHANGE_STATE", OP_2, "change", "approve", change, "--yes")
    said("both are on record", AUD, "change", "show", change[:12],
         has=("proposed by spiffe://quickstart/operator/op-1",
              "approved by spiffe://quickstart/operator/op-2", "applied"))
    said("the same again changes nothing", OP_1, "product", "apply", path, "--yes",
         has=("is so already",))
    round_trip(path)


def round_trip(path):
    shown = said("a product as YAML", AUD, "product", "show", "life-lamp")
    again = STATE / "life-again.yaml"
    again.write_text(shown)
    said("which says the same", OP_1, "product", "apply", again, "--yes", has=("is so already",))
    assert read("and as JSON", AUD, "product", "show", "life-lamp@1")["decoded_content"]["name"] \
        == "life-lamp"
    path = product_file(name="life-lamp", hardware_version_string="rev B")
    text = said("a second revision against the first", OP_1, "product", "apply", path, "--dry-run",
                has=("life-lamp@2", "- hardware_version_string: rev A",
                     "+ hardware_version_string: rev B", "  name: life-lamp"))
    assert "+ name" not in text


def order():
    create = ("order", "create", "LIFE", "--product", "life-lamp", "--quantity", "3", "--overage",
              "1", "--line", "line1")
    said("an order's dry run names the revision", OP_1, *create, "--dry-run",
         has=("+ order: LIFE", "+ product_revision: 1"))
    change = propose("an order is proposed", *create)
    station_refused("not open before it is approved", 1, "ORDER_UNKNOWN", "LIFE",
                    "60:5b:00:00:00:01")
    refused("the same person", 4, "APPROVAL_SAME_PERSON", OP_1, "order", "approve", "LIFE", "--yes")
    said("the order is approved", OP_2, "order", "approve", "LIFE", "--yes", has=("LIFE applied",))
    assert change in [c["change_id"] for c in
                      read("it is applied", AUD, "change", "list", "--state", "applied")["changes"]]
    provisioned("a unit of it", "LIFE", "60:5b:00:00:00:01")

    refused("a pause needs its reason", 2, "REASON", OP_1, "order", "pause", "LIFE", "--yes")
    change = propose("one person pauses it", "order", "pause", "LIFE", "--reason", "wrong shade",
                     state="applied")
    shown = read("with the reason", AUD, "change", "show", change)
    assert shown["decoded_content"] == {"order": "LIFE", "reason": "wrong shade"}, shown
    assert read("it is paused", AUD, "order", "show", "LIFE")["state"] == "paused"
    station_refused("no new identity", 1, "ORDER_NOT_OPEN", "LIFE", "60:5b:00:00:00:02")
    propose("one person proposes to go on", "order", "resume", "LIFE", "--reason", "checked")
    refused("and cannot decide it", 4, "APPROVAL_SAME_PERSON", OP_1, "order", "approve", "LIFE",
            "--yes")
    said("two resume it", OP_2, "order", "approve", "LIFE", "--yes")
    provisioned("a unit after that", "LIFE", "60:5b:00:00:00:02")

    said("an amendment's dry run", OP_1, "order", "amend", "LIFE", "--quantity", "4", "--dry-run",
         has=("quantity: 4",))
    approve("more of them, by two",
            propose("an amendment is proposed", "order", "amend", "LIFE", "--quantity", "4"))
    assert read("the counts", AUD, "order", "show", "LIFE")["identities_limit"] == 5
    propose("one person closes it", "order", "close", "LIFE", "--reason", "done", state="applied")
    station_refused("closed is closed", 1, "ORDER_NOT_OPEN", "LIFE", "60:5b:00:00:00:03")
    refused("for ever", 1, "ORDER_CLOSED", OP_1, "order", "resume", "LIFE", "--reason", "again",
            "--yes")
    said("orders as a table", AUD, "order", "list", has=("ORDER", "LIFE", "closed"))


def orders_csv():
    path = STATE / "life.csv"
    path.write_text("order,product,quantity,overage,lines,not_before,not_after\n"
                    "CSV-1,life-lamp,5,10%,line1;line2,,2099-12-31\n"
                    "CSV-2,life-lamp@1,5,,,,\n")
    text = mintmark(OP_1, "order", "create", "--file", path, "--yes", "--json").stdout
    changes = json.loads(text)["changes"]
    assert [c["subject"] for c in changes] == ["CSV-1", "CSV-2"], text
    ok("two orders from one file")
    for change in changes:
        approve(f"{change['subject']} approved", change["change_id"])
    path.write_text("order,product,quantity\nCSV-3,life-lamp,5\nCSV-4,none,5\n")
    error = refused("all rows are checked before the first is proposed", 1, "PRODUCT_NOT_APPROVED",
                    OP_1, "order", "create", "--file", path, "--yes")
    assert error["field"].endswith("life.csv:3 product"), error
    assert not [c for c in read("nothing waits", AUD, "change", "list")["changes"]
                if c["subject"] == "CSV-3"]


def identity_files(name, role):
    key, request, extensions = (KEYS / f"{name}.{e}" for e in ("key", "csr", "cnf"))
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", key,
                    "-out", request], check=True, capture_output=True)
    extensions.write_text(f"subjectAltName = URI:spiffe://quickstart/{role}/{name}\n"
                          "extendedKeyUsage = clientAuth\nkeyUsage = digitalSignature\n")
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", KEYS / "ca.pem", "-CAkey",
                    KEYS / "ca.key", "-days", "2", "-set_serial", "77", "-extfile", extensions,
                    "-out", KEYS / f"{name}.pem"], check=True, capture_output=True)
    key.chmod(0o600)
    config = (STATE / "op-1.yaml").read_text().replace("op-1", name)
    (STATE / f"{name}.yaml").write_text(config)


def identities():
    identity_files("line1-09", "station")
    station_refused("a station that nobody enrolled", 4, "ROLE", "CSV-1", "60:5b:00:00:00:09",
                    "line1-09")
    propose("one person enrols it", "identity", "add", "station", "line1-09", "--line", "line1")
    station_refused("not yet", 4, "ROLE", "CSV-1", "60:5b:00:00:00:09", "line1-09")
    said("the second agrees", OP_2, "identity", "approve", "line1-09", "--yes")
    provisioned("the station works", "CSV-1", "60:5b:00:00:00:09", "line1-09")
    propose("one person blocks it", "identity", "block", "line1-09", "--reason", "stolen",
            state="applied")
    station_refused("from its next call on", 4, "ROLE", "CSV-1", "60:5b:00:00:00:09", "line1-09")
    said("seen in the list", AUD, "identity", "list", has=("station/line1-09", "blocked"))
    approve("two unblock it", propose("unblocking is proposed", "identity", "unblock", "line1-09"))
    provisioned("and it works again", "CSV-1", "60:5b:00:00:00:09", "line1-09")
    refused("nobody of that name", 1, "IDENTITY_UNKNOWN", OP_1, "identity", "block", "nobody",
            "--reason", "x", "--yes")

    identity_files("op-3", "operator")
    refused("an operator without a key", 1, "CERTIFICATE_MISSING", OP_1, "identity", "add",
            "operator", "op-3", "--yes")
    refused("a certificate of somebody else", 1, "IDENTITY_MISMATCH", OP_1, "identity", "add",
            "operator", "op-3", "--pin", KEYS / "op-2.pem", "--yes")
    change = propose("a third operator", "identity", "add", "operator", "op-3", "--pin",
                     KEYS / "op-3.pem")
    refused("who is not one yet", 4, "ROLE", "op-3", "change", "approve", change, "--yes")
    approve("by two", change)
    change = propose("then also theirs counts", "order", "create", "LIFE-2", "--product",
                     "life-lamp", "--quantity", "1")
    answer = read("approved by the third", "op-3", "change", "approve", change, "--yes")
    assert answer["state"] == "applied", answer


def one_certificate():
    """Of two in a file nobody could say which one is meant."""
    two = KEYS / "two.pem"
    two.write_bytes((KEYS / "op-1.pem").read_bytes() + (KEYS / "op-2.pem").read_bytes())
    refused("two certificates to pin", 1, "PEM_MALFORMED", OP_1, "identity", "add", "operator",
            "op-4", "--pin", two, "--yes")
    refused("two certificates to call with", 1, "PEM_MALFORMED", OP_1, "order", "list",
            "--certificate", two)
    run = subprocess.run([BIN / "mintmarkd", "--config", STATE / "mintmarkd.yaml", "--init",
                          "--operator", two, "--operator", KEYS / "op-3.pem", "--auditor",
                          KEYS / "aud-1.pem"], capture_output=True, text=True, check=False)
    assert run.returncode == 1 and "more than one PEM block" in run.stderr, run
    ok("two certificates to begin with")


def offline(what, code, *words, has=""):
    run = subprocess.run([BIN / "mintmark", *words], capture_output=True, text=True, check=False)
    assert run.returncode == code and has in run.stdout + run.stderr, f"{what}: {run}"
    ok(what)
    return run.stdout


def certificate_says(path, *words):
    return subprocess.run(["openssl", "x509", "-in", path, "-noout", *words], check=True,
                          capture_output=True, text=True).stdout


def requests():
    """A station whose certificate the server's identity CA makes."""
    name, add = "line1-10", ("identity", "add", "station", "line1-10", "--line", "line1", "--csr")
    key, csr, pem = (KEYS / f"{name}.{e}" for e in ("key", "csr", "pem"))
    init = ("station", "init", "--name", name, "-o", KEYS)
    shown = offline("a station makes its key", 0, *init)
    mark = re.search(r"SHA-256 ([0-9a-f]{64})", shown).group(0)
    assert key.stat().st_mode & 0o777 == 0o600, key
    made = key.read_bytes()
    offline("and not twice", 1, *init, has="(FILE_EXISTS)")
    assert key.read_bytes() == made
    offline("a name is one", 2, "station", "init", "--name", "line 1", "-o", KEYS, has="(NAME)")
    offline("and needed", 2, "station", "init", has="(NAME)")
    offline("a folder is one", 3, "station", "init", "--name", "x", "-o", csr / "x",
            has="(FOLDER)")
    offline("of a length that fits", 2, "station", "init", "--name", "x", "-o", "x" * 1100,
            has="(PATH)")
    refused("a request or a certificate", 2, "USAGE", OP_1, *add, csr, "--pin", KEYS / "op-1.pem")
    refused("a request is one", 1, "PEM_MALFORMED", OP_1, *add, KEYS / "op-1.pem", "--yes")
    refused("for stations only", 1, "CSR_ROLE", OP_1, "identity", "add", "operator", name, "--csr",
            csr, "--yes")
    said("who proposes compares the key", OP_1, *add, csr, "--dry-run", has=(mark,))
    propose("a station is proposed by its request", *add, csr)
    code, shown = on_terminal(OP_2, b"y\n", "identity", "approve", name)
    assert code == 0 and mark in shown, shown
    ok("who approves it too")
    said("its certificate is handed out", OP_1, "identity", "show", name, "-o", pem, has=(mark,))
    subprocess.run(["openssl", "verify", "-CAfile", STATE / "attestation" / "identity-ca.pem",
                    "-purpose", "sslclient", pem], check=True, capture_output=True)
    assert f"URI:spiffe://quickstart/station/{name}" in certificate_says(pem, "-ext",
                                                                         "subjectAltName")
    provisioned("the station works", "CSV-1", "60:5b:00:00:00:10", name)
    rows = said("days are left", AUD, "identity", "list", has=("DAYS LEFT",))
    assert re.search(rf"station/{name} .* pinned .* 36[45]$", rows, re.M), rows
    first = certificate_says(pem, "-serial")
    approve("the same request again", propose("a new certificate is proposed", *add, csr))
    said("is another certificate", OP_1, "identity", "show", name, "-o", pem)
    assert certificate_says(pem, "-serial") != first
    provisioned("which works too", "CSV-1", "60:5b:00:00:00:10", name)
    propose("one person blocks it", "identity", "block", name, "--reason", "stolen",
            state="applied")
    station_refused("from its next call on", 4, "ROLE", "CSV-1", "60:5b:00:00:00:10", name)
    refused("a place that is none", 3, "FILE_WRITE", AUD, "identity", "show", name, "-o",
            STATE / "none" / "x.pem")
    refused("there is no certificate of others", 1, "CERTIFICATE_NONE", AUD, "identity", "show",
            "line1-01", "-o", STATE / "none.pem")
    folder = STATE / "life-log"
    said("the log is exported", AUD, "log", "export", "-o", folder)
    offline("and an audit finds each certificate announced", 0, "log", "verify", folder, "--paa",
            STATE / "attestation" / "paa.pem", has="VERIFIED")


product()
order()
orders_csv()
identities()
one_certificate()
requests()
print(f"{done} steps")
