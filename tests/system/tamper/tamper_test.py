#!/usr/bin/env python3
"""Whoever owns the database changes it: each column of each table once, rows removed and exchanged,
yesterday's file put back, the log rewritten with all its hashes. `mintmarkd --check-store` names it,
or the column stands below with what else stops it. A new table or column without either fails."""
import hashlib
import shutil
import sqlite3
import subprocess
from pathlib import Path

import history
from history import BIN, STATE, STORE, WORK

COPY = WORK / "copy"
CONFIG = STATE / "copy.yaml"  # beside the other, whose names it has
done = 0

# What no entry of the log says, so that the check cannot know: what a change of it comes to.
ELSEWHERE = {
    "work_order.window_from": "signed content, which log verify reads (ORDER_WINDOW)",
    "work_order.window_to": "signed content, which log verify reads (ORDER_WINDOW)",
    "work_order.dac_not_before": "stands in every certificate; the signer lints it",
    "unit.chain_sha256": "delivery is refused (PAI_CHANGED)",
    "unit.image_revision": "delivery is refused (IMAGE_REVISION)",
    "secret.device": "sealed for its unit: delivery is refused (SEAL_BROKEN)",
    "secret.codes": "sealed for its unit: delivery is refused (SEAL_BROKEN)",
    "secret.since_ms": "when it is erased; the destroyed salt of its day ends it in any case",
    "identity.not_after": "shown to operators; TLS looks at the certificate itself",
    "identity.tbs": "while its certificate is made: the log has its digest, the signer judges it",
    "counter.vendor_id": "serial numbers are unique by the units themselves, whatever it says",
    "counter.pattern": "serial numbers are unique by the units themselves, whatever it says",
    "counter.taken": "serial numbers are unique by the units themselves, whatever it says",
    "unit.seal_day": "nothing of this unit is sealed any more; else it is counted",
    "work_order.codes_row": "where the sweep goes on; held behind what is sealed yet",
    "crl.tbs": "every reader of the list verifies its signature",
    "change.product_class": "shown to operators; it is derived again from the content",
    "change.needs_second": "shown to operators; an approval is checked when it is made",
    "change.reason": "shown to operators",
    "spent.id": "who saw a refused statement could use it until it expires",
    "spent.person": "who saw a refused statement could use it until it expires",
    "spent.expires": "who saw a refused statement could use it until it expires",
    "crl.signature": "every reader of the list verifies it",
}
# Tables that this history leaves empty: with rows the check looks at their change and their number.
EMPTY = {"order_row", "order_sealed"}
# Rows that nothing misses: a checkpoint can be made again; what was sealed is lost, and said so.
ROWS_ELSEWHERE = {
    "checkpoint": "the newest stands in the highwater too",
    "counter": "serial numbers are unique by the units themselves",
    "spent": "who saw a refused statement could use it until it expires",
}


def ok(what):
    global done
    done += 1
    print(f"ok     {what}", flush=True)


def check_store(config):
    return subprocess.run([BIN / "mintmarkd", "--config", config, "--check-store"],
                          capture_output=True, text=True, check=False)


def connect():
    database = sqlite3.connect(COPY / "mintmark.db", isolation_level=None)
    database.create_function("sha256", 1, lambda content: hashlib.sha256(content).digest())
    database.execute("PRAGMA ignore_check_constraints = ON")
    return database


def changed(what, change, table=None):
    """A copy with one change: what is said about it, or None when nothing is."""
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(STORE, COPY)
    database = connect()
    change(database)
    database.close()
    run = check_store(CONFIG)
    if run.returncode == 0:
        return None
    assert run.returncode == 5, f"{what}: exit {run.returncode}: {run.stdout}{run.stderr}"
    said = run.stdout.splitlines()
    assert said or run.stderr, what
    if table is not None:
        assert any(line.startswith(f"  {table}: ") for line in said), f"{what}: {run.stdout}"
    return (said or [run.stderr])[0].strip()


def schema():
    """Tables with their columns: (name, is in the key)."""
    with sqlite3.connect(STORE / "mintmark.db") as database:
        names = [name for name, in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
            "ORDER BY name")]
        return {name: [(row[1], row[5] > 0) for row in
                       database.execute(f"SELECT * FROM pragma_table_info('{name}')")]
                for name in names}


def other(value):
    """The same with one bit or letter changed."""
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, bytes):
        place = len(value) // 4  # of a signed note: in its text
        return value[:place] + bytes([value[place] ^ 1]) + value[place + 1:] if value else b"x"
    return value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"


def where(columns, row):
    """The row again, by its key."""
    keys = [(name, value) for (name, key), value in zip(columns, row) if key]
    return " AND ".join(f"{name} = ?" for name, _ in keys), [value for _, value in keys]


