"""Issues units and then looks for their secrets where none may be: every file of the server (database,
write-ahead log, salts, log file) and, when run as root, the memory of its idle processes.
Started beside a server by with_server."""
import base64
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


def provision(number, folder):
    keys = STATE / "identities"
    subprocess.run([BIN / "mintmark", "provision", "--server", SERVER, "--certificate",
                    keys / "line1-01.pem", "--key", keys / "line1-01.key", "--ca", keys / "ca.pem",
                    "--order", "WO-1", "--hardware-id", f"60:58:00:00:00:{number:02x}",
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
