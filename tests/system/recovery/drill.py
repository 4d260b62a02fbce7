#!/usr/bin/env python3
"""The drill of deploy/RECOVERY.md: a backup while units are made, the store lost, the backup restored,
a recovery that two operators sign, stations and auditors behind it; and everything that must be
refused on the way. Started beside a server by with_server."""
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STATE, BIN = Path(os.environ["MINTMARK_STATE"]), Path(os.environ["MINTMARK_BIN"])
SERVER = os.environ["MINTMARK_SERVER"]
STORE = STATE / "server"
WORK = STATE / "drill"
KEPT = WORK / "witness"
PAA = STATE / "attestation" / "paa.pem"
PLAN = WORK / "recovery.plan"
PATIENCE = 60  # seconds; the upkeep runs every five
done = 0


def ok(what):
    global done
    done += 1
    print(f"ok     {what}", flush=True)


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)


def mintmark(*words):
    return run(BIN / "mintmark", *words)


def mintmarkd(*words):
    return run(BIN / "mintmarkd", "--config", STATE / "mintmarkd.yaml", *words)


def good(what, result, *texts):
    said = f"{what}: exit {result.returncode}: {result.stdout}{result.stderr}"
    assert result.returncode == 0, said
    for text in texts:
        assert text in result.stdout, f"no {text!r}: {said}"
    ok(what)
    return result


def bad(what, result, code, reason):
    said = result.stdout + result.stderr
    assert result.returncode == code and reason in said, f"{what}: exit {result.returncode}: {said}"
    ok(f"{what}: {reason}")