def rows_of(database, table, columns, having="1"):
    names = ", ".join(name for name, _ in columns)
    order = "number" if table == "change" else ", ".join(name for name, key in columns if key)
    if table == "meta":  # besides: the log's public key, to which a recovery holds the last checkpoint
        order = "key = 'origin' DESC, key"
    sql = f"SELECT {names} FROM {table} WHERE {having} ORDER BY {order}"
    return database.execute(sql).fetchall()


def change_column(database, table, columns, column):
    index = [name for name, _ in columns].index(column)
    row = rows_of(database, table, columns, f"{column} IS NOT NULL")[0]
    condition, values = where(columns, row)
    words = f"UPDATE {table} SET {column} = ? WHERE {condition}"
    try:
        database.execute(words, [other(row[index]), *values])
    except sqlite3.IntegrityError:  # another row has that number
        database.execute(words, [row[index] + (1 << 20), *values])
    assert database.execute("SELECT changes()").fetchone()[0] == 1


def remove_row(database, table, columns):
    condition, values = where(columns, rows_of(database, table, columns)[0])
    database.execute(f"DELETE FROM {table} WHERE {condition}", values)
    assert database.execute("SELECT changes()").fetchone()[0] == 1


def exchange_rows(database, table, columns):
    """The first two rows change places: each keeps its key and gets the other's values."""
    first, second = rows_of(database, table, columns)[:2]
    plain = [name for name, key in columns if not key]
    database.execute("BEGIN")
    places = [place for place, (_, key) in enumerate(columns) if not key]
    for target, source in ((first, None), (second, first), (first, second)):
        condition, values = where(columns, target)
        given = [source[place] if source else spare(target[place]) for place in places]
        database.execute(f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in plain)} "
                         f"WHERE {condition}", [*given, *values])
    database.execute("COMMIT")


def spare(value):
    """Something that no row has, for the time of the exchange."""
    if isinstance(value, int):
        return value + 1000000007
    if value is None:
        return None
    return b"spare" + value if isinstance(value, bytes) else "spare" + value


def test_columns(tables):
    elsewhere = dict(ELSEWHERE)
    wrong = []
    for table, columns in tables.items():
        for column, _ in columns:
            name = f"{table}.{column}"
            if name == "meta.key":
                continue  # its row goes, see below
            try:
                said = changed(name, lambda d, t=table, cs=columns, c=column:
                               change_column(d, t, cs, c))
            except IndexError:
                said = None  # no row has a value here: it needs a reason
            reason = elsewhere.pop(name, None)
            if not said and not reason:
                wrong.append(f"{name} changed and nothing notices: it needs a check or a reason")
            elif said and reason:
                wrong.append(f"{name} is noticed: {said}; its reason is old")
            else:
                ok(f"{name}: {said or reason}")
    wrong += [f"there is no {name}" for name in elsewhere]
    assert not wrong, "\n".join(wrong)


def test_rows(tables):
    for table, columns in tables.items():
        try:
            said = changed(f"{table} row removed", lambda d, t=table, cs=columns:
                           remove_row(d, t, cs))
        except IndexError:
            said = None  # it has none here
        assert said or table in ROWS_ELSEWHERE, f"a row of {table} is gone, and nothing notices"
        ok(f"{table}, a row removed: {said or ROWS_ELSEWHERE[table]}")
        if all(key for _, key in columns):
            continue  # nothing to exchange
        with sqlite3.connect(STORE / "mintmark.db") as database:
            few = database.execute(f"SELECT count(*) < 2 FROM {table}").fetchone()[0]
        if few:
            continue
        said = changed(f"{table} rows exchanged", lambda d, t=table, cs=columns:
                       exchange_rows(d, t, cs))
        reason = "sealed for their unit (SEAL_BROKEN)" if table == "secret" else None
        assert said or reason, f"rows of {table} changed places, and nothing notices"
        ok(f"{table}, rows exchanged: {said or reason}")


def rewrite(database):
    """An entry, with all hashes over it; and what was signed goes."""
    database.execute("DELETE FROM checkpoint")
    database.execute("UPDATE leaf SET content = CAST(replace(content, 'WO-2', 'WO-3') AS BLOB)")
    hashes = [hashlib.sha256(b"\0" + content).digest() for content, in
              database.execute("SELECT content FROM leaf ORDER BY sequence")]
    level = 0
    while len(hashes) > 1:
        level += 1
        hashes = [hashlib.sha256(b"\1" + left + right).digest()
                  for left, right in zip(hashes[::2], hashes[1::2])]
        for position, content in enumerate(hashes):
            database.execute("UPDATE node SET hash = ? WHERE level = ? AND position = ?",
                             [content, level, position])


