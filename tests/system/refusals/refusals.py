"""Bad input against a complete server, over real gRPC with a stock client and through the programs:
each is refused with status, reason, field and remedy; nothing is half-issued; the server goes on.
Started beside a server by with_server."""
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import grpc
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
except ImportError:
    print("skipped: no python3-grpcio or python3-protobuf; tests/run installs them")
    sys.exit(77)

ROOT = Path(__file__).resolve().parents[3]
STATE = Path(os.environ["MINTMARK_STATE"])
BIN = Path(os.environ["MINTMARK_BIN"])
SERVER = os.environ["MINTMARK_SERVER"]
C = grpc.StatusCode
done = 0


def messages():
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "set")
        subprocess.run(["protoc", "-I", ROOT / "proto", "-I", "/usr/include", "--include_imports",
                        f"--descriptor_set_out={output}", "mintmark/v1/provisioning.proto",
                        "google/rpc/status.proto"], check=True)
        pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes()).file:
            pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return lambda name: factory.GetPrototype(pool.FindMessageTypeByName(name))


TYPE = messages()
STATUS = TYPE("google.rpc.Status")
INFO = TYPE("google.rpc.ErrorInfo")
BAD = TYPE("google.rpc.BadRequest")


def channel(identity="line1-01"):
    keys = STATE / "identities"
    private = (keys / f"{identity}.key").read_bytes() if identity else None
    chain = (keys / f"{identity}.pem").read_bytes() if identity else None
    return grpc.secure_channel(SERVER, grpc.ssl_channel_credentials(
        (keys / "ca.pem").read_bytes(), private, chain))


STATION = channel()


def call(method, request, on=None):
    stub = (on or STATION).unary_unary(f"/mintmark.v1.Provisioning/{method}")
    return stub(request if isinstance(request, bytes) else request.SerializeToString(), timeout=20)


def details(error):
    """Reason and field of a refusal."""
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin":
            status = STATUS.FromString(value)
            assert status.code == error.code().value[0], "details contradict the status"
            reason = field = ""
            for any_value in status.details:
                if any_value.type_url.endswith("ErrorInfo"):
                    reason = INFO.FromString(any_value.value).reason
                if any_value.type_url.endswith("BadRequest"):
                    field = BAD.FromString(any_value.value).field_violations[0].field
            return reason, field
    return "", ""


def units():
    with sqlite3.connect(f"file:{STATE}/server/mintmark.db?mode=ro", uri=True) as database:
        return database.execute("select count(*), (select sum(counted) from work_order), "
                                "(select count(*) from leaf where content ->> 'type' <> "
                                "'call.denied') from unit").fetchone()


def refused(what, code, reason, field, method, request, on=None):
    global done
    before = units()
    try:
        call(method, request, on)
    except grpc.RpcError as error:
        found = (error.code(), *details(error))
        assert found == (code, reason, field), f"{what}: {found} {error.details()}"
        assert error.details(), f"{what}: no message"
    else:
        raise AssertionError(f"{what}: was not refused")
    assert units() == before, f"{what}: something was half-issued"
    print(f"ok     {what}: {code.name} {reason} [{field}]")
    done += 1


def provision(order="WO-1", mac="60:55:f9:0c:00:01", chip=0, unit_id=""):
    request = TYPE("mintmark.v1.ProvisionDeviceRequest")(order=order)
    request.unit.hardware_id, request.unit.chip, request.unit.unit_id = mac, chip, unit_id
    return request


def issue_dac(csr, mac="60:55:f9:0c:00:02", order="OWN-KEY"):
    request = TYPE("mintmark.v1.IssueDacRequest")(order=order, csr=csr)
    request.unit.hardware_id = mac
    return request


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, check=True,
                          capture_output=True).stdout


def csr(curve="prime256v1", digest="-sha256"):
    with tempfile.TemporaryDirectory() as folder:
        key = f"{folder}/key"
        openssl("ecparam", "-name", curve, "-genkey", "-noout", "-out", key)
        return openssl("req", "-new", "-key", key, digest, "-subj", "/CN=any", "-outform", "DER")


