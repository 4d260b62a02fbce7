#!/usr/bin/env python3
"""What AUTO releases at the end of a scope is set before the function can return.

`AUTO(buf_done) struct buf text;` holds whatever was on the stack until something is put there: an
early return between the two would free that. Either it is `= {0}`, or the next statement that can
leave comes after the one that sets it.
"""
import os
import re
import sys

DECLARED = re.compile(r"^\s+AUTO\(\w+\)\s+[^=(;]*?(\w+);")
LEAVES = re.compile(r"\bTRY\(|\breturn\b|\bgoto\b|\bbreak\b|\bcontinue\b")


def faults(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for number, line in enumerate(lines):
        declared = DECLARED.match(line)
        if not declared:
            continue
        name = re.compile(r"\b%s\b" % declared.group(1))
        for later in lines[number + 1:]:
            if name.search(later) or later.startswith("}"):
                break
            if LEAVES.search(later):
                yield number + 1, declared.group(1), later.strip()
                break


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    bad = 0
    for top in ("lib", "proto", "hsm", "server", "client", "tests"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if not name.endswith(".c"):
                    continue
                path = os.path.join(folder, name)
                for line, variable, where in faults(path):
                    print(f"{os.path.relpath(path, root)}:{line}: {variable} is not set before "
                          f"this can return: {where}")
                    bad += 1
    return 1 if bad else 0


sys.exit(main())
