/* Units of a running server (../system/with_server) before the judges; and what the judges say to a
 * unit that is not what it claims, so that their consent means something. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as nodeCrypto from "node:crypto";

import { attest, certificateDer, chainByPkijs } from "./commissioner.mjs";
import { mintmark, readFactory } from "./image.mjs";
import { judge, say } from "./judge.mjs";

const { MINTMARK_STATE: state, MINTMARK_SERVER: server } = process.env;
const paa = certificateDer(readFileSync(path.join(state, "attestation/paa.pem")));
const cdSigner = certificateDer(readFileSync(path.join(state, "attestation/cd-signer.pem")));
const folder = mkdtempSync(path.join(tmpdir(), "mintmark-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function provision(hardwareId) {
    const output = path.join(folder, hardwareId.replaceAll(":", ""));
    const identity = path.join(state, "identities");
    const answer = JSON.parse(mintmark("provision", "--server", server, "--json",
        "--certificate", path.join(identity, "line1-01.pem"),
        "--key", path.join(identity, "line1-01.key"), "--ca", path.join(identity, "ca.pem"),
        "--order", "WO-1", "--hardware-id", hardwareId, "--chip", "esp32c6",
        "--allow-class", "test", "--paa", path.join(state, "attestation/paa.pem"), "-o", output));
    return { factory: readFactory(path.join(output, "fctry.bin")), paa, cdSigner,
        qr: answer.onboarding.qr_code, manual: answer.onboarding.manual_code,
        passcode: answer.onboarding.passcode, discriminator: answer.onboarding.discriminator };
}

async function rejected(what, check, unit) {
    await assert.rejects(attest(unit), error => error.failure === check, what);
    say(`matter.js refuses ${what}: ${check}`);
}

function changed(bytes, position) {
    const copy = Buffer.from(bytes);
    copy[position] ^= 1;
    return copy;
}

const unit = provision("60:55:f9:01:c0:01");
const other = provision("60:55:f9:01:c0:02");
for (const one of [unit, other]) {
    await judge({ ...one, remarks: ["CertificationTypeTest"] });
}

for (const key of ["dac-cert", "dac-key", "salt", "verifier", "serial-num"]) {
    assert.notDeepEqual(unit.factory[key], other.factory[key], `two units share their ${key}`);
}
say("two units share no key, certificate, salt, verifier or serial number");

const { privateKey } = nodeCrypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
await rejected("another key", "AttestationSignatureInvalid", { ...unit, privateKey });
await rejected("another PAA", "PaaNotTrusted", { ...unit, paa: unit.factory["pai-cert"] });
await rejected("a changed CD", "CertificationDeclarationSignatureInvalid", { ...unit,
    factory: { ...unit.factory,
        "cert-dclrn": changed(unit.factory["cert-dclrn"], unit.factory["cert-dclrn"].length - 1) } });
await rejected("a product the CD does not name", "CertificationDeclarationFieldMismatch", { ...unit,
    factory: { ...unit.factory, "product-id": 0x8063 } });

const forged = changed(unit.factory["dac-cert"], unit.factory["dac-cert"].length - 1);
await rejected("a changed DAC", "CertificateChainInvalid",
    { ...unit, factory: { ...unit.factory, "dac-cert": forged } });
assert.equal((await chainByPkijs({ factory: { ...unit.factory, "dac-cert": forged }, paa })).ok, false);
say("PKI.js refuses a changed DAC");
