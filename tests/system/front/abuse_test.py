"""What a hostile client with a good certificate can do to the front: each flood must end in a
GOAWAY or a closed connection, and the next client must be served. Raw HTTP/2 by python3-h2's
frame library. Run by front_stage.
"""
import os
import socket
import ssl
import struct
import sys
import time
import unittest

try:
    from hpack import Encoder
except ImportError:
    print("skipped: python3-hpack is not installed")
    sys.exit(77)

FOLDER = os.environ["STAGE_FOLDER"]
PORT = int(os.environ["STAGE_PORT"])
HELD, RELEASE = int(os.environ["STAGE_HELD"]), int(os.environ["STAGE_RELEASE"])
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST, SETTINGS, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4
REQUEST = [(":method", "POST"), (":scheme", "https"), (":path", "/mintmark.v1.Provisioning/GetOrder"),
           (":authority", "localhost"), ("te", "trailers"), ("content-type", "application/grpc")]


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def connect(alpn="h2", name="station", source="127.0.0.1"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(FOLDER + "/ca.pem")
    context.load_cert_chain(f"{FOLDER}/{name}.pem", f"{FOLDER}/{name}.key")
    if alpn:
        context.set_alpn_protocols([alpn])
    raw = socket.create_connection(("127.0.0.1", PORT), timeout=20, source_address=(source, 0))
    return context.wrap_socket(raw, server_hostname="localhost")


class Client:
    def __init__(self, settings=b"", **how):
        self.socket = connect(**how)
        self.encoder = Encoder()
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0, settings))
        self.input = b""

    def headers(self, fields=REQUEST, stream=1, end=False):
        block = self.encoder.encode(fields)
        return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, block)

    def frames(self):
        """Until the connection ends."""
        while True:
            while len(self.input) >= 9:
                size = int.from_bytes(self.input[:3], "big")
                if len(self.input) < 9 + size:
                    break
                kind, flags = self.input[3], self.input[4]
                stream = int.from_bytes(self.input[5:9], "big")
                payload = self.input[9:9 + size]
                self.input = self.input[9 + size:]
                yield kind, flags, stream, payload
            try:
                chunk = self.socket.recv(65536)
            except (ConnectionError, ssl.SSLError):
                return
            if not chunk:
                return
            self.input += chunk

    def echo(self):
        self.socket.sendall(self.headers() + frame(DATA, END_STREAM, 1, b"\0\0\0\0\4echo"))

    def is_echoed(self):
        """Whether the answer to echo() is the echo, not a refusal."""
        data = b""
        for kind, flags, stream, payload in self.frames():
            data += payload if kind == DATA and stream == 1 else b""
            if stream == 1 and flags & END_STREAM:
                return data == b"\0\0\0\0\4echo"
        return False

    def flood(self, pieces):
        """Sends until the server has enough; returns its GOAWAY codes."""
        try:
            for piece in pieces:
                self.socket.sendall(piece)
        except (ConnectionError, ssl.SSLError):
            pass
        return self.goaways()

    def goaways(self):
        return [int.from_bytes(p[4:8], "big") for k, _, _, p in self.frames() if k == GOAWAY]


def serves(**how):
    client = Client(**how)
    client.echo()
    served = client.is_echoed()
    client.socket.close()
    return served


class Greedy:
    """Connections of one station that ask for answers and take none: their windows are zero."""

    ASK = [(k, v.replace("GetOrder", "ProvisionDevice")) for k, v in REQUEST]

    def __init__(self, connections, message):
        self.body = b"\0" + struct.pack(">I", len(message)) + message
        self.clients = [Client(struct.pack(">HI", 4, 0)) for _ in range(connections)]
        self.stream = -1

    def ask(self, calls):
        for _ in range(calls):
            self.stream += 2
            for client in self.clients:
                client.socket.sendall(client.headers(self.ASK, self.stream) +
                                      frame(DATA, END_STREAM, self.stream, self.body))

    def close(self):
        for client in self.clients:
            client.socket.close()


def served_now():
    try:
        return serves()
    except OSError:
        return False


