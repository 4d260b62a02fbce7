"""Products with every optional key, with both kinds of NVS encryption and the DAC's key in every
place, from YAML through a complete server to the delivered images, which are read with the offline
tools. Started beside a server by with_server."""
import datetime
import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path

STATE = Path(os.environ["MINTMARK_STATE"])
BIN = Path(os.environ["MINTMARK_BIN"])
SERVER = os.environ["MINTMARK_SERVER"]

# what every product here has; CD by its absolute path
COMMON = f"""
vendor_id: 0xFFF1
vendor_name: ACME
product_id: 0x8000
product_name: Lamp
hardware_version: 7
hardware_version_string: rev C
pai: dev
"""
CD = STATE / "attestation" / "cd.der"
PARTITION = "factory_data: {label: fctry, offset: 0x3E0000, size: 0x6000}"

DETAILS = """
part_number: A19-C-0102
product_label: Änderbar
product_url: "https://example.com/a19?colour=yes"
product_finish: matte
product_primary_color: white
device_type: 0x010D
location_capability: indoor-outdoor
localization: {calendar_types: [gregorian, hebrew], locales: [en-GB, de]}
fixed_labels: [{endpoint: 0, label: room, value: hall}, {endpoint: 26, label: floor, value: "2"}]
supported_modes:
  - {endpoint: 1, label: Cold, mode: 4, tags: [{manufacturer_code: 0xFFF1, value: 8000}]}
  - {endpoint: 1, label: Hot, mode: 5}
commissioning:
  discovery: [softap, ble, on-network, wifi-paf, nfc, thread]
  flow: user-intent
rotating_device_id_unique_id: random
"""
DETAIL_KEYS = {
    "part-number": "A19-C-0102", "product-label": "Änderbar",
    "product-url": "https://example.com/a19?colour=yes", "product-finish": 1, "product-color": 14,
    "device-type": 0x010D, "loc-capability": 2, "cal-types": 0x30, "locale-sz": 2,
    "locale/0": "en-GB", "locale/1": "de", "fl-sz/0": 1, "fl-k/0/0": "room", "fl-v/0/0": "hall",
    "fl-sz/1a": 1, "fl-k/1a/0": "floor", "fl-v/1a/0": "2", "sm-sz/1": 2, "sm-label/1/0": "Cold",
    "sm-mode/1/0": 4, "sm-st-sz/1/0": 1, "st-v/1/0/0": 8000, "st-mfg/1/0/0": 0xFFF1,
    "sm-label/1/1": "Hot", "sm-mode/1/1": 5, "sm-st-sz/1/1": 0}
BASE_KEYS = {"vendor-id": 0xFFF1, "vendor-name": "ACME", "product-id": 0x8000,
             "product-name": "Lamp", "hardware-ver": 7, "hw-ver-str": "rev C",
             "iteration-count": 10000}
DRAWN = {"discriminator", "salt", "serial-num", "dac-cert", "dac-key", "dac-pub-key", "pai-cert"}
units = 0


def run(program, *words):
    return subprocess.run([BIN / program, *words], check=True, capture_output=True, text=True).stdout


def load(folder, name, text, cd="", partitions=PARTITION, order=None,
         chip="esp32c6"):
    product, orders = Path(folder, f"{name}.yaml"), Path(folder, f"{name}-order.yaml")
    product.write_text(f"name: {name}\nchip: {chip}\n{COMMON}partitions: {{{partitions}}}\n"
                       f"certification_declaration: {{file: {CD}{cd}}}\n{text}")
    orders.write_text(f"order: WO-{name}\nproduct: {order or name}\nquantity: 5\nlines: [line1]\n")
    subprocess.run([os.environ["MINTMARK_APPLY"], product, orders], check=True, capture_output=True,
                   text=True)


def provision(order, number, folder, *more):
    keys = STATE / "identities"
    said = run("mintmark", "provision", "--server", SERVER, "--certificate", keys / "line1-01.pem",
               "--key", keys / "line1-01.key", "--ca", keys / "ca.pem", "--order", order,
               "--hardware-id", f"60:5a:00:00:00:{number:02x}", "--allow-class", "test",
               "-o", folder, *more)
    return said, json.loads(Path(folder, "manifest.json").read_text())


