/* The judges on sets made by another tool, read from its images: proves both our reader and that
 * judge.mjs accepts what the field ships. Needs the foreign test data (MINTMARK_SHARED). */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { certificateDer } from "./commissioner.mjs";
import { readFactory } from "./image.mjs";
import { judge } from "./judge.mjs";

const source = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
    "../..");
const shared = process.env.MINTMARK_SHARED ?? path.join(source, "../shared");
const golden = path.join(shared, "spec/mfg-golden");
if (!existsSync(golden)) {
    console.log("skipped: no foreign test data (set MINTMARK_SHARED)");
    process.exit(77);
}

for (const set of ["fixed", "fixed-flow2"]) {
    const product = path.join(golden, set, "fff2_8001");
    const unit = readdirSync(product).find(name => existsSync(path.join(product, name, "internal")));
    const file = ending => path.join(product, unit, `${unit}-${ending}`);
    /* The tool breaks a long manual code over two lines. */
    const [, qr, manual, discriminator, passcode] =
        /\n(MT:[^,]+),"?([\d\n-]+)"?,(\d+),(\d+)/.exec(readFileSync(file("onb_codes.csv"), "utf8"));
    console.log(`${set}: discriminator ${discriminator}, passcode ${passcode}`);
    /* The CD's signer is the public test key, which is not in the set. */
    await judge({
        factory: readFactory(file("partition.bin")), qr, manual,
        paa: certificateDer(readFileSync(path.join(golden, "Chip-Test-PAA-NoVID-Cert.pem"))),
        remarks: ["CdSignerVerificationSkipped", "CertificationTypeTest"],
        passcode: Number(passcode), discriminator: Number(discriminator),
    });
}
