/* The chip-factory namespace of a partition image, read back by `mintmark nvs dump --json`. */
import { execFileSync } from "node:child_process";
import assert from "node:assert/strict";
import path from "node:path";

const folder = process.env.MINTMARK_BIN;
assert.ok(folder, "MINTMARK_BIN names the programs' folder; ctest sets it");

/* Standard output of `mintmark WORD…`. */
export function mintmark(...words) {
    return execFileSync(path.join(folder, "mintmark"), words, { encoding: "utf8" });
}

function value(item) {
    return item.type === "blob" ? Buffer.from(item.value_hex, "hex") : item.value;
}

export function readFactory(file) {
    const { items } = JSON.parse(mintmark("nvs", "dump", "--json", file));
    return Object.fromEntries(items.filter(item => item.namespace === "chip-factory")
        .map(item => [item.key, value(item)]));
}