def unit(folder, name):
    """A unit's folder, what was said, and its manifest; the same again gives the same files."""
    global units
    units += 1
    first, again = Path(folder, f"{name}-unit"), Path(folder, f"{name}-again")
    said, manifest = provision(f"WO-{name}", units, first)
    repeated, _ = provision(f"WO-{name}", units, again)
    assert "same bytes" in repeated, repeated
    assert "The folder is whole." in run("mintmark", "image", "verify", first)
    for file in first.iterdir():
        assert file.read_bytes() == Path(again, file.name).read_bytes(), file.name
    return first, said, manifest


def items_of(image, *options):
    return json.loads(run("mintmark", "nvs", "dump", "--json", image, *options))["items"]


def keys_of(image, *options):
    items = items_of(image, *options)
    assert all(item["namespace"] == "chip-factory" for item in items)
    assert all(item["type"] in ("u32", "string", "blob") for item in items)
    return {item["key"]: item.get("value", item.get("value_hex")) for item in items}


def expect(found, wanted, drawn):
    for key, value in wanted.items():
        assert found.get(key) == value, f"{key}: {found.get(key)!r} instead of {value!r}"
    assert set(found) == set(wanted) | drawn, set(found) ^ (set(wanted) | drawn)


def every_key(folder):
    load(folder, "full", DETAILS)
    before = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    place, said, _ = unit(folder, "full")
    after = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    found = keys_of(place / "fctry.bin")
    date = found.pop("mfg-date")
    assert date in (before, after), date
    assert len(found["rd-id-uid"]) == 32
    expect(found, BASE_KEYS | DETAIL_KEYS, DRAWN | {"rd-id-uid", "verifier", "cert-dclrn"})
    codes = json.loads(Path(place, "onboarding.json").read_text())
    assert len(codes["manual_code"]) == 21 and "QR code" in said
    decoded = json.loads(run("mintmark", "payload", "decode", codes["qr_code"], "--json"))
    assert sorted(decoded["discovery"]) == sorted(
        ["softap", "ble", "on-network", "wifi-paf", "nfc", "thread"]), decoded
    assert decoded["flow"] == "user-intent", decoded


def dynamic_passcode_and_cd_in_firmware(folder):
    load(folder, "dynamic", "commissioning: {passcode: dynamic}\nmanufacturing_date: none\n",
         ", store_in: firmware")
    place, said, _ = unit(folder, "dynamic")
    expect(keys_of(place / "fctry.bin"), BASE_KEYS, DRAWN)
    codes = json.loads(Path(place, "onboarding.json").read_text())
    assert codes["qr_code"] == codes["manual_code"] == "" and codes["passcode"] == 0, codes
    assert "QR code" not in said and "makes its passcode itself" in said, said


def pinned_firmware(folder):
    """Named in every unit's manifest; a station copies the build that it is, and no other. The serial
    numbers count."""
    build = Path(folder, "build")
    build.mkdir()
    app = build / "app.bin"
    app.write_bytes(b"\xe9" * 5000)
    Path(build, "flasher_args.json").write_text('{"flash_files": {"0x10000": "app.bin"}}')
    load(folder, "pinned", "firmware: build/flasher_args.json\nserial_number: \"C{counter:5}\"\n")
    place = Path(folder, "pinned-unit")
    said, manifest = provision("WO-pinned", 0xf0, place)
    assert manifest["firmware"] == [
        {"file": "app.bin", "offset": "0x10000", "offset_number": 0x10000, "size": 5000,
         "sha256": hashlib.sha256(app.read_bytes()).hexdigest()}], manifest
    assert "serial number C00001 " in said and "1 files are pinned" in said, said
    assert not Path(place, "firmware_args").exists()
    said, _ = provision("WO-pinned", 0xf0, place, "--firmware", build)
    assert "serial number C00001 " in said and "@flash_args @firmware_args" in said, said
    assert Path(place, "firmware_args").read_text() == "0x10000 app.bin\n"
    assert Path(place, "app.bin").read_bytes() == app.read_bytes()
    assert "The folder is whole." in run("mintmark", "image", "verify", place)
    app.write_bytes(b"\xe9" * 4999 + b"\xea")
    try:
        provision("WO-pinned", 0xf1, Path(folder, "other-unit"), "--firmware", build)
        raise AssertionError("another firmware was copied")
    except subprocess.CalledProcessError as refused:
        assert refused.returncode == 1 and "FIRMWARE_OTHER" in refused.stderr, refused.stderr
    for order, number, reason in (("WO-pinned", 0xf1, "FIRMWARE_MISSING"),
                                  ("WO-full", 1, "FIRMWARE_NONE")):
        try:
            provision(order, number, Path(folder, "other-unit"), "--firmware", folder)
            raise AssertionError(reason)
        except subprocess.CalledProcessError as refused:
            assert reason in refused.stderr, refused.stderr
    said, _ = provision("WO-pinned", 0xf1, Path(folder, "other-unit"))
    assert "serial number C00002 " in said, said


