/* All checks on one unit; throws at the first that fails. Prints a line for each. */
import assert from "node:assert/strict";

import { attest, chainByPkijs, decodeCodes, declaration, plainDer, signsForItsDac,
    verifierFromPasscode } from "./commissioner.mjs";

export function say(what) {
    console.log(`ok  ${what}`);
}

/* `remarks`: what matter.js may say besides "passed". `passcode`, `discriminator`: what the maker
 * of the codes meant. */
export async function judge({ factory, paa, cdSigner, qr, manual, passcode, discriminator, remarks }) {
    assert.ok(plainDer(factory));
    say("asn1js: DAC and PAI are DER, no trailing bytes, at most 600 bytes");

    const chain = await chainByPkijs({ factory, paa });
    assert.ok(chain.ok, chain.why);
    assert.equal(chain.length, 3);
    say("PKI.js: chain DAC, PAI, PAA");

    assert.ok(signsForItsDac(factory));
    say("node: the key in the image signs, the DAC's public key verifies");

    assert.deepEqual((await attest({ factory, paa, cdSigner })).sort(), remarks);
    say(`matter.js: device attestation passed; remarks: ${remarks.join(", ")}`);

    const cd = declaration(factory);
    assert.equal(cd.vendorId, factory["vendor-id"]);
    assert.ok(cd.produceIdArray.includes(factory["product-id"]));
    say("matter.js: the CD covers the image's vendor and product ids");

    const codes = decodeCodes(qr, manual);
    assert.equal(codes.qr.vendorId, factory["vendor-id"]);
    assert.equal(codes.qr.productId, factory["product-id"]);
    assert.equal(codes.qr.passcode, passcode);
    assert.equal(codes.qr.discriminator, discriminator);
    assert.equal(codes.manual.passcode, passcode);
    assert.equal(factory["discriminator"], discriminator);
    assert.equal(codes.manual.shortDiscriminator, discriminator >> 8);
    say("matter.js: QR and manual code decode to the expected values");

    const verifier = await verifierFromPasscode(factory, passcode);
    assert.equal(verifier.toString("base64"), factory["verifier"]);
    say("matter.js: SPAKE2+ verifier from the label's passcode equals the image's");
}
