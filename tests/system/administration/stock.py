"""The administration over real gRPC with a stock client and openssl, no code of ours: a station is
enrolled by two operators' signatures over statements written here from lib/approval/SPEC.md, and
what is wrong with a statement is refused. Started beside a server by with_server."""
import datetime
import hashlib
import os
import secrets
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
KEYS = Path(os.environ["MINTMARK_STATE"], "identities")
SERVER = os.environ["MINTMARK_ADMINISTRATION"]
OP1, OP2 = ("spiffe://quickstart/operator/op-1", "spiffe://quickstart/operator/op-2")


def messages():
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "set")
        subprocess.run(["protoc", "-I", ROOT / "proto", "-I", "/usr/include", "--include_imports",
                        f"--descriptor_set_out={output}", "mintmark/v1/administration.proto"],
                       check=True)
        pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes()).file:
            pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return lambda name: factory.GetPrototype(pool.FindMessageTypeByName("mintmark.v1." + name))


TYPE = messages()


def call(person, method, request, answer):
    channel = grpc.secure_channel(SERVER, grpc.ssl_channel_credentials(
        (KEYS / "ca.pem").read_bytes(), (KEYS / f"{person}.key").read_bytes(),
        (KEYS / f"{person}.pem").read_bytes()))
    with channel:
        stub = channel.unary_unary(f"/mintmark.v1.Administration/{method}")
        return TYPE(answer).FromString(stub(request.SerializeToString(), timeout=20))


def statement(act, change, by, **wrong):
    """The nine lines of SPEC.md §1."""
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=10)
    lines = {"act": act, "origin": change.origin, "change": change.kind, "subject": change.subject,
             "content": hashlib.sha256(change.content).hexdigest(), "by": by}
    lines["nonce" if act == "propose" else "proposal"] = (
        secrets.token_hex(32) if act == "propose" else change.change_id)
    lines["expires"] = until.strftime("%Y-%m-%dT%H:%M:%SZ")
    lines.update(wrong)
    return "mintmark statement v1\n" + "".join(f"{k}: {v}\n" for k, v in lines.items())


def sign(person, text):
    return subprocess.run(["openssl", "dgst", "-sha256", "-sign", KEYS / f"{person}.key"],
                          input=text.encode(), capture_output=True, check=True).stdout


def refused(what, person, method, request, code):
    try:
        call(person, method, request, "Change")
    except grpc.RpcError as error:
        assert error.code() == code, f"{what}: {error.code()} {error.details()}"
        print(f"ok     {what}: {code.name}: {error.details()}")
        return
    raise AssertionError(f"{what}: was not refused")


def proposal(change, text, signature):
    return TYPE("Proposal")(content=change.content, statement=text, signature=signature)


def approval(change, person, by):
    text = statement("approve", change, by)
    return TYPE("Approval")(statement=text, signature=sign(person, text))


def main():
    code = grpc.StatusCode
    spec = TYPE("IdentitySpec")(identity="spiffe://quickstart/station/stock", role=1, line="line1")
    look = TYPE("Proposal")(content=spec.SerializeToString(), validate_only=True)
    change = call("op-1", "EnrollIdentity", look, "Change")
    assert change.needs_second and change.subject == spec.identity, change

    refused("a station at the administration", "line1-01", "EnrollIdentity", look,
            code.PERMISSION_DENIED)
    refused("an auditor proposing", "aud-1", "EnrollIdentity", look, code.PERMISSION_DENIED)
    text = statement("propose", change, OP1)
    refused("another key's signature", "op-1", "EnrollIdentity",
            proposal(change, text, sign("op-2", text)), code.FAILED_PRECONDITION)
    refused("no signature", "op-1", "EnrollIdentity", proposal(change, text, b""),
            code.FAILED_PRECONDITION)
    other = statement("propose", change, OP1, origin="elsewhere/1")
    refused("a statement for another log", "op-1", "EnrollIdentity",
            proposal(change, other, sign("op-1", other)), code.FAILED_PRECONDITION)
    good = proposal(change, text, sign("op-1", text))
    waiting = call("op-1", "EnrollIdentity", good, "Change")
    assert waiting.change_id == hashlib.sha256(text.encode()).hexdigest(), waiting
    refused("the same statement again", "op-1", "EnrollIdentity", good, code.ALREADY_EXISTS)
    refused("approving one's own", "op-1", "ApproveChange", approval(waiting, "op-1", OP1),
            code.PERMISSION_DENIED)
    approved = call("op-2", "ApproveChange", approval(waiting, "op-2", OP2), "Change")
    assert approved.change_id == waiting.change_id and approved.state == 4, approved
    refused("approving twice", "op-2", "ApproveChange", approval(waiting, "op-2", OP2),
            code.FAILED_PRECONDITION)

    listed = call("aud-1", "ListIdentities", TYPE("ListIdentitiesRequest")(),
                  "ListIdentitiesResponse")
    states = {state.spec.identity: state for state in listed.identities}
    assert states[spec.identity].change_id == waiting.change_id, listed
    print("ok     enrolled by two signatures, and listed for the auditor")


main()
