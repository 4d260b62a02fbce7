"""Measures `mintmark log verify` against the limit of its signatures; started by tests/bench/verify."""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import threading
import time

BIN = pathlib.Path(os.environ["MINTMARK_BIN"])
CORES = os.cpu_count()
STATIONS = 2 * CORES


def apply_order(state):
    """An order large enough, of a product whose verifiers cost little."""
    product = (state / "product.yaml").read_text()
    name = next(l for l in product.splitlines() if l.startswith("name:")).split()[1]
    files = [state / "bench.yaml", state / "bench-order.yaml"]
    files[0].write_text(product.replace(f"name: {name}", "name: bench") +
                        "commissioning: {spake2p_iterations: 1000}\n")
    files[1].write_text("order: BENCH\nproduct: bench\nquantity: 1000000\n")
    subprocess.run([os.environ["MINTMARK_APPLY"], *files], check=True, stdout=subprocess.DEVNULL)


def make_log(units):
    """Issued by the service as stations ask it, and exported as an auditor does."""
    state = pathlib.Path(os.environ["MINTMARK_STATE"])
    keys = state / "identities"
    apply_order(state)
    issued, first = 0, 0x01000000
    while issued < units:
        out = subprocess.run(
            [BIN / "bench_load", os.environ["MINTMARK_SERVER"], keys / "line1-01.pem",
             keys / "line1-01.key", keys / "ca.pem", "BENCH", "10", str(STATIONS), str(first)],
            check=True, capture_output=True, text=True)
        issued += json.loads(out.stdout)["units"]
        first += 0x00100000
        print(f"  {issued} of {units} units issued", file=sys.stderr)
    subprocess.run([BIN / "mintmark", "log", "export", "--config", state / "aud-1.yaml", "-o",
                    state / "log"], check=True, stdout=subprocess.DEVNULL)
    return state / "log", state / "attestation" / "paa.pem"


def limit(seconds):
    out = subprocess.run([BIN / "bench_verify_limit", str(seconds), str(CORES)], check=True,
                         capture_output=True, text=True)
    return float(out.stdout)


def cpu_seconds():
    """Of all children that have ended, and theirs: what others do on the machine hardly moves it."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def memory_of(pid):
    """Proportional: what its processes share is counted once."""
    total = 0
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for process in [pid, *children]:
            for line in pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    except OSError:
        pass  # it ended meanwhile
    return total / 1024


def verify(log, paa, watched=False):
    """Seconds, megabytes at most (when watched: looking costs time), and the summary."""
    start = time.monotonic()
    with subprocess.Popen([BIN / "mintmark", "log", "verify", log, "--paa", paa, "--json"],
                          stdout=subprocess.PIPE, text=True) as process:
        most = 0
        reader = threading.Thread(target=lambda: seen.append(process.stdout.read()))
        seen = []
        reader.start()
        while watched and process.poll() is None:
            most = max(most, memory_of(process.pid))
            time.sleep(0.02)
        reader.join()
    seconds = time.monotonic() - start
    summary = json.loads(seen[0])
    assert process.returncode == 0 and summary["verified"], summary
    return seconds, most, summary


def measure(arguments, log, paa):
    limits, times, ratios, cpu_ratios = [], [], [], []
    _, memory, summary = verify(log, paa, watched=True)
    units = summary["certificates"]
    for _ in range(arguments.rounds):
        started = cpu_seconds()
        limits.append(limit(arguments.seconds))
        cpu_limit = (cpu_seconds() - started) / (limits[-1] * arguments.seconds)
        started = cpu_seconds()
        times.append(verify(log, paa)[0])
        cpu_ratios.append(cpu_limit / ((cpu_seconds() - started) / units))
        ratios.append(units / limits[-1] / times[-1])
    return {"cores": CORES, "units": units, "entries": summary["entries"],
            "limit_per_second": statistics.median(limits), "seconds": statistics.median(times),
            "ratio": statistics.median(ratios), "ratios": ratios,
            "cpu_ratio": statistics.median(cpu_ratios), "memory_mb": memory}


def show(result):
    print(f"{result['cores']} cores; {result['units']} units in {result['entries']} entries; medians")
    print(f"P-256 verifications       {result['limit_per_second']:10.0f} per second, of all cores")
    print(f"mintmark log verify       {result['seconds']:10.2f} s, {result['memory_mb']:.0f} MB")
    print(f"of the limit              {result['ratio']:10.2f}  "
          f"({', '.join(f'{r:.2f}' for r in result['ratios'])})")
    print(f"the same by processor time{result['cpu_ratio']:10.2f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--log", type=pathlib.Path)
    parser.add_argument("--paa", type=pathlib.Path)
    arguments = parser.parse_args()
    log, paa = (arguments.log, arguments.paa) if arguments.log else make_log(arguments.units)
    result = measure(arguments, log, paa)
    if arguments.json:
        json.dump(result, sys.stdout, indent=2)
        print()
    else:
        show(result)


main()
