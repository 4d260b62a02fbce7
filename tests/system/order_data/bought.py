"""Makers without a PAI of their own: DACs with their keys, made by another PAI of another PAA, come with the
order. They are checked whole, delivered as they came, once each, and an auditor follows them. Started
beside a server by with_server."""
import os
import signal
import subprocess
import time

import desk
from desk import (BIN, PAA, STATE, WORK, codes_of, counts, database, import_data, json_of, load, mintmark,
                  operator, provision, provision_words, refused, table, values_of)

SELLER = WORK / "seller"
OPENSSL = """
oid_section = oids
[oids]
mvid = 1.3.6.1.4.1.37244.2.1
mpid = 1.3.6.1.4.1.37244.2.2
[req]
distinguished_name = name
string_mask = utf8only
[name]
[paa]
basicConstraints = critical,CA:TRUE,pathlen:1
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[pai]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[dac]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=SELLER)


def key(name):
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")
    (SELLER / f"{name}.key").chmod(0o600)


def certificate(name, kind, subject, issuer, serial):
    """name.pem and name.key, signed by the issuer's key; an issuer of its own name signs itself."""
    key(name)
    openssl("req", "-new", "-config", "openssl.cnf", "-key", f"{name}.key", "-subj", subject, "-out",
            f"{name}.csr")
    signed = (["-signkey", f"{name}.key"] if issuer == name else
              ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"])
    openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-set_serial", hex(serial), "-days", 3000,
            "-sha256", "-extfile", "openssl.cnf", "-extensions", kind, "-out", f"{name}.pem")


def dac(name, serial, ids="/mvid=FFF1/mpid=8000", issuer="pai"):
    certificate(name, "dac", f"/CN=Lamp {name}{ids}", issuer, serial)


def row(name, other_key=None):
    return [SELLER / f"{name}.pem", SELLER / f"{other_key or name}.key"]


def sell():
    """Two PAIs of a PAA that is nobody's here; serial numbers of every length, and the same twice."""
    SELLER.mkdir()
    (SELLER / "openssl.cnf").write_text(OPENSSL)
    certificate("paa", "paa", "/CN=Seller PAA", "paa", 1)
    certificate("pai", "pai", "/CN=Seller PAI/mvid=FFF1", "paa", 2)
    certificate("pai2", "pai", "/CN=Seller PAI 2/mvid=FFF1", "paa", 3)
    for i, serial in enumerate((0x7, 0x1234567890, 1 << 126, (1 << 158) + 5)):
        dac(f"d{i}", serial)
    dac("twin", 0x7, issuer="pai2")
    dac("vendor", 0x21, "/mvid=FFF2/mpid=8000")
    dac("product", 0x22, "/mvid=FFF1/mpid=8001")
    openssl("x509", "-in", "d1.pem", "-outform", "DER", "-out", "d1.der")