def left_out(folder):
    load(folder, "bare", "left_out: [commissionable-data, device-instance-info]\n"
                         "device_type: 0x010D\n")
    place, said, _ = unit(folder, "bare")
    expect(keys_of(place / "fctry.bin"), {"device-type": 0x010D},
           {"dac-cert", "dac-key", "dac-pub-key", "pai-cert", "cert-dclrn"})
    codes = json.loads(Path(place, "onboarding.json").read_text())
    assert codes["qr_code"] == codes["manual_code"] == "" and codes["passcode"] == 0, codes
    for text in ("commissionable data are left out", "has to say VID FFF1, PID 8000",
                 "not in the image: the firmware has to have it"):
        assert text in said, said


def hmac(folder):
    load(folder, "hmac", "manufacturing_date: 2026-02-28ABC\nnvs_encryption: hmac\n"
                         "nvs_hmac: {key_block: 4}\n")
    place, said, manifest = unit(folder, "hmac")
    key = place / "nvs_hmac.key"
    assert key.stat().st_size == 32 and key.stat().st_mode & 0o777 == 0o600
    assert manifest["efuse_keys"][0]["sha256"] == hashlib.sha256(key.read_bytes()).hexdigest()
    assert [file["file"] for file in manifest["files"]] == ["fctry.bin"]
    assert manifest["steps"][0] == {
        "burn": ["nvs_hmac.key"],
        "espefuse": ["--chip", "esp32c6", "burn-key", "BLOCK_KEY4", "nvs_hmac.key", "HMAC_UP"]}
    assert manifest["steps"][1]["write"] == ["fctry.bin"] and "--encrypt" not in str(manifest)
    assert "espefuse burn-key BLOCK_KEY4 nvs_hmac.key HMAC_UP" in said, said
    assert (place / "flash_args").read_text() == "0x3e0000 fctry.bin\n"
    found = keys_of(place / "fctry.bin", "--hmac-key", key)
    expect(found, BASE_KEYS | {"mfg-date": "2026-02-28ABC"}, DRAWN | {"verifier", "cert-dclrn"})
    image = (place / "fctry.bin").read_bytes()
    assert bytes.fromhex(found["dac-key"]) not in image and key.read_bytes() not in image


def key_partition(folder):
    load(folder, "partition", "manufacturing_date: none\nnvs_encryption: key-partition\n",
         partitions=PARTITION + ", nvs_keys: {label: nvs_keys, offset: 0x317000, size: 0x1000}")
    place, _, manifest = unit(folder, "partition")
    found = keys_of(place / "fctry.bin", "--keys", place / "nvs_keys.bin")
    expect(found, BASE_KEYS, DRAWN | {"verifier", "cert-dclrn"})
    assert "efuse_keys" not in manifest and not (place / "nvs_hmac.key").exists()
    assert manifest["steps"][0]["write"] == ["nvs_keys.bin"]


