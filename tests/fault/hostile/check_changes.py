"""check_changes.py DATABASE APPLIED: every change that was applied has exactly the signatures its kind
needs, each verifying with OpenSSL under the operator's enrolled key, and there is no product, order,
identity, revocation or scrapped unit without such a change."""
import hashlib
import json
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

WAITING, APPLIED, SUPERSEDED, WITHDRAWN, OPERATOR = 3, 4, 6, 7, 2
# no product here has limits for one person
PEOPLE = {"product": 2, "order": 2, "order-amend": 2, "order-pause": 1, "order-resume": 2,
          "order-close": 1, "identity": 2, "identity-block": 1, "revoke": 2, "device-scrap": 1,
          "device-release": 1, "device-rework": 2, "change-withdraw": 1, "ceremony": 2}
LINES = ["act", "origin", "change", "subject", "content", "by", None, "expires"]
database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
database.row_factory = sqlite3.Row
folder = tempfile.TemporaryDirectory()
F = Path(folder.name)
origin = "quickstart/1"


def rows(query, *values):
    return database.execute(query, values).fetchall()


def ok(what, true):
    if not true:
        sys.exit(f"FAILED {what}")


def read(text):
    lines = text.split("\n")
    ok(f"nine lines: {text!r}", len(lines) == 10 and lines[9] == "" and
       lines[0] == "mintmark statement v1")
    values = dict(line.split(": ", 1) for line in lines[1:9])
    names = list(values)
    ok(f"names: {names}", all(b in (None, a) for a, b in zip(names, LINES)) and len(names) == 8)
    return values


def verify(person, text, signature):
    identity = rows("select role, spki from identity where id = ?", person)
    ok(f"{person} is an operator", len(identity) == 1 and identity[0]["role"] == OPERATOR)
    (F / "key").write_bytes(identity[0]["spki"])
    (F / "signature").write_bytes(signature)
    (F / "text").write_text(text)
    run = subprocess.run(["openssl", "dgst", "-sha256", "-verify", F / "key", "-keyform", "DER",
                          "-signature", F / "signature", F / "text"],
                         capture_output=True, text=True, check=False)
    ok(f"signature of {person}: {run.stdout}{run.stderr}", run.returncode == 0)


def proposal(change):
    text = change["statement"]
    said = read(text)
    content = rows("select bytes from content where sha256 = ?", change["content"])
    ok("the id is the statement's digest", hashlib.sha256(text.encode()).digest() == change["id"])
    ok("the content is kept", len(content) == 1 and
       hashlib.sha256(content[0]["bytes"]).digest() == change["content"])
    ok(f"it says what it is: {said}", said["act"] == "propose" and said["origin"] == origin and
       said["change"] == change["kind"] and said["subject"] == change["subject"] and
       said["content"] == change["content"].hex() and len(said["nonce"]) == 64)
    verify(said["by"], text, change["signature"])
    return said


def approval(change, proposed):
    text = change["approval_statement"]
    said = read(text)
    same = ("origin", "change", "subject", "content")
    ok(f"it approves this one: {said}", said["act"] == "approve" and
       said["proposal"] == change["id"].hex() and all(said[x] == proposed[x] for x in same))
    ok("another person", said["by"] != proposed["by"])
    verify(said["by"], text, change["approval_signature"])


changes = rows("select * from change")
applied = {}
for change in changes:
    proposed = proposal(change)
    ok("a known state", change["state"] in (WAITING, APPLIED, SUPERSEDED, WITHDRAWN))
    two = bool(change["approval_statement"] or change["approval_signature"])
    ok(f"two where two are needed, one where one is: {change['kind']} {change['subject']}, state "
       f"{change['state']}: {change['approval_statement']!r}", two ==
       (change["state"] == APPLIED and PEOPLE[change["kind"]] == 2))
    if two:
        approval(change, proposed)
    if change["state"] == APPLIED:
        applied[change["id"]] = change
ok(f"{len(applied)} applied, {sys.argv[2]} answered", len(applied) == int(sys.argv[2]))
used = {change["kind"] for change in applied.values()}
ok(f"every kind was tried: {PEOPLE.keys() - used}", used == PEOPLE.keys())


def by(change_id, kinds, subject, what):
    change = applied.get(bytes(change_id))
    ok(f"{what} by a change of its own", change is not None and change["kind"] in kinds and
       (subject is None or change["subject"] == subject))
    return change


for row in rows("select * from product"):
    change = by(row["change_id"], {"product"}, f"{row['name']}@{row['revision']}", "a product")
    ok("its content is what was signed", hashlib.sha256(row["content"]).digest() == change["content"])
for row in rows("select * from identity where length(replace(hex(change_id), '0', '')) > 0"):
    by(row["change_id"], {"identity", "identity-block"}, row["id"], "an identity")
people = {row["id"] for row in rows(
    "select id from identity where length(replace(hex(change_id), '0', '')) = 0")}
ok(f"of genesis: {people}", people == {
    f"spiffe://quickstart/{name}" for name in ("operator/op-1", "operator/op-2",
                                               "operator/blocked", "operator/third",
                                               "auditor/aud-1")})
ok("nobody but them may change or read", people == {row["id"] for row in rows(
    "select id from identity where role in (2, 3)")})
for row in rows("select * from revocation"):
    by(row["change_id"], {"revoke"}, None, "a revocation")
orders = {change["subject"] for change in applied.values() if change["kind"] == "order"}
ok("orders", {row["id"] for row in rows("select id from work_order")} == orders)

# on the log: each change once, with what it did
effects, ended = {}, {}
for row in rows("select content from leaf"):
    leaf = json.loads(row["content"])
    area = leaf["type"].split(".")[0]
    ok(f"by a change: {leaf}", leaf.get("change") or area not in ("product", "order", "identity") or
       leaf.get("identity") in people)
    if leaf.get("change") and area != "change":
        effects.setdefault(leaf["change"], []).append(leaf["type"])
    if leaf["type"] == "change.ended":
        ended[leaf["change"]] = leaf["reason"]
        if leaf["reason"] == "WITHDRAWN":
            effects.setdefault(leaf["by_change"], []).append(leaf["type"])
ids = {change_id.hex() for change_id in applied}
ok(f"every effect on the log is of an applied change: {[effects[x] for x in set(effects) - ids]}",
   set(effects) <= ids)
ok("every applied change has its effect on the log",
   ids <= set(effects))
states = {"SUPERSEDED": SUPERSEDED, "WITHDRAWN": WITHDRAWN}
ok("every end on the log is in the store, and no other",
   {(change["id"].hex(), change["state"]) for change in changes
    if change["state"] in states.values()} == {(x, states[reason]) for x, reason in ended.items()})
ok("integrity", rows("pragma integrity_check")[0][0] == "ok")
two = sum(1 for change in applied.values() if change["approval_statement"])
print(f"{len(changes)} changes, {len(applied)} applied of {len(used)} kinds, {two} by two people: "
      "each with its signatures")
folder.cleanup()