def order_calls():
    refused("unknown order", C.NOT_FOUND, "ORDER_UNKNOWN", "order", "ProvisionDevice",
            provision(order="NONE"))
    refused("order id with blanks", C.INVALID_ARGUMENT, "ORDER_ID", "order", "ProvisionDevice",
            provision(order="WO 1"))
    refused("wrong chip", C.FAILED_PRECONDITION, "CHIP", "unit.chip", "ProvisionDevice",
            provision(chip=9))
    for mac in ("60:55:f9:01:a2", "gg:55:f9:01:a2:10", "ff:ff:ff:ff:ff:ff"):
        refused(f"MAC {mac}", C.INVALID_ARGUMENT, "HARDWARE_ID", "unit.hardware_id",
                "ProvisionDevice", provision(mac=mac))
    refused("no unit", C.INVALID_ARGUMENT, "UNIT_MISSING", "unit", "ProvisionDevice",
            TYPE("mintmark.v1.ProvisionDeviceRequest")(order="WO-1"))
    refused("unit id with a control character", C.INVALID_ARGUMENT, "UNIT_ID", "unit.unit_id",
            "ProvisionDevice", provision(unit_id="a\tb"))


def exhausted_order():
    product = (STATE / "product.yaml").read_text()
    name = re.search(r"^name: *(\S+)", product, re.M)[1]
    small = STATE / "small.yaml"
    small.write_text(f"order: SMALL\nproduct: {name}\nquantity: 1\n")
    load(small)
    call("ProvisionDevice", provision(order="SMALL", mac="60:55:f9:0c:01:01"))
    refused("exhausted order", C.RESOURCE_EXHAUSTED, "ORDER_EXHAUSTED", "order", "ProvisionDevice",
            provision(order="SMALL", mac="60:55:f9:0c:01:02"))
    refused("unit of another order", C.PERMISSION_DENIED, "DEVICE_ELSEWHERE", "unit",
            "ProvisionDevice", provision(order="WO-1", mac="60:55:f9:0c:01:01"))


def own_key_order():
    """An order of devices that make their own keys: a product without images."""
    product, count = re.subn(r"^partitions:.*\n(?:[ ].*\n)*", "", (STATE / "product.yaml").read_text(),
                             flags=re.M)
    assert count == 1
    own_key = STATE / "own-key.yaml"
    own_key.write_text(re.sub(r"^name: .*", "name: own-key", product, flags=re.M) +
                       "dac: {key: device-csr}\n")
    order = STATE / "own-key-order.yaml"
    order.write_text("order: OWN-KEY\nproduct: own-key\nquantity: 5\n")
    load(own_key, order)
    refused("images for an order of own keys", C.FAILED_PRECONDITION, "DAC_KEY", "order",
            "ProvisionDevice", provision(order="OWN-KEY", mac="60:55:f9:0c:03:01"))
    refused("own key for an order of images", C.FAILED_PRECONDITION, "DAC_KEY", "order", "IssueDac",
            issue_dac(csr(), order="WO-1"))


def csr_calls():
    good = csr()
    broken = good[:-1] + bytes([good[-1] ^ 1])
    refused("CSR with a broken signature", C.INVALID_ARGUMENT, "CSR_SIGNATURE", "csr", "IssueDac",
            issue_dac(broken))
    refused("CSR on another curve", C.INVALID_ARGUMENT, "CSR_CURVE", "csr", "IssueDac",
            issue_dac(csr("secp384r1", "-sha384")))
    refused("CSR with SHA-384", C.INVALID_ARGUMENT, "CSR_ALGORITHM", "csr", "IssueDac",
            issue_dac(csr(digest="-sha384")))
    refused("CSR with trailing bytes", C.INVALID_ARGUMENT, "CSR_TRAILING_BYTES", "csr", "IssueDac",
            issue_dac(good + b"\0"))
    refused("no CSR", C.INVALID_ARGUMENT, "CSR_MALFORMED", "csr", "IssueDac", issue_dac(b""))
    first = TYPE("mintmark.v1.IssueDacResponse").FromString(call("IssueDac", issue_dac(good)))
    again = TYPE("mintmark.v1.IssueDacResponse").FromString(call("IssueDac", issue_dac(good)))
    assert first.certificates.dac == again.certificates.dac, "a repeated CSR got another DAC"
    subject = openssl("x509", "-inform", "DER", "-noout", "-subject", data=first.certificates.dac)
    assert b"CN = any" not in subject and b"FFF1" in subject, "the subject must be the order's"
    refused("key used by another unit", C.ALREADY_EXISTS, "KEY_USED", "csr", "IssueDac",
            issue_dac(good, mac="60:55:f9:0c:00:03"))
    refused("another key for the unit", C.ALREADY_EXISTS, "CSR_KEY_CHANGED", "csr", "IssueDac",
            issue_dac(csr()))
    refused("image for a CSR unit", C.ALREADY_EXISTS, "KEY_SOURCE", "unit", "ProvisionDevice",
            provision(order="OWN-KEY", mac="60:55:f9:0c:00:02"))