def restart():
    """The same server, with the seller's PAIs in its configuration."""
    pid = int((STATE / "mintmarkd.pid").read_text())
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 60
    while (STATE / "mintmarkd.log").read_text().rstrip().splitlines()[-1].find("event=stopped") < 0:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        assert time.monotonic() < end, "the server did not end"
        time.sleep(0.05)
    config = STATE / "mintmarkd.yaml"
    text = config.read_text()
    config.write_text(text.replace("pais:\n", "pais:\n" + "".join(
        f"  {name}: {{bought: true, certificate: {SELLER}/{file}.pem, paa: {SELLER}/paa.pem}}\n"
        for name, file in (("seller", "pai"), ("seller-2", "pai2")))))
    check = subprocess.run([BIN / "mintmarkd", "--config", config, "--check-config"],
                           capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr
    with open(STATE / "mintmarkd.log", "ab") as log:
        process = subprocess.Popen([BIN / "mintmarkd", "--config", config], stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, start_new_session=True, cwd=STATE)
    (STATE / "mintmarkd.pid").write_text(f"{process.pid}\n")


PRODUCT = "dac: {key: supplied}\ncommissioning: {spake2p_iterations: 1000}\n"
HEADER = ["dac-cert", "dac-key"]


def bad_dacs():
    for reason, last in (("DAC_KEY", row("d1", "d2")), ("DAC_VENDOR_ID", row("vendor")),
                         ("DAC_PRODUCT_ID", row("product")), ("DAC_ISSUER", row("twin")),
                         ("ORDER_DATA_TAKEN", row("d0"))):
        run = import_data("WO-bought", table("bad.csv", HEADER, [row("d0"), last]))
        refused(run, reason, "bad.csv:3")
    open_key = SELLER / "open.key"
    open_key.write_bytes((SELLER / "d1.key").read_bytes())
    open_key.chmod(0o644)
    run = import_data("WO-bought", table("bad.csv", HEADER, [[SELLER / "d1.pem", open_key]]))
    assert run.returncode == 1 and counts("WO-bought") == (0, 0, 0), run
    print("DACs of another key, vendor, product or PAI, and one twice: refused, by line")


def wrong_pais():
    for name, more, pai in (("unsigned", "", "seller"), ("signed", PRODUCT, "dev")):
        try:
            load(name, more, 1, pai)
        except subprocess.CalledProcessError as error:
            assert b"PAI_BOUGHT" in error.stderr, error.stderr
        else:
            raise AssertionError("ordered of a PAI that cannot sign, or that signs here")


def bought_dacs():
    load("bought", PRODUCT, 7, "seller")
    bad_dacs()
    rows = [row("d0"), [SELLER / "d1.der", SELLER / "d1.key"], row("d2"), row("d3")]
    assert json_of(import_data("WO-bought", table("dacs.csv", HEADER, rows), "--json"))["state"] == \
        "applied"
    refused(import_data("WO-bought", table("again.csv", HEADER, [row("d2")])), "ORDER_DATA_TAKEN",
            "again.csv:2")
    for i in range(4):
        unit = ("--hardware-id", f"60:5c:00:00:00:{i:02x}")
        words = provision_words("WO-bought", unit)
        folder = WORK / f"bought-{i}"
        run = mintmark(*words[:words.index("--paa")], "--paa", SELLER / "paa.pem", "-o", folder)
        assert run.returncode == 0, run.stdout + run.stderr
        der = subprocess.run(["openssl", "x509", "-in", SELLER / f"d{i}.pem", "-outform", "DER"],
                             check=True, capture_output=True).stdout
        assert values_of(folder)["dac-cert"] == der.hex(), i
        assert codes_of(folder)["passcode"] > 0
    missing = mintmark(*provision_words("WO-bought", ("--hardware-id", "60:5c:00:00:00:09")))
    assert "(ORDER_DATA_MISSING)" in missing.stderr, missing
    assert counts("WO-bought") == (4, 4, 0)
    print("bought DACs are delivered as they came, with serial numbers of 1 to 20 bytes")


def a_folder_of_dacs():
    """As esp-matter-mfg-tool leaves them: a folder each, in PEM and DER, with the PAI beside."""
    folder = WORK / "dacs"
    (folder / "empty").mkdir(parents=True)
    refused(import_data("WO-bought", folder), "FOLDER_EMPTY")
    for i, name in enumerate(("f0", "f1")):
        place = folder / name / "internal"
        place.mkdir(parents=True)
        dac(name, 0x100 + i)
        (SELLER / f"{name}.key").rename(place / "DAC_key.pem")
        for form in ("pem", "der"):
            openssl("x509", "-in", f"{name}.pem", "-outform", form, "-out", place / f"DAC_cert.{form}")
        openssl("x509", "-in", "pai.pem", "-outform", "DER", "-out", place / "PAI_cert.der")
    flat = folder / "x-cert.pem"
    flat.write_bytes((SELLER / "vendor.pem").read_bytes())
    (folder / "x-key.pem").write_bytes((SELLER / "vendor.key").read_bytes())
    (folder / "x-key.pem").chmod(0o600)
    refused(import_data("WO-bought", folder), "DAC_VENDOR_ID", "dacs/x-cert.pem")
    flat.unlink()
    assert json_of(import_data("WO-bought", folder, "--json"))["state"] == "applied"
    assert counts("WO-bought") == (6, 4, 2)
    print("a folder of DACs, the first bad one named by its file")


def the_same_serial_number_of_another_pai():
    load("twins", PRODUCT, 1, "seller-2")
    assert json_of(import_data("WO-twins", table("twin.csv", HEADER, [row("twin")]), "--json"))
    words = provision_words("WO-twins", ("--hardware-id", "60:5c:00:00:01:00"))
    run = mintmark(*words[:words.index("--paa")], "--paa", SELLER / "paa.pem")
    assert run.returncode == 0, run.stdout + run.stderr


def revocation_is_the_sellers():
    run = operator("device", "revoke", "60:5c:00:00:00:00", "--reason", "superseded", "--yes")
    refused(run, "PAI_BOUGHT")
    refused(operator("crl", "get", "seller", "-o", WORK / "crl.der"), "PAI_BOUGHT")


def nothing_in_clear():
    keys = [subprocess.run(["openssl", "pkey", "-in", SELLER / f"d{i}.key", "-outform", "DER"],
                           check=True, capture_output=True).stdout for i in range(4)]
    for file in sorted((STATE / "server").rglob("*")):
        content = file.read_bytes() if file.is_file() else b""
        for bytes_ in keys:
            start = bytes_.index(b"\x04\x20") + 2
            assert bytes_[start:start + 32] not in content, file


def an_auditor_follows():
    provision("WO-1", ("--hardware-id", "60:5c:00:00:02:00"))
    log = WORK / "log"
    run = mintmark("log", "export", "--config", STATE / "aud-1.yaml", "-o", log)
    assert run.returncode == 0, run.stdout + run.stderr
    run = mintmark("log", "verify", log, "--paa", PAA, "--paa", SELLER / "paa.pem")
    assert run.returncode == 0 and "6 DACs" in run.stdout, run.stdout + run.stderr
    run = mintmark("log", "verify", log, "--paa", PAA)  # who does not trust the seller hears of it
    assert run.returncode != 0 and "(ISSUER_UNTRUSTED)" in run.stderr, run.stdout + run.stderr
    sources = [source for (source,) in database().execute(
        "select content ->> 'key_source' from leaf where content ->> 'type' = 'device.reserved'")]
    assert sources == ["bought"] * 5 + ["image"], sources
    print("the log says which DACs were bought; verified against the seller's PAA")


def main():
    WORK.mkdir()
    sell()
    restart()
    wrong_pais()
    bought_dacs()
    a_folder_of_dacs()
    the_same_serial_number_of_another_pai()
    revocation_is_the_sellers()
    nothing_in_clear()
    an_auditor_follows()
    assert desk.order_of("WO-bought")["state"] == "open"
    desk.check_store()


main()