def wait(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"no {what} in {PATIENCE} s"
        time.sleep(0.1)  # between two looks at the same thing


def rows(sql):
    with sqlite3.connect(f"file:{STORE}/mintmark.db?mode=ro", uri=True) as database:
        return database.execute(sql).fetchall()


def size():
    return rows("select count(*) from leaf")[0][0]


def signed():
    path = STORE / "highwater"
    return int(path.read_text().split("\n")[1]) if path.exists() else 0


def station(verb, *words):
    name = STATE / "identities" / "line1-01"
    return mintmark(*verb, "--server", SERVER, "--certificate", f"{name}.pem", "--key",
                    f"{name}.key", "--ca", STATE / "identities" / "ca.pem", *words)


def provision(number, *words, order="WO-1"):
    return station(["provision"], "--order", order, "--hardware-id",
                   f"60:55:f9:0e:00:{number:02x}", "--allow-class", "test", "--json", *words)


def make(number, *words, **order):
    """A unit whose folder stays at the station."""
    result = provision(number, "--witness", KEPT, "-o", WORK / f"line1/unit-{number}", *words,
                       **order)
    assert result.returncode == 0, result.stdout + result.stderr


def operator(number, *words):
    return mintmark(*words, "--config", STATE / f"op-{number}.yaml", "--yes")


def quickstart(*options):
    subprocess.run([ROOT / "deploy/quickstart", "--no-install", "--build-dir", BIN.parent,
                    "--state", STATE, *options], check=True, stdout=subprocess.DEVNULL)


def stop():
    quickstart("--stop")


def open_order(name):
    order = WORK / f"{name}.yaml"
    order.write_text(f"order: {name}\nproduct: quickstart-lamp\nquantity: 5\nlines: [line1]\n")
    subprocess.run([os.environ["MINTMARK_APPLY"], order], check=True, stdout=subprocess.DEVNULL)


def complaints(reason):
    return (STATE / "mintmarkd.log").read_text().count(reason)


def refuses(what, reason):
    """A server started on this state says why, and answers nobody."""
    before = complaints(reason)
    quickstart("--server-only")
    wait(f"{reason} in the log", lambda: complaints(reason) > before)
    result = provision(99, "--no-witness", "--timeout", "2")
    assert result.returncode == 3, f"{what}: {result.stdout}{result.stderr}"
    stop()
    ok(f"{what}: {reason}, nothing is issued")


def export(folder):
    return mintmark("log", "export", "--config", STATE / "aud-1.yaml", "-o", folder)


def verify(folder, *words):
    return mintmark("log", "verify", folder, "--paa", PAA, *words)


def changed(what, change, reason, code=5):
    copy = WORK / "changed-backup"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(WORK / "backup", copy)
    change(copy)
    bad(what, mintmarkd("--restore", copy), code, reason)


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def back_up():
    """While a station makes units."""
    ending = threading.Event()

    def work():
        number = 0x40
        while not ending.is_set():
            assert provision(number, "--no-witness").returncode == 0
            number += 1

    worker = threading.Thread(target=work)
    worker.start()
    result = good("a backup while units are made", mintmarkd("--backup", WORK / "backup", "--json"))
    ending.set()
    worker.join()
    said = json.loads(result.stdout)
    assert said["origin"] == "quickstart/1" and said["entries"] > 0, said
    assert {"token", "private keys"} <= set(said["not_included"]), said
    bad("a second one into the same folder", mintmarkd("--backup", WORK / "backup"), 1,
        "BACKUP_EXISTS")
    shutil.copytree(WORK / "backup", WORK / "half.partial")
    bad("one that was cut off lies there", mintmarkd("--backup", WORK / "half"), 1, "BACKUP_EXISTS")
    files = sorted(path.name for path in (WORK / "backup").iterdir())
    assert {"mintmark.db", "manifest.json", "checkpoint", "pai-dev.der", "paa-dev.der"} <= set(files)
    for path in (WORK / "backup").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
        for salt in (STORE / "salts").iterdir():
            assert salt.read_bytes() not in path.read_bytes(), path
        assert "highwater" not in path.name and b"PRIVATE KEY" not in path.read_bytes(), path
    assert not list((WORK / "backup").glob("mintmark.db-*"))
    ok(f"in it: {', '.join(files)}; no salt, highwater or private key")
    return said["entries"]


def lose_store():
    stop()
    lost = WORK / "lost"
    lost.mkdir()
    for path in STORE.glob("mintmark.db*"):
        path.rename(lost / path.name)


def restore():
    changed("a byte of the database changed", lambda copy: flip(copy / "mintmark.db"),
            "BACKUP_CHANGED")
    changed("a certificate changed", lambda copy: flip(copy / "pai-dev.der"), "BACKUP_CHANGED")
    changed("a file gone", lambda copy: (copy / "checkpoint").unlink(), "BACKUP_CHANGED")
    changed("no manifest", lambda copy: (copy / "manifest.json").unlink(), "BACKUP_MANIFEST", 1)
    changed("a manifest of another format",
            lambda copy: (copy / "manifest.json").write_text('{"format": 2}'), "BACKUP_MANIFEST", 1)

    def lead_out(copy):
        manifest = json.loads((copy / "manifest.json").read_text())
        manifest["files"][0]["name"] = "../backup/mintmark.db"
        (copy / "manifest.json").write_text(json.dumps(manifest))

    changed("a manifest that leads elsewhere", lead_out, "BACKUP_MANIFEST", 1)
    assert not list(STORE.glob("mintmark.db*"))
    good("restored", mintmarkd("--restore", WORK / "backup"), "--recover")
    bad("a second time", mintmarkd("--restore", WORK / "backup"), 1, "STORE_EXISTS")


def recover(*words):
    return mintmarkd("--recover", "--plan", PLAN, *words)


def sign(number, name, *words, of=PLAN):
    output = WORK / f"{name}.statement"
    result = mintmark("recovery", "sign", of, "-o", output, "--config",
                      STATE / f"{number}.yaml", "--yes", *words)
    assert result.returncode == 0, result.stdout + result.stderr
    return ["--statement", output]


def change_store(sql):
    with sqlite3.connect(STORE / "mintmark.db") as database:
        database.executescript(sql)


def test_changed_store():
    """What is restored must be the log that was signed."""
    good("a restored store", mintmarkd("--restore", WORK / "backup"))
    change_store("update leaf set content = x'7b7d' where sequence = 5;"
                 "delete from node; update tree set size = 0;")
    bad("one that was rewritten", recover(), 5, "LOG_REWRITTEN")
    for path in STORE.glob("mintmark.db*"):
        path.unlink()
    good("restored anew", mintmarkd("--restore", WORK / "backup"))
    (key,) = rows("select value from meta where key = 'log_key'")[0]
    change_store("delete from meta where key = 'log_key'")
    bad("one that no server with a log key has used", recover(), 1, "LOG_KEY_NONE")
    change_store(f"insert into meta values ('log_key', '{key}')")


def plan_with(highwater, name):
    """Another plan, as it is when only this checkpoint is known, and both statements of it."""
    (STORE / "highwater").rename(WORK / "away")
    other = WORK / f"{name}.plan"
    said = good(f"a plan by {name} alone",
                mintmarkd("--recover", "--plan", other, "--highwater", highwater, "--json"))
    (WORK / "away").rename(STORE / "highwater")
    assert json.loads(said.stdout)["highwater_lost"], said.stdout
    first = sign("op-1", f"{name}-1", of=other)
    return other, [*first, *sign("op-2", f"{name}-2", "--approve", first[1], of=other)]


def sign_expired(first):
    """By hand, as lib/approval/SPEC.md says."""
    text = first[1].read_text().split("signature: ")[0].split("\n")
    proposal = hashlib.sha256(("\n".join(text)).encode()).hexdigest()
    text[1], text[7] = "act: approve", f"proposal: {proposal}"
    text[6] = text[6].replace("op-1", "op-2")
    text[8] = "expires: 2026-01-01T00:00:00Z"
    (WORK / "text").write_text("\n".join(text))
    subprocess.run(["openssl", "dgst", "-sha256", "-sign", STATE / "identities/op-2.key", "-out",
                    WORK / "signature", WORK / "text"], check=True)
    output = WORK / "expired.statement"
    output.write_text(f"{(WORK / 'text').read_text()}"
                      f"signature: {(WORK / 'signature').read_bytes().hex()}\n")
    return ["--statement", output]


def plan(journals):
    bad("statements without a plan", recover("--statement", "a", "--statement", "b"), 1, "PLAN")
    bad("one statement", recover("--statement", "a"), 2, "two")
    bad("a journal without units", recover("--journal", WORK / "backup"), 1, "JOURNAL")
    shutil.copy(STORE / "highwater", WORK / "highwater")
    bad("another checkpoint beside the highwater", recover("--highwater", WORK / "highwater"), 1,
        "HIGHWATER_THERE")
    (STORE / "highwater").unlink()
    bad("without a highwater", recover(), 1, "HIGHWATER_LOST")
    note = (WORK / "highwater").read_text().split("\n")
    (WORK / "forged").write_text("\n".join([note[0], str(int(note[1]) + 5), *note[2:]]))
    bad("a forged checkpoint", recover("--highwater", WORK / "forged"), 5, "HIGHWATER_CORRUPTED")
    shutil.copy(WORK / "highwater", STORE / "highwater")
    result = good("the plan", recover(*journals, "--json"))
    said = json.loads(result.stdout)
    assert said["lost"] == signed() - said["kept"] > 0 and not said["done"], said
    assert said["units"] == 3 and said["known"] == 3 and len(said["left_out"]) == 3, said
    why = {Path(row["journal"]).name: row["why"] for row in said["left_out"]}
    assert "no such order" in why["unit-7"], why
    assert "record.json" in why["unit-8"] and "PAI" in why["unit-9"], why
    ok(f"left out: {why}")
    bad("a plan is not written over", recover(*journals), 1, "PLAN_EXISTS")
    return said


def statements(journals):
    bad("the plan is no plan", mintmark("recovery", "show", STATE / "mintmarkd.yaml"), 1, "PLAN")
    good("shown", mintmark("recovery", "show", PLAN), "goes on as quickstart/2")
    first = sign("op-1", "op-1")
    second = sign("op-2", "op-2", "--approve", first[1])
    bad("signed by one person twice",
        mintmark("recovery", "sign", PLAN, "-o", WORK / "x", "--approve", first[1], "--config",
                 STATE / "op-1.yaml", "--yes"), 4, "APPROVAL_SAME_PERSON")
    bad("two proposals", recover(*journals, *first, *sign("op-2", "alone")), 1,
        "APPROVAL_MISMATCH")
    auditor = sign("aud-1", "aud-1", "--approve", first[1])
    bad("approved by an auditor", recover(*journals, *first, *auditor), 4, "NOT_OPERATOR")
    forged = WORK / "forged.statement"
    lines = second[1].read_text().split("\n")
    forged.write_text("\n".join([*lines[:-2], f"signature: {'00' * 70}", ""]))
    bad("a forged signature", recover(*journals, *first, "--statement", forged), 1, "SIGNATURE")
    bad("an expired one", recover(*journals, *first, *sign_expired(first)), 1, "STATEMENT_EXPIRED")
    bad("a file that is no statement", recover(*journals, *first, "--statement", PLAN), 1,
        "STATEMENT_FILE")
    other, about_other = plan_with(WORK / "backup/checkpoint", "early")
    bad("statements about another plan", recover(*journals, *about_other), 1, "STATEMENT_CONTENT")
    bad("an approval of another plan's statement",
        mintmark("recovery", "sign", PLAN, "-o", WORK / "x", "--approve", about_other[1],
                 "--config", STATE / "op-2.yaml", "--yes"), 1, "STATEMENT_CONTENT")
    bad("a station that has seen more signed than a recovery knows",
        mintmark("recovery", "accept", other, *about_other, "--operator",
                 STATE / "identities/op-1.pem", "--operator", STATE / "identities/op-2.pem",
                 "--witness", KEPT), 5, "RECOVERY_UNAWARE")
    bad("other journals than planned", recover(*first, *second), 3, "RECOVERY_MOVED")
    other = WORK / "other.plan"
    shutil.copy(PLAN, other)
    flip(other)
    bad("a plan that was changed",
        mintmarkd("--recover", "--plan", other, *journals, *first, *second), 3, "RECOVERY_MOVED")
    return first, second


def check_store(said):
    kinds = [kind for kind, in rows("select content ->> 'type' from leaf order by sequence")]
    assert kinds[said["kept"]:] == ["change.proposed", "change.approved", "log.recovered",
                                    *["device.recovered"] * 3], kinds[said["kept"]:]
    assert rows("select state, counted >= issued from work_order where id = 'WO-1'") == [(2, 1)]
    assert not (STORE / "highwater").exists() and (STORE / "highwater.1").exists()
    good("every table is what the log says", mintmarkd("--check-store"))
    ok("on record: what was signed, what was lost, units known again; orders stand still")


def test_station():
    """A witness stops until two operators' recovery was accepted; then the proof spans both."""
    statements = ["--statement", WORK / "op-1.statement", "--statement", WORK / "op-2.statement"]
    people = ["--operator", STATE / "identities/op-1.pem", "--operator",
              STATE / "identities/op-2.pem"]
    bad("a station that kept the old log", provision(2, "--witness", KEPT), 5, "LOG_EPOCH")
    bad("accepted on others' word",
        mintmark("recovery", "accept", PLAN, *statements, *people[:2], "--operator",
                 STATE / "identities/aud-1.pem", "--witness", KEPT), 1, "SIGNATURE")
    bad("accepted with one statement twice",
        mintmark("recovery", "accept", PLAN, *statements[:2], *statements[:2], *people,
                 "--witness", KEPT), 1, "APPROVAL_MISMATCH")
    bad("accepted where nothing was kept",
        mintmark("recovery", "accept", PLAN, *statements, *people, "--witness", WORK / "empty"), 1,
        "RECOVERY_OTHER")
    bad("accepted for no station", mintmark("recovery", "accept", PLAN, *statements, *people), 2,
        "--witness")
    good("accepted", mintmark("recovery", "accept", PLAN, *statements, *people, "--witness", KEPT),
         "quickstart/2")
    assert (KEPT / "checkpoint.1").exists() and not (KEPT / "checkpoint").exists()
    bad("a second time",
        mintmark("recovery", "accept", PLAN, *statements, *people, "--witness", KEPT), 1,
        "RECOVERY_OTHER")


def test_issuing(said):
    bad("before two operators resumed the order", provision(6, "--no-witness"), 1,
        "ORDER_NOT_OPEN")
    good("op-1 resumes", operator(1, "order", "resume", "WO-1", "--reason", "counted"))
    good("op-2 approves", operator(2, "order", "approve", "WO-1"))
    make(6)
    make(10)
    assert (KEPT / "checkpoint").read_text().startswith("quickstart/2\n")
    assert (KEPT / "log-key").read_text().startswith("quickstart/2+")
    ok("issued on, a lost unit as a new reservation; the station holds the server to the new log")
    bad("a recovered unit again", provision(4, "--witness", KEPT), 1, "ERASED")
    wait("a checkpoint", lambda: signed() == size())
    good("its station reports it", station(
        ["report"], WORK / "line1/unit-4", "--flashed", "--witness", KEPT, "--json"))
    good("one from before the backup is delivered again", provision(2, "--witness", KEPT))
    good("a recovered unit is reworked", operator(1, "device", "rework", "60:55:f9:0e:00:05",
                                                  "--reason", "lost"))
    good("and approved", operator(2, "device", "approve", "60:55:f9:0e:00:05"))
    make(5)
    assert rows("select counted, issued from work_order where id = 'WO-1'")[0][0] <= 102
    ok("it gets a new identity")


def test_auditor():
    old, new = WORK / "old-log", WORK / "new-log"
    bad("export into the old epoch's folder", export(old), 5, "LOG_EPOCH")
    good("export", export(new))
    notes = WORK / "notes"
    notes.mkdir()
    shutil.copy(KEPT / "checkpoint.1", notes / "line1-01")
    shutil.copy(old / "checkpoint", notes / "auditor")
    shutil.copy(WORK / "backup/checkpoint", notes / "backup")
    shutil.copy(KEPT / "checkpoint", notes / "line1-01-now")
    good("verified, with notes of both epochs", verify(new, "--witness", notes, "--log-key",
                                                       old / "log-key"),
         "recovered 1 times", "3 units entered again", "VERIFIED")
    summary = json.loads(verify(new, "--witness", notes, "--json").stdout)
    assert summary["recoveries"] == 1 and summary["entries_lost"] > 0, summary
    assert summary["witnesses"] == 4 and summary["witnesses_written_off"] >= 1, summary
    good("since a note of the old epoch", verify(new, "--since", WORK / "backup/checkpoint"),
         "earlier epoch")
    bad("the old export under the new key", verify(old, "--log-key", new / "log-key"), 5,
        "LOG_EPOCH")
    later = WORK / "later"
    later.mkdir()
    shutil.copy(new / "checkpoint", later / "auditor")
    bad("the old export beside a note of the new epoch", verify(old, "--witness", later), 5,
        "LOG_SHORTENED")
    bad("export since a note of the old epoch",
        mintmark("log", "export", "--config", STATE / "aud-1.yaml", "-o", WORK / "third", "--since",
                 WORK / "backup/checkpoint"), 1, "NOTE_EPOCH")
    content = next(path for path in (new / "content").iterdir()
                   if b"quickstart/2" in path.read_bytes())
    shutil.copytree(new, WORK / "tampered")
    flip(WORK / "tampered/content" / content.name)
    bad("a plan changed in the export", verify(WORK / "tampered"), 1, "OTHER_CONTENT")


def test_backup_again():
    """Yesterday's database without a recovery, in every way that it can be put there."""
    stop()
    good("also later", mintmarkd("--check-store"))
    now = WORK / "now"
    now.mkdir()
    for path in STORE.glob("mintmark.db*"):
        path.rename(now / path.name)
    good("yesterday's backup once more", mintmarkd("--restore", WORK / "backup"))
    refuses("a store of before the recovery", "STORE_EPOCH")
    (STORE / "highwater").rename(WORK / "highwater.2")
    refuses("the same without a highwater", "STORE_EPOCH")
    (WORK / "highwater.2").rename(STORE / "highwater")
    for path in STORE.glob("mintmark.db*"):
        path.unlink()
    for path in now.iterdir():
        path.rename(STORE / path.name)
    bad("nothing to recover", mintmarkd("--recover", "--plan", WORK / "second.plan"), 1,
        "RECOVERY_NEEDLESS")
    # as if the recovery had been cut off before it put the highwater aside
    shutil.copy(STORE / "highwater", WORK / "highwater.2")
    shutil.copy(STORE / "highwater.1", STORE / "highwater")
    refuses("a recovery that was cut off", "STORE_EPOCH")
    good("finished by the same command",
         recover("--statement", WORK / "op-1.statement", "--statement", WORK / "op-2.statement"))
    assert (STORE / "highwater.1").exists() and not (STORE / "highwater").exists()
    shutil.copy(WORK / "highwater.2", STORE / "highwater")


def test_salts():
    """Without its day's salt nothing in any copy opens."""
    for salt in (STORE / "salts").iterdir():
        salt.unlink()
    quickstart("--server-only")
    bad("a unit of a day whose salt is gone", provision(2, "--no-witness"), 5, "SALT_GONE")
    bad("restore beside a server", mintmarkd("--restore", WORK / "backup"), 1, "STATE_IN_USE")
    bad("recovery beside a server", mintmarkd("--recover", "--plan", WORK / "x.plan"), 1,
        "STATE_IN_USE")


def main():
    WORK.mkdir()
    (WORK / "line1").mkdir()
    for number in range(1, 4):
        make(number)
    wait("a checkpoint", lambda: signed() > 0)
    back_up()
    open_order("WO-AFTER")
    for number in range(4, 6):
        make(number)
    assert provision(6, "--no-witness").returncode == 0
    make(7, order="WO-AFTER")
    make(11)
    for number, name, content in ((8, "record.json", None), (9, "dac.der", PAA)):
        folder = WORK / f"line1/unit-{number}"
        shutil.copytree(WORK / "line1/unit-4", folder)
        (folder / name).unlink()
        if content is not None:
            shutil.copy(STATE / "attestation/pai.der", folder / name) if (
                STATE / "attestation/pai.der").exists() else shutil.copy(
                    WORK / "line1/unit-4/pai.der", folder / name)
    good("an auditor's export", export(WORK / "old-log"))
    make(11)  # the station keeps the newest
    lose_store()
    restore()
    for path in STORE.glob("mintmark.db*"):
        path.unlink()
    test_changed_store()
    refuses("a restored store", "STORE_BEHIND")
    journals = ["--journal", WORK / "line1"]
    said = plan(journals)
    first, second = statements(journals)
    good("recovered", recover(*journals, *first, *second), "goes on as quickstart/2")
    check_store(said)
    quickstart("--server-only")
    test_station()
    test_issuing(said)
    test_auditor()
    test_backup_again()
    test_salts()
    print(f"{done} checks")


main()