def report_calls():
    """What a station's program can get wrong in a report, then the report itself, twice."""
    mac = "60:55:f9:0c:02:01"
    unit = TYPE("mintmark.v1.ProvisionDeviceResponse").FromString(
        call("ProvisionDevice", provision(mac=mac)))
    digests = [image.sha256 for image in unit.image_set.images]
    flashed, failed, scrapped = 1, 2, 3

    def report(outcome=flashed, record=unit.record_id, unit_id="", **more):
        request = TYPE("mintmark.v1.ReportDeviceRequest")(
            order="WO-1", record_id=record, outcome=outcome, **more)
        request.unit.hardware_id, request.unit.unit_id = mac, unit_id
        return request

    bad = C.INVALID_ARGUMENT
    for what, code, reason, field, request in (
            ("report without an outcome", bad, "OUTCOME", "outcome", report(outcome=0)),
            ("report of no record", bad, "RECORD_ID", "record_id", report(record="12")),
            ("failed attempt without a name", bad, "ATTEMPT_ID", "attempt_id", report(failed)),
            ("failure code of a good unit", bad, "OUTCOME", "outcome", report(code="E1")),
            ("digests of a scrapped unit", bad, "DIGESTS", "image_sha256",
             report(scrapped, image_sha256=digests)),
            ("digest of 31 bytes", bad, "DIGESTS", "image_sha256",
             report(image_sha256=[bytes(31)])),
            ("slot with a line end", bad, "TEXT", "slot", report(slot="1\n")),
            ("code of 65 characters", bad, "TEXT", "code",
             report(failed, attempt_id="1", code="x" * 65)),
            ("other images flashed", C.FAILED_PRECONDITION, "DIGESTS", "image_sha256",
             report(image_sha256=[bytes(32)])),
            ("report of another record", C.FAILED_PRECONDITION, "RECORD_CHANGED", "record_id",
             report(record="0" * 32, image_sha256=digests)),
            ("report of an unknown unit", C.PERMISSION_DENIED, "DEVICE_ELSEWHERE", "unit",
             report(unit_id="none"))):
        refused(what, code, reason, field, "ReportDevice", request)
    answer = TYPE("mintmark.v1.ReportDeviceResponse")
    good = report(image_sha256=digests, slot="2")
    first = answer.FromString(call("ReportDevice", good))
    assert (first.state, first.known) == (3, False), first
    before = units()
    again = answer.FromString(call("ReportDevice", good))
    assert (again.state, again.known) == (3, True) and units() == before, again
    refused("scrapping what is on record as flashed", C.FAILED_PRECONDITION, "ALREADY_FLASHED",
            "outcome", "ReportDevice", report(scrapped))
    order = TYPE("mintmark.v1.Order").FromString(
        call("GetOrder", TYPE("mintmark.v1.GetOrderRequest")(order="WO-1")))
    assert order.flashed == 1, order
    assert order.identities_limit == (order.reserved + order.issued + order.flashed +
                                      order.scrapped + order.superseded + order.voided +
                                      order.unused), order