def vendor_data(folder):
    Path(folder, "client.key").write_bytes(bytes(range(256)))
    load(folder, "vendor", """
serial_number: "L{yyyy}-{mac}"
vendor_data:
  rmaker_creds:
    mqtt_host: {type: string, value: iot.acme.example}
    client_key: {type: binary, file: client.key}
    random: {type: hex2bin, value: 00FF10}
  cal: {offset: {type: i16, value: -2}, serial: {type: u64, value: 18446744073709551615}}
  chip-factory: {acme-batch: {type: u8, value: 7}}
""")
    place, _, _ = unit(folder, "vendor")
    found = {(item["namespace"], item["key"]): (item["type"], item.get("value", item.get("value_hex")))
             for item in items_of(place / "fctry.bin")}
    wanted = {("rmaker_creds", "mqtt_host"): ("string", "iot.acme.example"),
              ("rmaker_creds", "client_key"): ("blob", bytes(range(256)).hex()),
              ("rmaker_creds", "random"): ("blob", "00ff10"),
              ("cal", "offset"): ("i16", -2), ("cal", "serial"): ("u64", 2 ** 64 - 1),
              ("chip-factory", "acme-batch"): ("u8", 7)}
    for key, value in wanted.items():
        assert found[key] == value, (key, found[key])
    assert len(found) == len(wanted) + len(DRAWN) + len(BASE_KEYS) + 3  # date, verifier, CD
    kind, serial = found["chip-factory", "serial-num"]
    year = found["chip-factory", "mfg-date"][1][:4]
    assert kind == "string" and serial == f"L{year}-605A000000{units:02X}", serial


def variants(folder):
    text = """
part_number: A19
variants:
  white: {product_primary_color: white}
  black: {product_name: Dark Lamp, product_primary_color: black, part_number: A19-B}
"""
    for order in ("variants", "variants/red"):
        try:
            load(folder, "variants", text, order=order)
        except subprocess.CalledProcessError as refused:
            assert refused.returncode == 1 and "VARIANT_" in refused.stderr, refused.stderr
        else:
            raise AssertionError("an order for no variant was taken")
    load(folder, "variants", text, order="variants/black")
    place, said, _ = unit(folder, "variants")
    assert "variants/black@" in said, said
    found = keys_of(place / "fctry.bin")
    found.pop("mfg-date")
    expect(found, BASE_KEYS | {"product-name": "Dark Lamp", "product-color": 0,
                               "part-number": "A19-B"}, DRAWN | {"verifier", "cert-dclrn"})


SECURE_CERT = PARTITION + ", secure_cert: {offset: 0xD000, size: 0x2000}"
IDENTITY = {"dac-cert", "dac-key", "dac-pub-key", "pai-cert"}
COMMISSIONING = {"discriminator", "salt", "verifier"}


def entries_of(place, *options):
    """Name and length of what esp_secure_cert holds, which `secure-cert verify` has passed."""
    image = place / "esp_secure_cert.bin"
    run("mintmark", "secure-cert", "verify", image, *options)
    entries = json.loads(run("mintmark", "secure-cert", "dump", "--json", image))["entries"]
    return {entry["entry"]: entry["length"] for entry in entries}


def openssl(*words):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, text=True).stdout


def secure_cert(folder):
    load(folder, "secure-cert", "manufacturing_date: none\ndac: {key: secure-cert, "
         'validity: 2040-06-30, common_name: "ACME {uuid}"}\n', partitions=SECURE_CERT)
    place, said, manifest = unit(folder, "secure-cert")
    expect(keys_of(place / "fctry.bin"), BASE_KEYS, (DRAWN | {"verifier", "cert-dclrn"}) - IDENTITY)
    entries = entries_of(place)
    assert set(entries) == {"dac", "pai", "private-key", "integrity.0"}, entries
    assert "efuse_keys" not in manifest and "the key in esp_secure_cert is the DAC's" in said, said
    dac = openssl("x509", "-inform", "DER", "-in", place / "dac.der", "-noout", "-enddate", "-subject")
    assert "CN = ACME " in dac and "Jun 30 23:59:59 2040" in dac, dac


