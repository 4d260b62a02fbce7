"""The log's checkpoints of a complete server: signed by the token without anybody asking, verified
here with nothing of ours, and what they are for: a database set back to yesterday's does not issue,
today's does again. Started beside a server by with_server."""
import base64
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STATE = Path(os.environ["MINTMARK_STATE"])
BIN = Path(os.environ["MINTMARK_BIN"])
SERVER = os.environ["MINTMARK_SERVER"]
STORE = STATE / "server"
PATIENCE = 60  # seconds; the upkeep runs every five


def fail(text):
    sys.exit(f"FAILED: {text}")


def wait(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            fail(f"no {what} in {PATIENCE} s")
        time.sleep(0.1)  # between two looks at the same thing


def rows(sql):
    with sqlite3.connect(f"file:{STORE}/mintmark.db?mode=ro", uri=True) as database:
        return database.execute(sql).fetchall()


def station(number, *options):
    keys = STATE / "identities"
    return subprocess.run(
        [BIN / "mintmark", "provision", "--server", SERVER, "--certificate",
         keys / "line1-01.pem", "--key", keys / "line1-01.key", "--ca", keys / "ca.pem", "--order",
         "WO-1", "--hardware-id", f"60:59:00:00:00:{number:02x}", "--allow-class", "test",
         "-o", STATE / f"unit-{number}", *options], capture_output=True, text=True)


def issue(number):
    done = station(number)
    if done.returncode != 0:
        fail(done.stderr)


def root_of(entries):
    """RFC 6962, section 2.1."""
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return hashlib.sha256(b"\1" + root_of(entries[:k]) + root_of(entries[k:])).digest()


def read_note(note):
    """Size and root of a checkpoint, and the key id of its one signature."""
    text, signature = note.rsplit("\n\n", 1)
    origin, size, root = text.split("\n")
    dash, name, encoded = signature.rstrip("\n").split(" ")
    assert origin == "quickstart/1" and dash == "\u2014" and name == origin, note
    raw = base64.b64decode(encoded, validate=True)
    return int(size), base64.b64decode(root), raw[:4], (text + "\n").encode(), raw[4:]


def covered():
    path = STORE / "highwater"
    return read_note(path.read_text())[0] if path.exists() else 0


def log_key():
    """The log key as OpenSSL takes it, out of the token."""
    words = [BIN / "mintmark-hsm", "log", "key", "quickstart/1", "--token", "mint", "--pin-file", STATE / "token/pin",
             "--softhsm2-conf", STATE / "token/softhsm2.conf"]
    line = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
    name, key_id, encoded = line.split("+", 2)
    raw = base64.b64decode(encoded, validate=True)
    spki = raw[1:]
    assert name == "quickstart/1" and raw[0] == 2, line
    assert bytes.fromhex(key_id) == hashlib.sha256(spki).digest()[:4], line
    path = STATE / "log-key.der"
    path.write_bytes(spki)
    return path, bytes.fromhex(key_id)


def check_checkpoints():
    key, key_id = log_key()
    entries = [content for content, in rows("select content from leaf order by sequence")]
    notes = rows("select size, note from checkpoint order by size")
    for size, note in notes:
        said, root, by, text, signature = read_note(note.decode())
        assert said == size and by == key_id and root == root_of(entries[:size]), note
        (STATE / "signature").write_bytes(signature)
        (STATE / "text").write_bytes(text)
        subprocess.run(["openssl", "dgst", "-sha256", "-keyform", "DER", "-verify", key,
                        "-signature", STATE / "signature", STATE / "text"],
                       check=True, stdout=subprocess.DEVNULL)
    assert (STORE / "highwater").read_bytes() == notes[-1][1]
    print(f"ok     {len(notes)} checkpoints over {len(entries)} entries verify with openssl")


def quickstart(*options):
    subprocess.run([ROOT / "deploy/quickstart", "--no-install", "--build-dir", BIN.parent,
                    "--state", STATE, *options], check=True, stdout=subprocess.DEVNULL)


def back_up(target):
    """With what is still in the WAL."""
    with sqlite3.connect(STORE / "mintmark.db") as source, sqlite3.connect(target) as copy:
        source.backup(copy)


def put_database(source):
    for old in STORE.glob("mintmark.db*"):
        old.unlink()
    shutil.copy(source, STORE / "mintmark.db")


def complaints(reason):
    return (STATE / "mintmarkd.log").read_text().count(reason)


def refuses(number, reason):
    """A server started on this state gives its reason, again and again, and issues nothing."""
    before = complaints(reason)
    quickstart("--server-only")
    wait(f"{reason} in the log", lambda: complaints(reason) > before)
    if station(number, "--timeout", "2").returncode != 3:  # unavailable
        fail(f"a server that says {reason} answered a station")
    assert rows("select count(*) from unit where unit_id = '60:59:00:00:00:%02x'" % number) == [(0,)]
    quickstart("--stop")
    print(f"ok     {reason}: nothing is issued")


def main():
    size = lambda: rows("select count(*) from leaf")[0][0]
    issue(1)
    wait("checkpoint", lambda: covered() == size())
    kinds = [kind for kind, in rows("select content ->> 'type' from leaf order by sequence")]
    assert kinds.count("start") == 1 and kinds.count("key.served") == 4, kinds  # PAI, seal, log, identity
    quickstart("--stop")
    back_up(STATE / "yesterday.db")
    quickstart("--server-only")
    issue(2)
    wait("second checkpoint", lambda: covered() == size())
    quickstart("--stop")
    check_checkpoints()
    back_up(STATE / "today.db")
    put_database(STATE / "yesterday.db")
    refuses(3, "STORE_BEHIND")
    put_database(STATE / "today.db")
    (STORE / "highwater").rename(STATE / "highwater")
    refuses(3, "HIGHWATER_LOST")
    (STATE / "highwater").rename(STORE / "highwater")
    quickstart("--server-only")
    issue(3)
    wait("third checkpoint", lambda: covered() == size())
    print("ok     today's database issues again")


main()
