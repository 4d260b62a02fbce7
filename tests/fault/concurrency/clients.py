"""64 stock gRPC clients fight over the last pieces of an order and over the same chips, beside a
complete server (with_server). Counts are exact, each chip has one identity, and all answers for one
chip are the same bytes, whoever asked in whatever order."""
import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "deploy/examples"))
try:
    import grpc
    import station
except ImportError as error:
    print(f"skipped: {error.name} is not installed")
    sys.exit(77)

STATE = Path(os.environ["MINTMARK_STATE"])
BIN = Path(os.environ["MINTMARK_BIN"])
CLIENTS = 64
CONNECTING = 8  # at once: an address has a quarter of the front's handshake places
SEED = int(os.environ.get("MINTMARK_SEED", random.SystemRandom().randrange(1 << 32)))
BUSY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED)


def check(what, found, expected):
    if found != expected:
        sys.exit(f"FAILED {what}: {found}, expected {expected}")
    print(f"ok     {what}")


def reason(error):
    """ErrorInfo.reason, or the code where there is none."""
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    for known in (b"ORDER_EXHAUSTED", b"DEVICE_ELSEWHERE", b"QUEUE_FULL"):
        if known in details:
            return known.decode()
    return f"{error.code().name}: {error.details()}"


class Fight:
    """What all clients share: the calls each is to make, and what came of them."""

    def __init__(self, messages, plans):
        self.messages = messages
        self.plans = plans  # for each client: [(order, mac)]
        self.start = threading.Barrier(len(plans))
        self.connecting = threading.Semaphore(CONNECTING)
        self.lock = threading.Lock()
        self.answers = defaultdict(set)  # mac → {(order, bytes)}
        self.first = Counter()  # mac → answers that were not repeats
        self.delivered = 0
        self.refused = Counter()  # (order, reason)
        self.failed = []

    def connect(self):
        keys = STATE / "identities"
        credentials = grpc.ssl_channel_credentials(
            (keys / "ca.pem").read_bytes(), (keys / "line1-01.key").read_bytes(),
            (keys / "line1-01.pem").read_bytes())
        with self.connecting:
            channel = grpc.secure_channel(os.environ["MINTMARK_SERVER"], credentials,
                                          (("grpc.use_local_subchannel_pool", 1),
                                           ("grpc.max_receive_message_length", 4 << 20)))
            grpc.channel_ready_future(channel).result(timeout=60)
        return channel

    def call(self, method, order, mac):
        request = self.messages["ProvisionDeviceRequest"](order=order)
        request.unit.hardware_id = mac
        while True:
            try:
                return method(request.SerializeToString(), timeout=120)
            except grpc.RpcError as error:
                if error.code() not in BUSY and reason(error) != "QUEUE_FULL":
                    with self.lock:
                        self.refused[order, reason(error)] += 1
                    return None

    def keep(self, order, mac, answer):
        repeated, answer.repeated_delivery = answer.repeated_delivery, False
        with self.lock:
            self.answers[mac].add((order, answer.SerializeToString(deterministic=True)))
            self.first[mac] += not repeated
            self.delivered += 1

    def client(self, plan):
        try:
            with self.connect() as channel:
                method = channel.unary_unary(
                    "/mintmark.v1.Provisioning/ProvisionDevice",
                    response_deserializer=self.messages["ProvisionDeviceResponse"].FromString)
                self.start.wait(timeout=120)
                for order, mac in plan:
                    answer = self.call(method, order, mac)
                    if answer is not None:
                        self.keep(order, mac, answer)
        except Exception as error:  # a thread's own end would go unseen
            self.failed.append(repr(error))
            self.start.abort()

    def run(self):
        threads = [threading.Thread(target=self.client, args=(plan,)) for plan in self.plans]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check("every client did its calls", self.failed, [])


def load_order(name, quantity):
    product = next(line.split()[1] for line in (STATE / "product.yaml").read_text().splitlines()
                   if line.startswith("name:"))
    path = STATE / f"{name}.yaml"
    path.write_text(f"order: {name}\nproduct: {product}\nquantity: {quantity}\n")
    subprocess.run([os.environ["MINTMARK_APPLY"], path], check=True, stdout=subprocess.DEVNULL)


def macs(group, count):
    return [f"60:59:00:00:{group:02x}:{number:02x}" for number in range(count)]


def one(sql):
    with sqlite3.connect(f"file:{STATE}/server/mintmark.db?mode=ro", uri=True) as database:
        return database.execute(sql).fetchone()[0]


def check_order(name, units):
    """The order's own sums, its units and its leaves agree."""
    where = f"where work_order = '{name}'"
    check(f"{name}: counted", one(f"select counted from work_order where id = '{name}'"), units)
    check(f"{name}: issued", one(f"select issued from work_order where id = '{name}'"), units)
    check(f"{name}: units", one(f"select count(*) from unit {where} and state = 2"), units)
    for kind in ("reserved", "issued"):
        check(f"{name}: leaves {kind}", one(
            f"select count(*) from leaf where content ->> 'order' = '{name}' "
            f"and content ->> 'type' = 'device.{kind}'"), units)


def check_answers(fight):
    check("each chip has one identity, always in the same bytes",
          [mac for mac, answers in fight.answers.items() if len(answers) != 1], [])
    check("each was new to exactly one of them",
          [mac for mac, first in fight.first.items() if first != 1], [])


def last_pieces(messages, pick):
    """More chips than pieces; every client wants them all, in an order of its own."""
    pieces, chips = 40, macs(1, 60)
    load_order("LAST-PIECES", pieces)
    plans = [[("LAST-PIECES", mac) for mac in pick.sample(chips, 30)] for _ in range(CLIENTS)]
    fight = Fight(messages, plans)
    fight.run()
    check_answers(fight)
    check("pieces given out", len(fight.answers), pieces)
    check("the others are told that the order is used up",
          set(fight.refused), {("LAST-PIECES", "ORDER_EXHAUSTED")})
    check_order("LAST-PIECES", pieces)
    check("every delivery is on record", one(
        "select sum(deliveries) from unit where work_order = 'LAST-PIECES'"), fight.delivered)


def same_chips(messages, pick):
    """Two orders, one set of chips: each chip goes to one of them."""
    chips = macs(2, 20)
    orders = ("FIRST", "SECOND")
    for order in orders:
        load_order(order, len(chips))
    plans = [[(orders[number % 2], mac) for mac in pick.sample(chips, len(chips))]
             for number in range(CLIENTS)]
    fight = Fight(messages, plans)
    fight.run()
    check_answers(fight)
    check("chips with an identity", sorted(fight.answers), chips)
    check("the other order is told that the chip is elsewhere",
          {why for _, why in fight.refused}, {"DEVICE_ELSEWHERE"})
    winners = Counter(order for answers in fight.answers.values() for order, _ in answers)
    for order in orders:
        check_order(order, winners[order])


def main():
    print(f"MINTMARK_SEED={SEED}")
    pick = random.Random(SEED)
    messages = station.Messages(ROOT / "proto")
    last_pieces(messages, pick)
    same_chips(messages, pick)
    check("the log has no gap", one("select max(sequence) + 1 - count(*) from leaf"), 0)
    check("integrity", one("pragma integrity_check"), "ok")
    subprocess.run([ROOT / "tests/fault/verify_log"], check=True)


main()
