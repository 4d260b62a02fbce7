"""A server between station and server, with the server's certificate, that changes answers: what a
server could say that lies about its log."""
import subprocess
import tempfile
from concurrent import futures
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ROOT = Path(__file__).resolve().parents[3]
KINDS = {"GetLogCheckpoint": "LogCheckpoint", "GetCheckpoint": "Checkpoint", "GetDevice": "Device",
         "GetInclusionProof": "LogProof", "GetConsistencyProof": "LogProof"}


class Messages:
    """Message classes by name, from the .proto files by protoc."""

    def __init__(self):
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder, "descriptors")
            subprocess.run(
                ["protoc", "-I", ROOT / "proto", "-I", "/usr/include", "--include_imports",
                 f"--descriptor_set_out={output}", "mintmark/v1/provisioning.proto",
                 "mintmark/v1/administration.proto", "mintmark/v1/audit.proto"], check=True)
            files = descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes()).file
        self.pool = descriptor_pool.DescriptorPool()
        for file in files:
            self.pool.Add(file)

    def __getitem__(self, name):
        descriptor = self.pool.FindMessageTypeByName("mintmark.v1." + name)
        if hasattr(message_factory, "GetMessageClass"):  # protobuf 4.22 and newer
            return message_factory.GetMessageClass(descriptor)
        return message_factory.MessageFactory(self.pool).GetPrototype(descriptor)


def field(number, content):
    """A length-delimited field of a message, shorter than 128 bytes."""
    return bytes([number << 3 | 2, len(content)]) + content


def refusal(reason):
    """google.rpc.Status with an ErrorInfo, as the server sends it: FAILED_PRECONDITION."""
    info = field(1, reason.encode()) + field(2, b"mintmark")
    packed = field(1, b"type.googleapis.com/google.rpc.ErrorInfo") + field(2, info)
    return (("grpc-status-details-bin", b"\x08\x09" + field(2, b"a lie") + field(3, packed)),)


class Relay(grpc.GenericRpcHandler):
    """`change` maps a method to a function that changes its answer in place, `refuse` to the reason
    for which it is refused."""

    def __init__(self, keys, server, person="line1-01"):
        self.messages = Messages()
        self.change = {}
        self.refuse = {}
        read = lambda name: (keys / name).read_bytes()
        ca = read("ca.pem")
        self.channel = grpc.secure_channel(server, grpc.ssl_channel_credentials(
            ca, read(person + ".key"), read(person + ".pem")))
        self.server = grpc.server(futures.ThreadPoolExecutor(2))
        self.server.add_generic_rpc_handlers((self,))
        port = self.server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(
            [(read("server.key"), read("server.pem"))], ca, True))
        self.address = f"127.0.0.1:{port}"
        self.server.start()

    def service(self, handler_call_details):
        method = handler_call_details.method
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self.answer(method, request, context))

    def answer(self, method, request, context):
        reason = self.refuse.get(method.rsplit("/", 1)[1])
        if reason is not None:
            context.set_trailing_metadata(refusal(reason))
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "a lie")
        try:
            content = self.channel.unary_unary(method)(request, timeout=20)
        except grpc.RpcError as error:
            context.set_trailing_metadata(error.trailing_metadata())
            context.abort(error.code(), error.details())
        name = method.rsplit("/", 1)[1]
        if name in self.change:
            message = self.messages[KINDS.get(name, name + "Response")].FromString(content)
            self.change[name](message)
            content = message.SerializeToString()
        return content
