/* A commissioner's and a PKI library's judgement of one unit, by other people's code: matter.js
 * plays the commissioner, PKI.js builds the certificate chain, node:crypto makes the device's
 * attestation signature. Every input comes from the unit's factory image and its label. */
import assert from "node:assert/strict";
import * as nodeCrypto from "node:crypto";

import * as asn1js from "asn1js";
import * as pkijs from "pkijs";
import { Bytes, NodeJsStyleCrypto, Spake2p } from "@matter/general";
import { CertificationDeclaration, DeviceAttestationValidator, Paa, TlvAttestation }
    from "@matter/protocol";
import { ManualPairingCodeCodec, QrPairingCodeCodec } from "@matter/types";

const crypto = new NodeJsStyleCrypto(nodeCrypto);

/* One certificate, PEM or DER, as DER. */
export function certificateDer(bytes) {
    const text = bytes.toString("latin1");
    const match = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END/.exec(text);
    return match ? Buffer.from(match[1], "base64") : bytes;
}

/* The DAC's key as the image holds it: the bare scalar, and the public point beside it. */
function devicePrivateKey(factory) {
    const point = factory["dac-pub-key"];
    assert.equal(point.length, 65);
    return nodeCrypto.createPrivateKey({
        format: "jwk",
        key: {
            kty: "EC", crv: "P-256",
            d: factory["dac-key"].toString("base64url"),
            x: point.subarray(1, 33).toString("base64url"),
            y: point.subarray(33).toString("base64url"),
        },
    });
}

/* What a device answers to AttestationRequest: the elements and its signature over them. */
function attestationResponse(factory, nonce, challenge, privateKey) {
    const elements = Buffer.from(TlvAttestation.encode({
        declaration: factory["cert-dclrn"], attestationNonce: nonce, timestamp: 0,
    }));
    const signature = nodeCrypto.sign("sha256", Buffer.concat([elements, challenge]),
        { key: privateKey, dsaEncoding: "ieee-p1363" });
    return { elements, signature };
}

/* The trust store that matter.js asks: one PAA, at most one CD signer, nothing revoked. */
function trustStore(paa, cdSigner) {
    const paaKeyId = Bytes.toHex(Paa.fromAsn1(paa).cert.extensions.subjectKeyIdentifier);
    const signer = cdSigner && new nodeCrypto.X509Certificate(cdSigner);
    return {
        acceptsTestCertificates: true,
        getCertificate: id => (Bytes.toHex(id) === paaKeyId ? { isProduction: false } : undefined),
        getCertificateAsDer: async () => paa,
        isRevoked: async () => false,
        getOrFetchCdSigner: async id => {
            if (!signer || subjectKeyId(cdSigner) !== Bytes.toHex(id)) {
                return undefined;
            }
            const jwk = signer.publicKey.export({ format: "jwk" });
            const point = ["x", "y"].map(name => Buffer.from(jwk[name], "base64url"));
            return { publicKey: Buffer.concat([Buffer.of(4), ...point]), isProduction: false };
        },
    };
}

function pkijsCertificate(der) {
    return pkijs.Certificate.fromBER(new Uint8Array(der));
}

function subjectKeyId(der) {
    const found = pkijsCertificate(der).extensions.find(item => item.extnID === "2.5.29.14");
    return Bytes.toHex(found.parsedValue.valueBlock.valueHexView);
}

/* matter.js's whole device attestation procedure; throws DeviceAttestationError. Returns the types
 * of its remarks. `privateKey` is the image's unless a test says otherwise. */
export async function attest({ factory, paa, cdSigner, privateKey }) {
    const nonce = nodeCrypto.randomBytes(32);
    const challenge = nodeCrypto.randomBytes(16);
    const { elements, signature } = attestationResponse(factory, nonce, challenge,
        privateKey ?? devicePrivateKey(factory));
    const { findings } = await DeviceAttestationValidator.validate(
        { crypto, attestationChallenge: challenge,
            dclCertificateService: trustStore(paa, cdSigner) },
        { dac: factory["dac-cert"], pai: factory["pai-cert"], attestationElements: elements,
            attestationSignature: signature, attestationNonce: nonce,
            vendorId: factory["vendor-id"], productId: factory["product-id"] });
    return findings.map(finding => finding.type);
}

/* The same signature judged by node:crypto with the DAC's public key alone. */
export function signsForItsDac(factory) {
    const message = nodeCrypto.randomBytes(200);
    const signature = nodeCrypto.sign("sha256", message, devicePrivateKey(factory));
    const dac = new nodeCrypto.X509Certificate(factory["dac-cert"]);
    return nodeCrypto.verify("sha256", message, dac.publicKey, signature);
}

/* PKI.js: path building and validation DAC → PAI → PAA at the DAC's notBefore. */
export async function chainByPkijs({ factory, paa }) {
    pkijs.setEngine("node", new pkijs.CryptoEngine({ name: "node", crypto: nodeCrypto.webcrypto }));
    const dac = pkijsCertificate(factory["dac-cert"]);
    const engine = new pkijs.CertificateChainValidationEngine({
        trustedCerts: [pkijsCertificate(paa)],
        certs: [pkijsCertificate(factory["pai-cert"]), dac],
        checkDate: new Date(Math.max(dac.notBefore.value.getTime(), Date.now())),
    });
    const { result, resultMessage, certificatePath } = await engine.verify();
    return { ok: result, why: resultMessage, length: certificatePath?.length ?? 0 };
}

/* asn1js: each certificate is DER without trailing bytes, at most 600 of them. */
export function plainDer(factory) {
    return ["dac-cert", "pai-cert"].every(name => {
        const parsed = asn1js.fromBER(new Uint8Array(factory[name]));
        return parsed.offset === factory[name].length && factory[name].length <= 600
            && Buffer.from(parsed.result.toBER()).equals(factory[name]);
    });
}

/* matter.js computes the SPAKE2+ verifier from the label's passcode. */
export async function verifierFromPasscode(factory, passcode) {
    const { w0, L } = await Spake2p.computeW0L(crypto, {
        iterations: factory["iteration-count"], salt: Buffer.from(factory["salt"], "base64"),
    }, passcode);
    return Buffer.concat([Buffer.from(Bytes.fromBigInt(w0, 32)), Buffer.from(L)]);
}

/* What matter.js reads from the QR code and the manual code of a label. */
export function decodeCodes(qr, manual) {
    const all = QrPairingCodeCodec.decode(qr);
    assert.equal(all.length, 1);
    return { qr: all[0], manual: ManualPairingCodeCodec.decode(manual.replaceAll(/\D/g, "")) };
}

export function declaration(factory) {
    return CertificationDeclaration.parse(factory["cert-dclrn"]).content;
}