def hostile_calls():
    global done
    for identity in ("op-1", "aud-1"):
        refused(f"{identity} calls a station's method", C.PERMISSION_DENIED, "ROLE", "",
                "ProvisionDevice", provision(), channel(identity))
    refused("message over the limit", C.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE", "",
            "ProvisionDevice", bytes(5000))
    for bad in (b"\xff\xff\xff", b"\x0a\x02\xff\xfe", b"\x0a\x03a\0b", b"\x7a\x01x"):
        before = units()
        try:
            call("ProvisionDevice", bad)
        except grpc.RpcError as error:
            assert error.code() == C.INVALID_ARGUMENT, f"{bad}: {error.code()}"
        assert units() == before
        done += 1
    for method in ("ApproveProduct", "provisionDevice"):
        try:
            call(method, b"")
        except grpc.RpcError as error:
            assert error.code() == C.UNIMPLEMENTED, f"{method}: {error.code()}"
            print(f"ok     unlisted method {method}: UNIMPLEMENTED")
            done += 1
        else:
            raise AssertionError(f"unlisted method {method} was served")
    try:
        call("ProvisionDevice", provision(), channel(None))
    except grpc.RpcError as error:
        assert error.code() == C.UNAVAILABLE, error.code()
        print("ok     client without certificate: no connection")
        done += 1
    else:
        raise AssertionError("a client without certificate was served")


def load(*files):
    return subprocess.run([os.environ["MINTMARK_APPLY"], *files], check=True, capture_output=True,
                          text=True)


def load_refused(what, reason, text, name="bad.yaml"):
    global done
    path = STATE / name
    path.write_text(text)
    before = units()
    run = subprocess.run([os.environ["MINTMARK_APPLY"], path], capture_output=True, text=True,
                         check=False)
    path.unlink()
    assert run.returncode == 1, f"{what}: exit {run.returncode} {run.stderr}"
    assert reason in run.stderr and name in run.stderr, f"{what}: {run.stderr}"
    assert len(run.stderr.splitlines()) == 1, f"{what}: more than one line: {run.stderr}"
    assert units() == before, f"{what}: something was stored"
    print(f"ok     {what}: {run.stderr.strip()}")
    done += 1


def files():
    product = (STATE / "product.yaml").read_text()
    order = (STATE / "order.yaml").read_text()

    def changed(pattern, to):
        text, count = re.subn(pattern, to, product, flags=re.M)
        assert count == 1, pattern
        return text

    load_refused("CD does not cover the PID", "CD_PRODUCT_ID",
                 changed(r"^product_id: .*", "product_id: 0x8001"))
    load_refused("PAI of another VID", "PAI_VENDOR_ID",
                 changed(r"^vendor_id: .*", "vendor_id: 0xFFF2"))
    load_refused("value too long for its key", "vendor_name",
                 changed(r"^vendor_name: .*", "vendor_name: " + "x" * 33))
    labels = "".join(f"  - {{endpoint: {n}, label: {'k' * 15}, value: {'v' * 15}}}\n"
                     for n in range(32))
    modes = "".join(f"  - {{endpoint: {n}, mode: 1, label: {'m' * 64}}}\n" for n in range(32))
    load_refused("image larger than its partition", "IMAGE_TOO_LARGE",
                 product.replace("size: 0x6000", "size: 0x3000") +
                 f"fixed_labels:\n{labels}supported_modes:\n{modes}")
    for quantity in ("1_000", "010", "1e3", "1,000", "\"5\""):
        load_refused(f"quantity: {quantity}", "bad.yaml:",
                     re.sub(r"quantity: .*", f"quantity: {quantity}", order))
    load_refused("unknown product", "PRODUCT_NOT_APPROVED",
                 re.sub(r"product: .*", "product: none", order))
    load_refused("order that says something else", "ORDER_EXISTS",
                 re.sub(r"quantity: .*", "quantity: 7", order))


def main():
    good = call("ProvisionDevice", provision(mac="60:55:f9:0c:00:00"))
    order_calls()
    exhausted_order()
    own_key_order()
    csr_calls()
    report_calls()
    hostile_calls()
    files()
    again = TYPE("mintmark.v1.ProvisionDeviceResponse").FromString(
        call("ProvisionDevice", provision(mac="60:55:f9:0c:00:00")))
    good = TYPE("mintmark.v1.ProvisionDeviceResponse").FromString(good)
    assert good.image_set == again.image_set, "the server does not go on as before"
    assert (good.repeated_delivery, again.repeated_delivery) == (False, True)
    print(f"{done} refusals, the server goes on")


main()
