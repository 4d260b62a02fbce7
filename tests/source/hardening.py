#!/usr/bin/env python3
"""usage: hardening.py yes|no PROGRAM…

What the linker and compiler were asked for is in the programs: position independent, read-only
relocations bound at start, no executable stack, stack protector, checked string functions.
"""
import re
import shutil
import subprocess
import sys


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], check=True, capture_output=True,
                          text=True).stdout


def weaknesses(program):
    segments = readelf("-l", program)
    dynamic = readelf("-d", program)
    symbols = readelf("--dyn-syms", program)
    if not re.search(r"^Elf file type is DYN", segments, re.M) or "INTERP" not in segments:
        yield "not a position independent program"
    if "GNU_RELRO" not in segments:
        yield "relocations stay writable (no GNU_RELRO)"
    if not re.search(r"BIND_NOW|\bNOW\b", dynamic):
        yield "symbols are bound late (no BIND_NOW)"
    stack = re.search(r"GNU_STACK.*", segments)
    if stack is None or re.search(r"\sRWE\s", stack.group(0)):
        yield "the stack is executable"
    if "__stack_chk_fail" not in symbols:
        yield "no stack protector"
    if not re.search(r"__\w+_chk\b", symbols):
        yield "no checked string functions (_FORTIFY_SOURCE)"
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        yield "looks for libraries in a path of its own"


def main():
    hardened, programs = sys.argv[1], sys.argv[2:]
    if hardened != "yes":
        print("skipped: only the programs of preset release are hardened in full")
        return 77
    if shutil.which("readelf") is None:
        print("skipped: readelf is not installed")
        return 77
    found = [f"{program}: {what}" for program in programs for what in weaknesses(program)]
    print("\n".join(found) if found else f"{len(programs)} programs are hardened")
    return 1 if found or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