def enlist(database):
    """A person that nobody has approved."""
    database.execute("INSERT INTO identity SELECT replace(id, 'op-1', 'op-9'), role, line, "
                     "blocked, x'00', not_after, enrolled_ms, change_id, certificate, tbs "
                     "FROM identity "
                     "WHERE id LIKE '%/op-1'")


def test_whole():
    said = changed("all of it rewritten", rewrite)
    assert said.startswith("highwater: what was signed is another log"), said
    ok(f"the log rewritten with its hashes: {said}")
    said = changed("yesterday", put_back)
    assert said.startswith("highwater: more entries were signed"), said
    ok(f"yesterday's database: {said}")
    said = changed("no highwater", lambda d: (COPY / "highwater").unlink())
    assert said.startswith("highwater: it is missing"), said
    ok(f"the highwater removed: {said}")
    said = changed("highwater", lambda d: (COPY / "highwater").write_bytes(
        (COPY / "highwater").read_bytes().replace(b"quickstart", b"quickstert", 1)))
    assert "HIGHWATER_CORRUPTED" in said, said
    ok(f"the highwater of another log: {said}")
    said = changed("a page of the file", break_page)
    ok(f"bytes of the file itself: {said}")
    said = changed("an operator more", enlist, "identity")
    ok(f"an operator whom nobody enrolled: {said}")


def put_back(database):
    database.close()
    for path in COPY.glob("mintmark.db*"):
        path.unlink()
    shutil.copy(WORK / "yesterday.db", COPY / "mintmark.db")


def break_page(database):
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    root, = database.execute("SELECT rootpage FROM sqlite_master "
                             "WHERE name = 'unit_live'").fetchone()
    database.close()
    path = COPY / "mintmark.db"
    content = bytearray(path.read_bytes())
    content[(root - 1) * 4096 + 8:(root - 1) * 4096 + 12] = b"\xff" * 4
    path.write_bytes(bytes(content))


UNIT = "60:55:f9:0c:00:08"
SEALED = f"unit = (SELECT id FROM unit WHERE unit_id = '{UNIT}')"


def refused(what, sql, reason):
    """In the running server's own database, and back."""
    with sqlite3.connect(STORE / "mintmark.db", timeout=20) as database:
        unit = database.execute("SELECT image_revision, chain_sha256 FROM unit "
                                f"WHERE unit_id = '{UNIT}'").fetchone()
        sealed = database.execute(f"SELECT device, codes FROM secret WHERE {SEALED}").fetchone()
        database.execute(sql)
    run = history.provision(8, "WO-1", None)
    assert run.returncode != 0 and f"({reason})" in run.stderr, f"{what}: {run.stdout}{run.stderr}"
    with sqlite3.connect(STORE / "mintmark.db", timeout=20) as database:
        database.execute("UPDATE unit SET image_revision = ?, chain_sha256 = ? "
                         f"WHERE unit_id = '{UNIT}'", unit)
        database.execute(f"UPDATE secret SET device = ?, codes = ? WHERE {SEALED}", sealed)
    ok(f"{what}: {run.stderr.strip()}")


def test_server():
    """What the check cannot know stops at the delivery."""
    one = f"UPDATE unit SET %s WHERE unit_id = '{UNIT}'"
    refused("unit.image_revision", one % "image_revision = 77", "IMAGE_REVISION")
    refused("unit.chain_sha256", one % "chain_sha256 = zeroblob(32)", "PAI_CHANGED")
    for part in ("device", "codes"):
        broken = f"CAST(substr({part}, 1, length({part}) - 16) || zeroblob(16) AS BLOB)"
        others = f"(SELECT o.{part} FROM secret o WHERE NOT o.{SEALED} AND o.{part} IS NOT NULL)"
        for name, value in (("", broken), (" of another unit", others)):
            refused(f"secret.{part}{name}", f"UPDATE secret SET {part} = {value} WHERE {SEALED}",
                    "SEAL_BROKEN")
    history.provision(8, "WO-1")
    ok("put back, it is delivered")


def main():
    history.live()
    history.quickstart("--stop")
    CONFIG.write_text((STATE / "mintmarkd.yaml").read_text().replace(
        "state_directory: server", f"state_directory: {COPY}"))
    run = check_store(STATE / "mintmarkd.yaml")
    assert run.returncode == 0 and run.stdout.startswith("ok: "), run.stdout + run.stderr
    ok(run.stdout.strip())
    tables = schema()
    with sqlite3.connect(STORE / "mintmark.db") as database:
        for table in EMPTY:  # columns and all: they are sealed values of an order's units
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
            del tables[table]
    test_columns(tables)
    test_rows(tables)
    test_whole()
    history.quickstart("--server-only")
    test_server()
    print(f"{done} checks")


main()