class Abuse(unittest.TestCase):
    def ends(self, pieces, codes=(11,)):
        seen = Client().flood(pieces)
        # the reset that closing causes may swallow the GOAWAY on its way
        self.assertTrue(not seen or seen[-1] in codes, seen)
        self.assertTrue(serves())

    def test_ping_flood(self):
        self.ends([frame(PING, 0, 0, b"12345678") * 100] * 60)

    def test_settings_flood(self):
        self.ends([frame(SETTINGS, 0, 0) * 100] * 60)

    def test_priority_flood(self):
        self.ends([frame(PRIORITY, 0, 1, b"\0\0\0\0\1") * 100] * 60)

    def test_unknown_frame_flood(self):
        self.ends([frame(0xFA, 0, 0, b"x") * 100] * 60)

    def test_window_update_overflow_flood(self):
        def pieces(client=Client()):
            for stream in range(1, 4001, 2):
                yield client.headers(stream=stream) + frame(WINDOW, 0, stream, b"\x7f\xff\xff\xff")
        self.ends(pieces())

    def test_rapid_reset(self):
        encoder = Encoder()
        def pieces():
            for stream in range(1, 8001, 2):
                block = encoder.encode(REQUEST)
                yield frame(HEADERS, END_HEADERS, stream, block) + frame(RST, 0, stream, b"\0\0\0\x08")
        self.ends(pieces(), codes=(2, 11))

    def test_continuation_flood(self):
        block = Encoder().encode(REQUEST)
        self.ends([frame(HEADERS, 0, 1, block)] + [frame(CONTINUATION, 0, 1)] * 5000,
                  codes=(1, 2, 11))

    def test_empty_data_flood(self):
        client = Client()
        self.ends([client.headers()] + [frame(DATA, 0, 1) * 100] * 60)

    def test_header_bomb_is_bounded(self):
        client = Client()
        bomb = client.headers(REQUEST + [("x", "y" * 3900)])
        block = b"\xbe" * 15000  # 15000 references to the newest entry of the table
        client.socket.sendall(bomb + frame(HEADERS, END_HEADERS | END_STREAM, 3,
                                           Encoder().encode(REQUEST) + block))
        for kind, _, stream, payload in client.frames():
            if stream == 3 and kind in (RST, HEADERS):
                break
        else:
            self.fail("no answer to the bomb")
        client.socket.close()
        self.assertTrue(serves())

    def test_early_refusal_is_followed_by_no_error(self):
        client = Client()
        client.socket.sendall(client.headers() + frame(DATA, 0, 1, b"\0\xff\xff\xff\xff"))
        seen = []
        for kind, flags, stream, payload in client.frames():
            if stream == 1:
                seen.append(kind)
                if kind == RST:
                    self.assertEqual(payload, b"\0\0\0\0")
                    break
        self.assertEqual(seen, [HEADERS, RST])

    def test_split_request(self):
        client = Client()
        client.socket.sendall(client.headers())
        for byte in b"\0\0\0\0\4echo":
            client.socket.sendall(frame(DATA, 0, 1, bytes([byte])))
        client.socket.sendall(frame(DATA, END_STREAM, 1))
        data = b""
        for kind, flags, stream, payload in client.frames():
            if stream == 1 and kind == DATA:
                data += payload
            if stream == 1 and flags & END_STREAM:
                break
        self.assertEqual(data, b"\0\0\0\0\4echo")

    def test_a_reader_that_lags_gets_everything(self):
        client = Client()
        client.socket.sendall(
            frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0x7fffffff)) +
            frame(WINDOW, 0, 0, struct.pack(">I", 0x7fff0000 - 65535)) +
            client.headers([(k, v.replace("GetOrder", "ProvisionDevice")) for k, v in REQUEST]) +
            frame(DATA, END_STREAM, 1, b"\0\0\0\0\x0csize 4194304"))
        self.assertTrue(serves())  # meanwhile the front has filled our socket, and serves others
        size = 0
        for kind, flags, stream, payload in client.frames():
            size += len(payload) if kind == DATA else 0
            if stream == 1 and flags & END_STREAM:
                break
        client.socket.close()
        self.assertEqual(size, 5 + 4194304)

    def status_of(self, changes):
        fields = [(k, changes.get(k, v)) for k, v in REQUEST if changes.get(k, v) is not None]
        fields += [(k, v) for k, v in changes.items() if k not in dict(REQUEST)]
        client = Client()
        client.socket.sendall(client.headers(fields, end=True))
        from hpack import Decoder
        decoder = Decoder()
        for kind, flags, stream, payload in client.frames():
            if kind == HEADERS and stream == 1:
                self.assertTrue(flags & END_STREAM)
                answer = dict(decoder.decode(payload))
                return answer[":status"], answer.get("grpc-status")
        return None

    def test_headers_are_judged(self):
        self.assertEqual(self.status_of({":method": "GET"}), ("405", None))
        self.assertEqual(self.status_of({"content-type": "application/json"}), ("415", None))
        self.assertEqual(self.status_of({"content-type": None}), ("415", None))
        self.assertEqual(self.status_of({":path": "/x"}), ("200", "12"))
        self.assertEqual(self.status_of({"grpc-timeout": "1x"}), ("200", "13"))
        self.assertEqual(self.status_of({"grpc-timeout": "0m"}), ("200", "4"))
        self.assertEqual(self.status_of({"te": None}), ("200", "13"))  # no message follows

    def test_alpn_is_demanded(self):
        for alpn in ("http/1.1", None):
            with self.assertRaises((ssl.SSLError, ConnectionError, OSError)):
                sock = connect(alpn)
                sock.sendall(PREFACE)
                if not sock.recv(1):
                    raise ConnectionError("closed")
        self.assertTrue(serves())

    def test_no_preface_is_closed(self):
        sock = connect()
        sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            while sock.recv(4096):
                pass
        except (ConnectionError, ssl.SSLError):
            pass
        self.assertTrue(serves())

    def test_silent_crowd_keeps_nobody_out(self):
        crowd = [socket.create_connection(("127.0.0.1", PORT), timeout=20) for _ in range(100)]
        time.sleep(0.6)  # then the crowd's own address has a place again too
        self.assertTrue(serves())
        for sock in crowd:
            sock.close()

    def neighbour_is_served_while(self, greedy, seconds):
        began, slowest = time.monotonic(), 0.0
        while time.monotonic() - began < seconds:
            start = time.monotonic()
            self.assertTrue(serves(name="neighbour"), "refused or left waiting")
            slowest = max(slowest, time.monotonic() - start)
            time.sleep(0.05)
        greedy.close()
        self.assertLess(slowest, 2.0)

    def test_station_that_takes_no_answers_stops_no_other(self):
        greedy = Greedy(45, b"size 26000")
        greedy.ask(100)
        self.neighbour_is_served_while(greedy, 11)  # past the first refill, FRONT_DELIVERY_MS

    def test_station_with_large_answers_stops_no_other(self):
        greedy = Greedy(4, b"size 4194304")
        greedy.ask(20)
        self.neighbour_is_served_while(greedy, 3)

    def test_station_that_fills_the_queue_stops_no_other(self):
        greedy = Greedy(40, b"hold")
        greedy.ask(50)
        for _ in range(2):  # both workers are held, the station's other 1998 calls wait
            os.read(HELD, 1)
        waiting = Client(name="neighbour")
        waiting.echo()
        time.sleep(0.5)
        os.write(RELEASE, b"r")  # one worker comes free: it is the neighbour's turn
        served = waiting.is_echoed()
        greedy.close()
        os.write(RELEASE, b"r" * 2000)
        self.assertTrue(served)

    def test_silent_host_keeps_no_other_host_out(self):
        crowd = [socket.create_connection(("127.0.0.1", PORT), timeout=20) for _ in range(100)]
        began = time.monotonic()
        self.assertTrue(serves(source="127.0.0.2"))
        self.assertLess(time.monotonic() - began, 0.4)  # no place had to be waited for
        closed = 0
        for sock in crowd:
            sock.settimeout(0.01)
            try:
                closed += sock.recv(1) == b""
            except ConnectionError:
                closed += 1
            except TimeoutError:
                pass
            sock.close()
        self.assertEqual(closed, 100 - 16)

    def test_one_address_has_its_share(self):
        crowd, refused = [], 0
        for _ in range(140):
            try:
                crowd.append(connect())
            except (ConnectionError, ssl.SSLError, OSError):
                refused += 1
        self.assertGreaterEqual(refused, 140 - 128)
        crowd[0].close()
        crowd[1].close()
        self.assertTrue(any(served_now() for _ in range(100)))  # until the closed ones are seen
        for sock in crowd:
            sock.close()

    def test_silence_is_closed(self):
        silent = socket.create_connection(("127.0.0.1", PORT), timeout=20)
        shaken = connect()
        self.assertEqual(silent.recv(1), b"")  # the handshake limit, 5 s
        while shaken.recv(4096):  # our SETTINGS, then the same limit
            pass
        self.assertTrue(serves())


if __name__ == "__main__":
    unittest.main(verbosity=1, warnings="ignore")
