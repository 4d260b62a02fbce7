"""The front and a stock gRPC client: Debian's python3-grpcio, with no code of ours.

Run by front_stage, which plays supervisor and workers (stage.h says what a request makes them do).
"""
import os
import sys
import threading
import unittest

try:
    import grpc
except ImportError:
    print("skipped: python3-grpcio is not installed")
    sys.exit(77)

FOLDER = os.environ["STAGE_FOLDER"]
TARGET = "127.0.0.1:" + os.environ["STAGE_PORT"]
HELD, RELEASE = int(os.environ["STAGE_HELD"]), int(os.environ["STAGE_RELEASE"])
SERVICE = "/mintmark.v1.Provisioning/"


def read(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()


def channel(name="station", ca="ca.pem", options=()):
    key, chain = (read(name + ".key"), read(name + ".pem")) if name else (None, None)
    credentials = grpc.ssl_channel_credentials(read(ca), key, chain)
    return grpc.secure_channel(TARGET, credentials, options=options)


def unary(a_channel, method, request, timeout=8, **more):
    call = a_channel.unary_unary(SERVICE + method if method[0] != "/" else method)
    return call(request, timeout=timeout, **more)


class StockClient(unittest.TestCase):
    def refused(self, a_channel, method, request, **more):
        with self.assertRaises(grpc.RpcError) as caught:
            unary(a_channel, method, request, **more)
        return caught.exception

    def test_sizes(self):
        with channel() as c:
            for size in (0, 1, 16375, 100 << 10, 1 << 20):
                answer = unary(c, "ProvisionDevice", b"size %d" % size)
                self.assertEqual(answer, bytes(i % 251 for i in range(size)))
            for size in (0, 1, 4096):
                self.assertEqual(unary(c, "ProvisionDevice", b"x" * size), b"x" * size)

    def test_error_with_details(self):
        with channel() as c:
            error = self.refused(c, "GetOrder", b"error")
            self.assertEqual(error.code(), grpc.StatusCode.FAILED_PRECONDITION)
            self.assertEqual(error.details(), "100 % refused: \u00fcbel")
            details = dict(error.trailing_metadata())["grpc-status-details-bin"]
            self.assertIn(b"CD_DOES_NOT_COVER", details)
            self.assertIn("100 % refused: \u00fcbel".encode(), details)
            self.assertIn(b"type.googleapis.com/google.rpc.RetryInfo", details)

    def test_refusals(self):
        with channel() as c:
            cases = (
                ("Nothing", b"", grpc.StatusCode.UNIMPLEMENTED),
                ("/grpc.reflection.v1.ServerReflection/Nothing", b"", grpc.StatusCode.UNIMPLEMENTED),
                ("GetOrder", b"x" * 1025, grpc.StatusCode.RESOURCE_EXHAUSTED),
                ("GetOrder", b"x" * (1 << 20), grpc.StatusCode.RESOURCE_EXHAUSTED),
            )
            for method, request, code in cases:
                self.assertEqual(self.refused(c, method, request).code(), code)
            self.assertEqual(unary(c, "GetOrder", b"echo"), b"echo")

    def test_compression_is_not_offered(self):
        with channel() as c:
            error = self.refused(c, "ProvisionDevice", b"x" * 2000,
                                 compression=grpc.Compression.Gzip)
            self.assertEqual(error.code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_large_metadata(self):
        with channel() as c:
            error = self.refused(c, "GetOrder", b"echo", metadata=(("x-large", "y" * 9000),))
            self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)

    def test_binary_metadata_is_ignored(self):
        with channel() as c:
            answer = unary(c, "GetOrder", b"echo", metadata=(("x-trace-bin", bytes(range(40))),))
            self.assertEqual(answer, b"echo")

    def test_who_may_connect(self):
        for name in (None, "outsider"):
            with channel(name) as c:
                self.assertEqual(self.refused(c, "GetOrder", b"").code(),
                                 grpc.StatusCode.UNAVAILABLE)
        for name in ("nobody", "stranger", "double"):
            with channel(name) as c:
                self.assertEqual(self.refused(c, "GetOrder", b"").code(),
                                 grpc.StatusCode.UNAUTHENTICATED)

    def test_deadline(self):
        with channel() as c:
            error = self.refused(c, "GetOrder", b"hold", timeout=0.3)
            self.assertEqual(error.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
            os.read(HELD, 1)
            os.write(RELEASE, b"r")
            self.assertEqual(unary(c, "GetOrder", b"echo"), b"echo")

    def test_parallel_calls_on_one_connection(self):
        with channel() as c:
            call = c.unary_unary(SERVICE + "ProvisionDevice")
            futures = [call.future(b"size %d" % (i * 500), timeout=8) for i in range(64)]
            for i, future in enumerate(futures):
                self.assertEqual(len(future.result()), i * 500)

    def test_cancelled_call_leaves_a_working_server(self):
        with channel() as c:
            future = c.unary_unary(SERVICE + "GetOrder").future(b"hold", timeout=8)
            os.read(HELD, 1)
            future.cancel()
            os.write(RELEASE, b"r")
            self.assertEqual(unary(c, "GetOrder", b"echo"), b"echo")

    def test_health(self):
        with channel() as c:
            check = "/grpc.health.v1.Health/Check"
            self.assertEqual(unary(c, check, b""), b"\x08\x01")
            name = b"mintmark.v1.Provisioning"
            self.assertEqual(unary(c, check, b"\x0a" + bytes([len(name)]) + name), b"\x08\x01")
            self.assertEqual(self.refused(c, check, b"\x0a\x01x").code(), grpc.StatusCode.NOT_FOUND)
            self.assertEqual(self.refused(c, check, b"\xff").code(), grpc.StatusCode.INTERNAL)


class ZQueue(unittest.TestCase):
    """Fills the queue: many connections, their calls held."""

    def test_full_queue_is_resource_exhausted(self):
        channels = [channel(options=(("grpc.use_local_subchannel_pool", 1),)) for _ in range(14)]
        futures = []
        for c in channels:
            call = c.unary_unary(SERVICE + "GetOrder")
            futures += [call.future(b"hold", timeout=4.5) for _ in range(95)]
        full = threading.Event()

        def look(future):
            if future.code() == grpc.StatusCode.RESOURCE_EXHAUSTED:
                full.set()

        for future in futures:
            future.add_done_callback(look)
        self.assertTrue(full.wait(8))
        for future in futures:
            future.cancel()
        for c in channels:  # what comes behind the cancellations says that they have arrived
            self.assertEqual(unary(c, "/grpc.health.v1.Health/Check", b""), b"\x08\x01")
        for _ in range(2):  # each worker holds one
            os.read(HELD, 1)
            os.write(RELEASE, b"r")
        self.assertEqual(unary(channels[0], "GetOrder", b"echo"), b"echo")
        for c in channels:
            c.close()


class ZzCanary(unittest.TestCase):
    """What a worker answered is nowhere in the front's memory once it is delivered."""

    def memory(self):
        folder = "/proc/" + os.environ["STAGE_FRONT"]
        try:
            with open(folder + "/maps") as maps, open(folder + "/mem", "rb", 0) as memory:
                for line in maps:
                    place, rights = line.split()[:2]
                    if "w" in rights and "r" in rights:
                        start, end = (int(part, 16) for part in place.split("-"))
                        if end - start < 1 << 28:  # a sanitizer's shadow is no memory of ours
                            memory.seek(start)
                            yield memory.read(end - start)
        except PermissionError:
            self.skipTest("reading another process's memory is not permitted here")

    def test_answers_leave_no_trace(self):
        canary = bytes(range(230, 251)) + bytes(range(40))  # what "size" answers hold
        with channel() as c:
            for size in (300, 5000, 1 << 20):
                answer = unary(c, "ProvisionDevice", b"size %d" % size)
                self.assertIn(canary, answer)
            self.assertEqual(unary(c, "GetOrder", b"echo"), b"echo")
            identity_seen = False
            for piece in self.memory():
                self.assertNotIn(canary, piece)
                identity_seen = identity_seen or b"spiffe://test/station/line1-03" in piece
            self.assertTrue(identity_seen)  # it was that process, and readable


class ZzzDrain(unittest.TestCase):
    """Last, because the front does not survive it."""

    def test_watch_and_drain(self):
        import signal
        with channel() as c:
            stream = c.unary_stream("/grpc.health.v1.Health/Watch")(b"", timeout=8)
            self.assertEqual(next(stream), b"\x08\x01")
            os.kill(int(os.environ["STAGE_FRONT"]), signal.SIGTERM)
            self.assertEqual(next(stream), b"\x08\x02")
            with self.assertRaises(grpc.RpcError) as caught:
                next(stream)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)


if __name__ == "__main__":
    unittest.main(verbosity=1)
