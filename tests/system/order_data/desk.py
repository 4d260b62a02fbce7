"""What the order data tests share: products, orders, imports and units beside a server."""
import base64
import hashlib
import json
import os
import sqlite3
import subprocess
from pathlib import Path

STATE, BIN = Path(os.environ["MINTMARK_STATE"]), Path(os.environ["MINTMARK_BIN"])
SERVER = os.environ["MINTMARK_SERVER"]
WORK = STATE / "order-data"
PAA = STATE / "attestation" / "paa.pem"


def mintmark(*words):
    return subprocess.run([BIN / "mintmark", *words], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, cwd=WORK)


def operator(*words):
    return mintmark(*words, "--config", STATE / "op-1.yaml")


def json_of(run):
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(run.stdout)


def load(name, more, quantity, pai="dev"):
    """A product and an order of it, WO-<name>."""
    product, order = WORK / f"{name}.yaml", WORK / f"{name}-order.yaml"
    product.write_text(
        f"name: {name}\nchip: esp32c6\nvendor_id: 0xFFF1\nvendor_name: ACME\nproduct_id: 0x8000\n"
        f"product_name: Lamp\nhardware_version: 7\nhardware_version_string: rev C\npai: {pai}\n"
        "partitions: {factory_data: {label: fctry, offset: 0x3E0000, size: 0x6000}}\n"
        f"certification_declaration: {{file: {STATE / 'attestation' / 'cd.der'}}}\n{more}")
    order.write_text(f"order: WO-{name}\nproduct: {name}\nquantity: {quantity}\n")
    subprocess.run([os.environ["MINTMARK_APPLY"], product, order], check=True, capture_output=True)


def table(name, header, rows):
    path = WORK / name
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in [header, *rows]))
    return path


def import_data(order, file, *words):
    return operator("order", "data", "import", order, file, "--yes", *words)


def refused(run, reason, place=""):
    said = run.stdout + run.stderr
    assert run.returncode == 1 and f"({reason})" in said and place in said, (reason, place, said)


def provision_words(order, unit, *words, station="line1-01"):
    keys = STATE / "identities"
    return ("provision", "--server", SERVER, "--certificate", keys / f"{station}.pem", "--key",
            keys / f"{station}.key", "--ca", keys / "ca.pem", "--order", order, *unit,
            "--allow-class", "test", "--paa", PAA, *words)


def provision(order, unit, *words, station="line1-01"):
    """Where its files are; both halves of the check are the client's own."""
    folder = WORK / f"unit-{order}-{len(list(WORK.glob('unit-*')))}"
    run = mintmark(*provision_words(order, unit, *words, station=station), "-o", folder)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


def values_of(folder):
    """key → value of a unit's factory data, in whatever namespace."""
    items = json_of(mintmark("nvs", "dump", "--json", folder / "fctry.bin"))["items"]
    return {item["key"]: item.get("value", item.get("value_hex")) for item in items}


def codes_of(folder):
    return json.loads((folder / "onboarding.json").read_text())


def order_of(order):
    return json_of(operator("order", "show", order, "--json"))


def counts(order):
    shown = order_of(order)
    return tuple(int(shown.get(key, 0)) for key in ("data_rows", "data_used", "data_left"))


def check_store():
    """Every table agrees with the log."""
    run = subprocess.run([BIN / "mintmarkd", "--config", STATE / "mintmarkd.yaml", "--check-store"],
                         capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def database():
    return sqlite3.connect(STATE / "server/mintmark.db", isolation_level=None)


P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff
N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
G = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
     0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)


def add(one, other):
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % P == 0:
        return None
    slope = ((3 * one[0] ** 2 - 3) * pow(2 * one[1], -1, P) if one == other else
             (other[1] - one[1]) * pow(other[0] - one[0], -1, P))
    x = (slope ** 2 - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def verifier(passcode, salt, iterations):
    """SPAKE2+ as the Matter Core Specification has it, 3.10: W0 and L, in base64."""
    key = hashlib.pbkdf2_hmac("sha256", passcode.to_bytes(4, "little"), salt, iterations, 80)
    w0, w1 = (int.from_bytes(key[i:i + 40], "big") % N for i in (0, 40))
    point, power = None, G
    while w1:
        point = add(point, power) if w1 & 1 else point
        power, w1 = add(power, power), w1 >> 1
    parts = [w0, *point]
    found = parts[0].to_bytes(32, "big") + b"\4" + b"".join(p.to_bytes(32, "big")
                                                            for p in parts[1:])
    return base64.b64encode(found).decode()
