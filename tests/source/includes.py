#!/usr/bin/env python3
"""Dependencies point one way: which folder may include which, and nothing else.

Every #include "…" is written from the top of the tree and names a file that is there. Tests may
include anything.
"""
import collections
import os
import re
import sys

LIB = {"lib/base", "lib/pki", "lib/approval", "lib/audit", "lib/ceremony", "lib/event", "lib/matter",
       "lib/nvs",
       "lib/securecert", "lib/tlog", "lib/image", "lib/unit"}
PROTO = {"proto", "proto/text", "proto/wire", "proto/product", "generated"}
SERVER = {"server", "server/store", "server/issue", "server/rpc", "server/worker", "server/front",
          "server/supervisor", "server/recovery"}

# Folder: what its files may include besides their own. "server" are the files between the
# processes (frame, method, config …); "main" those that put the program together.
ALLOWED = {
    "lib/base": set(),
    "lib/pki": {"lib/base"},
    "lib/approval": {"lib/base", "lib/pki"},
    "lib/ceremony": {"lib/base"},
    "lib/event": {"lib/base"},
    "lib/audit": {"lib/base", "lib/pki", "lib/approval", "lib/event", "lib/matter"},
    "lib/nvs": {"lib/base"},
    "lib/securecert": {"lib/base", "lib/pki"},
    "lib/tlog": {"lib/base", "lib/pki"},
    "lib/matter": {"lib/base", "lib/pki"},
    "lib/image": {"lib/base", "lib/pki", "lib/matter", "lib/nvs", "lib/securecert"},
    "lib/unit": {"lib/base", "lib/pki", "lib/matter", "lib/nvs", "lib/image", "lib/securecert"},
    "proto/text": {"lib/base"},
    "proto/wire": {"lib/base", "lib/pki"},
    "proto/product": {"lib/base", "lib/matter", "lib/image", "lib/unit", "generated"},
    "hsm": {"lib/base", "lib/pki", "lib/matter", "lib/tlog"},
    "hsm/ceremony": {"hsm", "lib/base", "lib/pki", "lib/matter", "lib/tlog"},
    "server": {"lib/base", "lib/pki", "proto", "proto/text", "generated"},
    "server/store": {"lib/base", "lib/tlog"},
    "server/issue": LIB | {"server/store"},
    "server/rpc": LIB | {"server", "server/issue", "server/store", "proto", "proto/text",
                         "proto/product", "generated"},
    "server/worker": {"lib/base", "lib/event", "server", "server/rpc", "server/issue", "server/store",
                      "proto/text", "proto/wire/details.h", "generated", "hsm/client.h"},
    "server/front": {"lib/base", "server", "proto", "proto/wire", "generated"},
    "server/supervisor": {"lib/base", "server", "proto/text", "generated"},
    "server/recovery": LIB | {"server", "server/store", "server/issue", "server/rpc/catalog.h",
                              "server/supervisor/instance.h", "generated"},
    "main": LIB | PROTO | SERVER | {"hsm/signer.h"},
    "client": LIB | PROTO,
    "client/admin": LIB | PROTO | {"client"},
    "client/recovery": LIB | PROTO | {"client", "client/admin"},
    "client/log": LIB | PROTO | {"client", "client/admin"},
}
MAIN = {"server/main.c", "server/init.c", "server/init.h", "server/check_store.c",
        "server/check_store.h", "server/signer_process.c"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def folder_of(path):
    if path in MAIN:
        return "main"
    return "generated" if path.endswith(".pb-c.h") else os.path.dirname(path)


def sources():
    for top in ("lib", "proto", "hsm", "server", "client", "tests"):
        for folder, folders, files in os.walk(top):
            folders[:] = [name for name in folders if name != "node_modules"]
            for name in sorted(files):
                if name.endswith((".c", ".h")):
                    yield os.path.join(folder, name)


def complaint(path, included):
    source, target = folder_of(path), folder_of(included)
    if target != "generated" and not os.path.exists(included):
        return "no such file from the top of the tree"
    if path.startswith("tests/") or source == target:
        return None
    if source not in ALLOWED:
        return f"{source}/ has no row in tests/source/includes.py"
    if target in ALLOWED[source] or included in ALLOWED[source]:
        return None
    return f"{source} may not include {target}"


def main():
    found = 0
    pairs = collections.Counter()
    for path in sources():
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                match = INCLUDE.match(line)
                if match is None:
                    continue
                pairs[folder_of(path), folder_of(match.group(1))] += 1
                problem = complaint(path, match.group(1))
                if problem is not None:
                    print(f"{path}:{number}: {match.group(1)}: {problem}")
                    found += 1
    print(f"{sum(pairs.values())} includes, {len(pairs)} pairs of folders, {found} wrong")
    return 0 if found == 0 and pairs else 1


if __name__ == "__main__":
    sys.exit(main())
