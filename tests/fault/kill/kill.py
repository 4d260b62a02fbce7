"""Kills processes of a complete server with SIGKILL at random moments while stations work, and
checks: children never outlive their supervisor, the server comes back by itself or when started
again, every unit ends with one identity and identical bytes, and the store's sums agree.

Started beside a server by with_server. MINTMARK_KILL_CYCLES (default 40) is how often."""
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STATE = Path(os.environ["MINTMARK_STATE"])
BIN = Path(os.environ["MINTMARK_BIN"])
SERVER = os.environ["MINTMARK_SERVER"]
CYCLES = int(os.environ.get("MINTMARK_KILL_CYCLES", "40"))
KINDS = ("worker", "signer", "front", "supervisor")


def supervisor():
    return int((STATE / "mintmarkd.pid").read_text())


def children(pid):
    """pid → kind of the supervisor's processes."""
    found = {}
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return found
    for child in map(int, listed):
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"--child" in words:
            found[child] = words[words.index(b"--child") + 1].decode()
    return found


def wait_gone(pids):
    end = time.monotonic() + 30
    for pid in pids:
        while Path(f"/proc/{pid}").exists():
            state = Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] \
                if Path(f"/proc/{pid}/stat").exists() else "X"
            if state in "ZX":
                break
            if time.monotonic() > end:
                sys.exit(f"process {pid} outlived its supervisor")
            os.sched_yield()


def start_again():
    subprocess.run([ROOT / "deploy/quickstart", "--no-install", "--build-dir", BIN.parent,
                    "--state", STATE, "--server-only"], check=True, stdout=subprocess.DEVNULL)


def station(mac, output):
    keys = STATE / "identities"
    return subprocess.Popen(
        [BIN / "mintmark", "provision", "--server", SERVER, "--certificate",
         keys / "line1-01.pem", "--key", keys / "line1-01.key", "--ca", keys / "ca.pem", "--order",
         "KILL", "--hardware-id", mac, "--allow-class", "test", "--timeout", "60", "-o", output],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(process, mac):
    error = process.communicate(timeout=120)[1]
    if process.returncode != 0:
        sys.exit(f"{mac}: exit {process.returncode}: {error}")


def content(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def report(unit):
    keys = STATE / "identities"
    return subprocess.Popen(
        [BIN / "mintmark", "report", unit, "--flashed", "--server", SERVER, "--certificate",
         keys / "line1-01.pem", "--key", keys / "line1-01.key", "--ca", keys / "ca.pem",
         "--timeout", "60"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def kill_one(kind):
    time.sleep(random.uniform(0, 0.04))  # the moment is the experiment, nothing waits for it
    main = supervisor()
    victims = [main] if kind == "supervisor" else [
        pid for pid, name in children(main).items() if name == kind]
    before = list(children(main))
    for victim in victims:
        os.kill(victim, 9)
    if kind == "supervisor":
        wait_gone([main, *before])
        start_again()


def cycle(number, kind, folder):
    """Every second death falls into the report instead of the issuing."""
    mac = f"60:57:00:00:{number >> 8:02x}:{number & 255:02x}"
    in_report = number // len(KINDS) % 2 == 1
    running = station(mac, f"{folder}/{number}-a")
    if not in_report:
        kill_one(kind)
    finish(running, mac)
    again = station(mac, f"{folder}/{number}-b")
    finish(again, mac)
    if content(f"{folder}/{number}-a") != content(f"{folder}/{number}-b"):
        sys.exit(f"{mac}: a retry gave other bytes after {kind} died")
    running = report(f"{folder}/{number}-a")
    if in_report:
        kill_one(kind)
    finish(running, mac)


def check_store():
    with sqlite3.connect(f"file:{STATE}/server/mintmark.db?mode=ro", uri=True) as database:
        def one(sql):
            return database.execute(sql).fetchone()[0]
        counted = one("select counted from work_order where id = 'KILL'")
        assert counted == CYCLES, f"{counted} counted, {CYCLES} units"
        assert one("select issued from work_order where id = 'KILL'") == CYCLES
        assert one("select count(*) from unit where work_order = 'KILL' and state = 3") == CYCLES
        assert one("select flashed from work_order where id = 'KILL'") == CYCLES
        assert one("select sum(open) from station_open") == 0
        assert one("select count(*) from secret where device is not null") == 0
        for kind in ("reserved", "issued", "reported"):
            assert one("select count(*) from leaf where content ->> 'order' = 'KILL' and "
                       f"content ->> 'type' = 'device.{kind}'") == CYCLES, kind
        assert one("select max(sequence) + 1 - count(*) from leaf") == 0
        assert one("pragma integrity_check") == "ok"
    subprocess.run([BIN / "check_log", STATE / "server"], check=True)
    subprocess.run([ROOT / "tests/fault/verify_log"], check=True)


def main():
    order = STATE / "kill-order.yaml"
    product = next(line.split()[1] for line in (STATE / "product.yaml").read_text().splitlines()
                   if line.startswith("name:"))
    order.write_text(f"order: KILL\nproduct: {product}\nquantity: {CYCLES}\n")
    subprocess.run([os.environ["MINTMARK_APPLY"], order], check=True)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(CYCLES):
            cycle(number, KINDS[number % len(KINDS)], folder)
    check_store()
    print(f"{CYCLES} deaths of {', '.join(KINDS)}: {CYCLES} units, identical bytes, sums agree")


main()