def peripheral(folder):
    """The scalar is in no image, in neither order; NVS has an HMAC key of its own beside it."""
    load(folder, "peripheral", "manufacturing_date: none\nnvs_encryption: hmac\n"
         "nvs_hmac: {key_block: 4}\ndac: {key: ecdsa-peripheral, efuse: {key_block: 2}}\n",
         partitions=SECURE_CERT, chip="esp32h2")
    place, said, manifest = unit(folder, "peripheral")
    text = openssl("ec", "-in", place / "dac_ecdsa.pem", "-noout", "-text")
    scalar = bytes.fromhex("".join(text.split("priv:")[1].split("pub:")[0].split()).replace(":", ""))
    scalar = scalar.rjust(32, b"\0")[-32:]
    for file in place.glob("*.bin"):
        assert scalar not in file.read_bytes() and scalar[::-1] not in file.read_bytes(), file
    steps = [step.get("burn", step.get("write")) for step in manifest["steps"]]
    assert steps == [["dac_ecdsa.pem"], ["nvs_hmac.key"], ["fctry.bin", "esp_secure_cert.bin"]]
    assert [key["for"] for key in manifest["efuse_keys"]] == [["dac"], ["nvs"]]
    assert "burn-key BLOCK_KEY2 dac_ecdsa.pem ECDSA_KEY && espefuse" in said, said
    entries = entries_of(place)
    assert entries["private-key"] == 0 and entries["sec-cfg"] == 40, entries


def derived(folder):
    load(folder, "derived", "manufacturing_date: none\nrotating_device_id_unique_id: random\n"
         "dac: {key: hmac-derived, efuse: {key_block: 2}}\n"
         "commissioning: {store_in: secure-cert}\n", partitions=SECURE_CERT)
    place, _, manifest = unit(folder, "derived")
    expect(keys_of(place / "fctry.bin"),
           {key: value for key, value in BASE_KEYS.items() if key != "iteration-count"},
           (DRAWN | {"cert-dclrn"}) - IDENTITY - COMMISSIONING)
    entries = entries_of(place, "--hmac-key", place / "dac_hmac.key")
    wanted = {"matter.discriminator": 2, "matter.verifier": 97, "matter.salt": 32,
              "matter.iterations": 4, "matter.rotating-id": 16, "hmac-salt": 32, "private-key": 0}
    assert wanted.items() <= entries.items(), entries
    assert manifest["steps"][0]["espefuse"][-3:] == ["BLOCK_KEY2", "dac_hmac.key", "HMAC_UP"]
    key = (place / "dac_hmac.key").read_bytes()
    assert len(key) == 32 and all(key not in file.read_bytes() for file in place.glob("*.bin"))


TABLE = """esp_secure_cert, 0x3F, , 0xD000, 0x2000, encrypted
nvs, data, nvs, 0x10000, 0xC000,
nvs_keys, data, nvs_keys, 0x1C000, 0x1000, encrypted
ota_0, app, ota_0, 0x20000, 0x1E0000,
fctry, data, nvs, 0x3E0000, 0x6000,
"""


def partition_table(folder):
    """Offsets, sizes and flags come from the table that the product names."""
    Path(folder, "partitions.csv").write_text(TABLE)
    load(folder, "table", "dac: {key: secure-cert}\nnvs_encryption: key-partition\n",
         partitions="table: partitions.csv, table_offset: 0xC000, factory_data: fctry, "
                    "nvs_keys: nvs_keys")
    place, said, manifest = unit(folder, "table")
    places = {file["file"]: (file["offset"], file["size"], file["encrypt"])
              for file in manifest["files"]}
    assert places == {"fctry.bin": ("0x3e0000", 0x6000, False),
                      "nvs_keys.bin": ("0x1c000", 0x1000, True),
                      "esp_secure_cert.bin": ("0xd000", 0x2000, True)}, places
    assert (place / "flash_args").read_text() == "0x3e0000 fctry.bin\n"
    assert "write-flash --encrypt 0xd000 esp_secure_cert.bin" in said, said


def supplied_key(folder):
    try:
        load(folder, "supplied-key", "dac: {key: supplied}\n")
    except subprocess.CalledProcessError as error:
        assert "PAI_BOUGHT" in error.stderr and "dac.key" in error.stderr, error.stderr
    else:
        raise AssertionError("an order of supplied keys was taken")


def main():
    with tempfile.TemporaryDirectory() as folder:
        for check in (every_key, dynamic_passcode_and_cd_in_firmware, pinned_firmware, left_out, hmac,
                      key_partition, vendor_data, variants, secure_cert,
                      peripheral, derived, partition_table, supplied_key):
            check(folder)
            print(f"ok: {check.__name__}")


main()
