"""Measures a server whose store is large beside one whose store is small; started by tests/bench/rows."""
import argparse
import json
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import sys
import time

BIN = pathlib.Path(os.environ["MINTMARK_BIN"])
ROOT = pathlib.Path(__file__).resolve().parents[2]
CORES = os.cpu_count()
SMALL_ROWS = 1000
PAGE = 50000  # units of one transaction while a store is filled


class Server:
    """One of the two, by its state folder."""

    def __init__(self, state, address):
        self.state, self.address = pathlib.Path(state), address
        self.next_unit = 0x01000000
        self.folder = self.state / "server"

    def apply(self, *files):
        subprocess.run([ROOT / "tests/system/apply", *files], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "MINTMARK_STATE": str(self.state)})

    def open_order(self):
        product = (self.state / "product.yaml").read_text()
        name = next(l for l in product.splitlines() if l.startswith("name:")).split()[1]
        lamp = self.state / "rows.yaml"
        lamp.write_text(product.replace(f"name: {name}", "name: rows") +
                        "commissioning: {spake2p_iterations: 10000}\n")
        order = self.state / "rows-order.yaml"
        order.write_text("order: ROWS\nproduct: rows\nquantity: 4000000\n")
        self.apply(lamp, order)

    def load(self, seconds, stations):
        keys = self.state / "identities"
        out = subprocess.run([BIN / "bench_load", self.address, keys / "line1-01.pem",
                              keys / "line1-01.key", keys / "ca.pem", "ROWS", str(seconds),
                              str(stations), str(self.next_unit)], check=True, capture_output=True,
                             text=True)
        self.next_unit += 0x00100000
        return json.loads(out.stdout)

    def mintmark(self, who, *words):
        return subprocess.run([BIN / "mintmark", *words, "--config", self.state / f"{who}.yaml"],
                              check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def stop(self):
        subprocess.run([ROOT / "deploy/quickstart", "--no-install", "--state", self.state, "--stop"],
                       check=True, stdout=subprocess.DEVNULL)

    def start(self):
        """Seconds from exec to the first answer to an operator."""
        with open(self.state / "mintmarkd.log", "a", encoding="utf-8") as log:
            begin = time.monotonic()
            process = subprocess.Popen([BIN / "mintmarkd", "--config", "mintmarkd.yaml"],
                                       cwd=self.state, stdout=log, stderr=log,
                                       start_new_session=True)
        (self.state / "mintmarkd.pid").write_text(f"{process.pid}\n")
        self.mintmark("op-1", "order", "list")
        return time.monotonic() - begin


def units(template, leaves, first, count):
    """Rows like a real unit's, with new identities: a unit that was flashed, and its entries."""
    columns = list(template.keys())
    for number in range(first, first + count):
        row = dict(template)
        mac = f"60:66:{number >> 24 & 255:02x}:{number >> 16 & 255:02x}:" \
              f"{number >> 8 & 255:02x}:{number & 255:02x}"
        record = random.randbytes(16)
        row.update(id=number + 1, record_id=record, unit_id=mac, hardware_id=mac, state=3,
                   serial_number=random.randbytes(8).hex().upper(),
                   dac_serial=b"\x41" + random.randbytes(len(template["dac_serial"]) - 1),
                   public_key=b"\x04" + random.randbytes(64),
                   tbs=random.randbytes(len(template["tbs"])),
                   certificate=random.randbytes(len(template["certificate"])),
                   set_digest=random.randbytes(32))
        old = template["record_id"].hex().encode()
        texts = [leaf.replace(old, record.hex().encode())
                     .replace(template["unit_id"].encode(), mac.encode()) for leaf in leaves]
        yield [row[name] for name in columns], record, texts


def fill(server, rows):
    """The store of a stopped server grows to so many units, as if it had issued and flashed them."""
    database = sqlite3.connect(server.folder / "mintmark.db", isolation_level=None)
    database.row_factory = sqlite3.Row
    database.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;")
    template = dict(database.execute("select * from unit where work_order = 'ROWS'").fetchone())
    record = template["record_id"].hex()
    leaves = [row[0] for row in database.execute(
        "select content from leaf where content ->> 'record' = ? order by sequence", (record,))]
    names = ", ".join(template)
    marks = ", ".join("?" * len(template))
    have = database.execute("select count(*) from unit").fetchone()[0]
    sequence, now = database.execute("select max(sequence) + 1, max(time_ms) from leaf").fetchone()
    for first in range(have, rows, PAGE):
        count = min(PAGE, rows - first)
        unit_rows, leaf_rows, trace_rows, report_rows = [], [], [], []
        for row, record, texts in units(template, leaves, first, count):
            unit_rows.append(row)
            for text in texts:
                leaf_rows.append((sequence, now, text))
                trace_rows.append((record, sequence))
                sequence += 1
            report_rows.append((row[0], 1, 1, template["station"], str(row[0] % 8), "", "", "", now))
        database.execute("BEGIN IMMEDIATE")
        database.executemany(f"insert into unit ({names}) values ({marks})", unit_rows)
        database.executemany("insert into leaf values (?, ?, ?)", leaf_rows)
        database.executemany("insert into trace values (?, ?)", trace_rows)
        database.executemany("insert into report values (?, ?, ?, ?, ?, ?, ?, ?, ?)", report_rows)
        database.execute("update work_order set counted = counted + ?, issued = issued + ?, "
                         "flashed = flashed + ? where id = 'ROWS'", (count, count, count))
        database.execute("COMMIT")
        print(f"\rfilling: {first + count} units", end="", file=sys.stderr, flush=True)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    print("\rfilled; sequencing the log's tree", file=sys.stderr)
    subprocess.run([BIN / "check_log", server.folder], check=True, stdout=subprocess.DEVNULL)


def ask(server, *words):
    """Milliseconds of one command of an operator, the client's start and handshake among them."""
    times = []
    for _ in range(5):
        begin = time.monotonic()
        server.mintmark("op-1", *words)
        times.append((time.monotonic() - begin) * 1000)
    return statistics.median(times)


def measure(arguments, small, large):
    result = {"rows": arguments.rows, "cores": CORES}
    costs = {"small": [], "large": []}
    for _ in range(arguments.rounds):
        for name, server in (("small", small), ("large", large)):
            costs[name].append(1000 / server.load(arguments.seconds, 2 * CORES)["per_second"])
    result["unit_ms"] = {name: statistics.median(values) for name, values in costs.items()}
    result["ratio"] = statistics.median(b / a for a, b in zip(costs["small"], costs["large"]))
    for words in (("order", "list"), ("order", "report", "ROWS"),
                  ("device", "list", "--state", "reserved"),
                  ("device", "list", "--order", "ROWS", "--state", "reserved")):
        result[" ".join(words)] = {"small_ms": ask(small, *words), "large_ms": ask(large, *words)}
    starts = {"small": [], "large": []}
    for _ in range(3):
        for name, server in (("small", small), ("large", large)):
            server.stop()
            starts[name].append(server.start())
    result["start_s"] = {name: statistics.median(values) for name, values in starts.items()}
    return result


def show(result):
    print(f"\n{result['rows']} units against {SMALL_ROWS}, {result['cores']} cores, medians")
    unit = result["unit_ms"]
    print(f"a unit, 10 000 iterations                   {unit['small']:8.3f} {unit['large']:8.3f} ms"
          f"   ratio {result['ratio']:.3f}")
    start = result["start_s"]
    print(f"start until the first answer                {start['small']:8.3f} {start['large']:8.3f} s")
    for name, times in result.items():
        if isinstance(times, dict) and "small_ms" in times:
            print(f"{name:44s} {times['small_ms']:8.1f} {times['large_ms']:8.1f} ms")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    small = Server(os.environ["SMALL_STATE"], os.environ["SMALL_SERVER"])
    large = Server(os.environ["MINTMARK_STATE"], os.environ["MINTMARK_SERVER"])
    for server, rows in ((small, SMALL_ROWS), (large, arguments.rows)):
        server.open_order()
        server.load(1, 1)
        server.stop()
        fill(server, rows)
        server.start()
    result = measure(arguments, small, large)
    if arguments.json:
        json.dump(result, sys.stdout, indent=2)
        print()
    else:
        show(result)


main()
