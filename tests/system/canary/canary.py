"""Issues units and then looks for their secrets where none may be: every file of the server (database,
write-ahead log, salts, log file) and, when run as root, the memory of its idle processes.
Started beside a server by with_server."""
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

STATE = Path(os.environ["MINTMARK_STATE"])
BIN = Path(os.environ["MINTMARK_BIN"])
SERVER = os.environ["MINTMARK_SERVER"]
UNITS = 5
# products whose keys are for eFuses, by the name of their order
EFUSE = {
    "derived": "nvs_encryption: hmac\nnvs_hmac: {key_block: 4}\n"
               "dac: {key: hmac-derived, efuse: {key_block: 2}}\n",
    "peripheral": "dac: {key: ecdsa-peripheral, efuse: {key_block: 2}}\n"
                  "commissioning: {store_in: secure-cert}\n",
}


def load(name):
    """The quickstart's product on another chip, with its keys elsewhere, and an order of it."""
    text = (STATE / "product.yaml").read_text()
    for key, value in (("name", name), ("chip", "esp32h2")):
        text = re.sub(rf"^{key}: .*", f"{key}: {value}", text, flags=re.M)
    text = re.sub(r"^commissioning:.*\n(?:[ ].*\n)*", "", text, flags=re.M)
    text = text.replace("partitions:\n", "partitions:\n"
                        "  secure_cert: {offset: 0xD000, size: 0x2000}\n")
    product, order = STATE / f"{name}.yaml", STATE / f"{name}-order.yaml"
    product.write_text(text + EFUSE[name])
    order.write_text(f"order: {name}\nproduct: {name}\nquantity: {UNITS}\n")
    subprocess.run([os.environ["MINTMARK_APPLY"], product, order], check=True,
                   stdout=subprocess.DEVNULL)


def provision(number, folder, order="WO-1"):
    keys = STATE / "identities"
    subprocess.run([BIN / "mintmark", "provision", "--server", SERVER, "--certificate",
                    keys / "line1-01.pem", "--key", keys / "line1-01.key", "--ca", keys / "ca.pem",
                    "--order", order, "--hardware-id", f"60:58:00:00:00:{number:02x}",
                    "--allow-class", "test", "-o", folder], check=True, stdout=subprocess.DEVNULL)


def secrets(folder):
    """name → bytes that must be nowhere but with the station."""
    dump = subprocess.run([BIN / "mintmark", "nvs", "dump", "--json", Path(folder, "fctry.bin")],
                          check=True, capture_output=True, text=True)
    values = {entry["key"]: entry for entry in json.loads(dump.stdout)["items"]}
    codes = json.loads(Path(folder, "onboarding.json").read_text())
    key = bytes_of(values["dac-key"])
    verifier = base64.b64decode(values["verifier"]["value"])
    found = {"DAC key": key, "DAC key in hex": key.hex().encode(),
             "verifier": verifier[:32], "verifier in base64": values["verifier"]["value"].encode(),
             "salt": base64.b64decode(values["salt"]["value"]),
             "QR code": codes["qr_code"].encode(), "manual code": codes["manual_code"].encode()}
    return found


def secret_entries(folder):
    dump = subprocess.run([BIN / "mintmark", "secure-cert", "dump", "--json", "--show-secrets",
                           Path(folder, "esp_secure_cert.bin")], check=True, capture_output=True,
                          text=True)
    return {entry["entry"]: bytes.fromhex(entry.get("value_hex", ""))
            for entry in json.loads(dump.stdout)["entries"]}


def efuse_secrets(folder):
    """The same of a unit whose keys are for eFuses."""
    entries = secret_entries(folder)
    found = {}
    for name, file in (("NVS HMAC key", "nvs_hmac.key"), ("DAC HMAC key", "dac_hmac.key")):
        if Path(folder, file).exists():
            found[name] = Path(folder, file).read_bytes()
    if "DAC HMAC key" in found:
        found["DAC key"] = hashlib.pbkdf2_hmac("sha256", found["DAC HMAC key"],
                                               entries["hmac-salt"], 2048, 32)
    else:
        pem = Path(folder, "dac_ecdsa.pem").read_text().splitlines()
        found["DAC key"] = base64.b64decode("".join(pem[1:-1]))[7:39]
        found["DAC key in PEM"] = pem[1].encode()
        found["verifier"] = entries["matter.verifier"][:32]
    found |= {f"{name} in hex": value.hex().encode() for name, value in found.items()
              if name.endswith("key")}
    return found


def bytes_of(entry):
    return bytes.fromhex(entry["value_hex"])


def files():
    yield STATE / "mintmarkd.log"
    for path in sorted((STATE / "server").rglob("*")):
        if path.is_file():
            yield path


def memory(pid):
    """Every readable region of a process."""
    with open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            start, end, flags = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if "r" not in flags or "[vvar" in line or "[vsyscall" in line:
                continue
            mem.seek(int(start, 16))
            try:
                yield line, mem.read(int(end, 16) - int(start, 16))
            except OSError:
                continue


def processes():
    main = int((STATE / "mintmarkd.pid").read_text())
    yield main, "supervisor"
    for pid in Path(f"/proc/{main}/task/{main}/children").read_text().split():
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        yield int(pid), words[words.index(b"--child") + 1].decode()


def search(where, data, wanted):
    return [f"{name} of unit {unit} in {where}" for unit, values in wanted.items()
            for name, value in values.items() if value in data]


def main():
    wanted = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(UNITS):
            provision(number, f"{folder}/{number}")
            wanted[number] = secrets(f"{folder}/{number}")
        for name in EFUSE:
            load(name)
            for _ in range(UNITS):
                number = len(wanted)
                provision(number, f"{folder}/{number}", name)
                wanted[number] = efuse_secrets(f"{folder}/{number}")
    assert all(len(values["DAC key"]) == 32 for values in wanted.values())
    leaks = []
    searched = 0
    control = False  # what must be found is found: the search does see content
    for path in files():
        data = path.read_bytes()
        leaks += search(path.name, data, wanted)
        control |= b"60:58:00:00:00:00" in data
        searched += 1
    assert control, "the units themselves were not found in any file"
    print(f"{searched} files searched for {sum(map(len, wanted.values()))} secrets")
    if os.geteuid() == 0:
        for pid, kind in processes():
            control = False
            for line, data in memory(pid):
                control |= b"quickstart" in data
                leaks += search(f"memory of {kind} {pid}: {line}", data, wanted)
            assert control, f"the configuration was not found in the memory of {kind}"
            print(f"memory of {kind} searched")
    else:
        print("memory not searched: only root may read it")
    for leak in leaks:
        print("LEAK", leak)
    sys.exit(1 if leaks else 0)


main()
