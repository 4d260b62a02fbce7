"""A server between station and server, with the server's certificate, that changes answers: what a
server could say that lies about its log."""
import importlib.util
from concurrent import futures
from pathlib import Path

import grpc

ROOT = Path(__file__).resolve().parents[3]
SERVICE = "/mintmark.v1.Provisioning/"


def load_messages():
    """Message classes as the example station makes them."""
    spec = importlib.util.spec_from_file_location("station", ROOT / "deploy/examples/station.py")
    station = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(station)
    return station.Messages(ROOT / "proto")


class Relay(grpc.GenericRpcHandler):
    """`change` maps a method to a function that changes its answer in place."""

    def __init__(self, keys, server):
        self.messages = load_messages()
        self.change = {}
        read = lambda name: (keys / name).read_bytes()
        ca = read("ca.pem")
        self.channel = grpc.secure_channel(server, grpc.ssl_channel_credentials(
            ca, read("line1-01.key"), read("line1-01.pem")))
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
        try:
            content = self.channel.unary_unary(method)(request, timeout=20)
        except grpc.RpcError as error:
            context.set_trailing_metadata(error.trailing_metadata())
            context.abort(error.code(), error.details())
        name = method.removeprefix(SERVICE)
        if name in self.change:
            kind = {"GetLogCheckpoint": "LogCheckpoint"}.get(name, name + "Response")
            message = self.messages[kind].FromString(content)
            self.change[name](message)
            content = message.SerializeToString()
        return content
