"""The supervisor with stand-in children: starts, deaths, restarts, and the end in order.

usage: supervisor_test.py PROGRAM
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(sys.argv[1])
PATIENCE = 20.0


def run(*arguments, **keywords):
    return subprocess.run(arguments, check=True, capture_output=True, text=True, **keywords)


def make_certificate(folder):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", "/CN=test", "-keyout", os.path.join(folder, "unused.key"),
        "-out", os.path.join(folder, "cert.pem"))


class Server:
    """One mintmarkd with its folder; ended by stop()."""

    def __init__(self, folder, slots=2, environment=None):
        self.folder = folder
        self.log = os.path.join(folder, "log")
        self.slots = slots
        self.port = self.write_config(slots)
        self.environment = environment
        self.process = None

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), mode)

    def write_config(self, slots):
        with socket.socket() as probe, socket.socket() as other:
            probe.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            self.administration_port = other.getsockname()[1]
        os.makedirs(self.path("state"), mode=0o700, exist_ok=True)
        self.write("key.pem", "TLS-KEY")
        self.write("pin", "PIN-1")
        self.write("module.so", "")
        self.write("state/mintmark.db", "")
        self.write("mintmarkd.yaml", f"""
site: {{name: test, trust_domain: test}}
state_directory: state
stations: {{address: "127.0.0.1:{port}", certificate: cert.pem, key: key.pem, client_ca: cert.pem}}
administration: {{address: "127.0.0.1:{self.administration_port}", certificate: cert.pem, key: key.pem, client_ca: cert.pem}}
token: {{module: {self.path("module.so")}, pin_file: pin, seal_key: "pkcs11:object=seal"}}
pais: {{one: {{key: "pkcs11:object=one", certificate: cert.pem, paa: cert.pem}}}}
allow_classes: [test]
slots: {slots}
""")
        return port

    def start(self, wait=True):
        environment = dict(os.environ, SECRET_OF_THE_CALLER="1", **(self.environment or {}))
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "--config", self.path("mintmarkd.yaml")], stdout=log, stderr=log,
                env=environment, pass_fds=())
        if wait:
            self.wait_children(self.all())
        return self

    def all(self):
        """Children: front and slots of the stations, front and one slot of the administration."""
        return 1 + 2 * self.slots + 1 + 2

    def text(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def children(self, listener=None):
        """{kind: sorted pids} of the running children, of one listener or of both."""
        found = {"front": [], "worker": [], "signer": []}
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8") as stat:
                    fields = stat.read().rsplit(")", 1)[1].split()
                with open(f"/proc/{entry}/cmdline", encoding="utf-8") as cmdline:
                    words = cmdline.read().split("\0")
            except OSError:
                continue
            if fields[0] != "Z" and int(fields[1]) == self.process.pid and words[1:2] == ["--child"]:
                if listener in (None, words[3]):
                    found[words[2]].append(int(entry))
        return {kind: sorted(pids) for kind, pids in found.items()}

    def wait(self, what, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}; log:\n{self.text()}")
            time.sleep(0.02)

    def wait_children(self, count):
        self.wait(f"not {count} children",
                  lambda: sum(map(len, self.children().values())) == count)

    def wait_log(self, pattern, count=1):
        self.wait(f"not {count} times {pattern}",
                  lambda: len(re.findall(pattern, self.text(), re.M)) >= count)

    def stop(self, signum=signal.SIGTERM):
        """Ends it and returns the exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signum)
        code = self.process.wait(timeout=PATIENCE)
        self.process = None
        return code


class SupervisorTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mintmark-supervisor-")
        make_certificate(self.folder)
        self.server = Server(self.folder)

    def tearDown(self):
        if self.server.process is not None:
            self.server.process.kill()
            self.server.process.wait()
        shutil.rmtree(self.folder)

    def test_starts_and_ends_in_order(self):
        server = self.server.start()
        server.wait_log("^fake front worker hello$", 3)
        server.wait_log("^fake signer ready pin=PIN-1$", 3)
        # SOCK_STREAM is 1, SOCK_SEQPACKET is 5
        for name in ("stations", "administration"):
            server.wait_log(f"^fake front ready {name} listener=1 control=5 key=TLS-KEY$")
        with socket.create_connection(("127.0.0.1", server.port), timeout=5):
            pass
        with open(server.path("state", "mintmarkd.pid"), encoding="utf-8") as file:
            self.assertEqual(int(file.read()), server.process.pid)
        self.assertEqual(server.stop(), 0)
        text = server.text()
        self.assertIn("event=stopped", text.splitlines()[-1])
        self.assertNotIn("signal=9", text)
        self.assertNotIn("restart", text)
        self.assertFalse(os.path.exists(server.path("state", "mintmarkd.pid")))

    def test_children_inherit_nothing_else(self):
        server = self.server.start()
        server.wait_log("^fake signer ready", 3)
        server.wait_log("^fake front ready", 2)
        doors = {"front": 7, "worker": 6, "signer": 6}
        for kind, pids in server.children().items():
            for pid in pids:
                with open(f"/proc/{pid}/status", encoding="utf-8") as status:
                    blocked = re.search(r"^SigBlk:\s*(\w+)$", status.read(), re.M).group(1)
                self.assertEqual(int(blocked, 16), 0)
                descriptors = sorted(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
                if kind == "front":  # the workers' sockets come later
                    self.assertEqual(descriptors[:7], list(range(7)))
                else:
                    self.assertEqual(descriptors, list(range(doors[kind])))
                self.assertEqual(os.readlink(f"/proc/{pid}/fd/0"), "/dev/null")
                with open(f"/proc/{pid}/fdinfo/3", encoding="utf-8") as info:
                    flags = int(re.search(r"flags:\s*(\d+)", info.read()).group(1), 8)
                self.assertEqual(flags & os.O_ACCMODE, os.O_RDONLY)
        environment = set(re.findall(r"^fake \w+ environment (.*)$", server.text(), re.M))
        self.assertEqual(environment, {"LC_ALL=C.UTF-8", "TZ=UTC"})

    def test_pair_dies_together(self):
        server = self.server.start()
        for hellos, (kind, other) in enumerate((("worker", "signer"), ("signer", "worker")), 3):
            server.wait_log("^fake front worker hello$", hellos)
            before = server.children("stations")
            others = server.children("administration")
            os.kill(before[kind][0], signal.SIGKILL)
            server.wait("the pair did not start again", lambda: (
                before[kind][0] not in server.children("stations")[kind] and
                len(set(before[other]) & set(server.children("stations")[other])) == 1 and
                all(len(server.children("stations")[each]) == 2 for each in (kind, other))))
            self.assertEqual(before["front"], server.children("stations")["front"])
            self.assertEqual(others, server.children("administration"))
        server.wait_log("^fake front worker hello$", 5)
        self.assertEqual(server.stop(), 0)

    def test_half_a_pair_that_stays_is_killed(self):
        server = self.server
        server.write("state/deaf-worker", "")
        server.start()
        server.wait_log("^fake worker environment", 6)  # three pairs, two variables each
        before = server.children("stations")
        began = time.monotonic()
        os.kill(before["signer"][0], signal.SIGKILL)
        server.wait("the worker stayed", lambda: (
            len(set(before["worker"]) & set(server.children("stations")["worker"])) == 1))
        self.assertGreater(time.monotonic() - began, 0.2)
        server.wait_children(server.all())

    def test_pin_file_is_opened_for_each_start(self):
        server = self.server.start()
        server.wait_log("^fake signer ready pin=PIN-1$", 3)
        server.write("pin.new", "PIN-2")
        os.rename(server.path("pin.new"), server.path("pin"))
        os.kill(server.children()["signer"][0], signal.SIGKILL)
        server.wait_log("^fake signer ready pin=PIN-2$")
        os.chmod(server.path("pin"), 0o644)
        os.kill(server.children()["signer"][0], signal.SIGKILL)
        server.wait_log("event=slot-start .*reason=SECRET_FILE_MODE")
        os.chmod(server.path("pin"), 0o600)
        server.wait_children(server.all())

    def test_failing_signer_backs_off(self):
        server = self.server
        server.write("state/fail-signer", "")
        server.start(wait=False)
        server.wait_log("event=slot-restart .*failures=3", 2)
        waits = [int(ms) for ms in re.findall(r"slot-restart .*wait_ms=(\d+) ", server.text())]
        self.assertTrue(all(75 <= ms <= 5000 for ms in waits), waits)
        self.assertGreater(max(waits), 250)
        os.unlink(server.path("state", "fail-signer"))
        server.wait_children(server.all())
        self.assertEqual(server.stop(), 0)

    def test_front_death_restarts_all(self):
        server = self.server.start()
        server.wait_log("^fake front worker hello$", 3)
        before = server.children("stations")
        others = server.children("administration")
        os.kill(before["front"][0], signal.SIGKILL)
        server.wait("not all new", lambda: (
            sum(map(len, server.children("stations").values())) == 5 and
            not any(set(before[kind]) & set(server.children("stations")[kind]) for kind in before)))
        server.wait_log("^fake front worker hello$", 5)
        self.assertEqual(others, server.children("administration"))
        with socket.create_connection(("127.0.0.1", server.port), timeout=5):
            pass
        self.assertEqual(server.stop(), 0)

    def test_every_front_has_the_key_of_the_start(self):
        server = self.server.start()
        server.wait_log("^fake front ready .*key=TLS-KEY$", 2)
        server.write("key.new", "OTHER-KEY")  # the certificate that belongs to it is not read
        os.rename(server.path("key.new"), server.path("key.pem"))
        os.kill(server.children()["front"][0], signal.SIGKILL)
        server.wait_log("^fake front ready .*key=TLS-KEY$", 3)
        os.unlink(server.path("key.pem"))
        server.wait_children(server.all())
        os.kill(server.children()["front"][0], signal.SIGKILL)
        server.wait_log("^fake front ready .*key=TLS-KEY$", 4)
        server.wait_children(server.all())
        self.assertEqual(server.stop(), 0)
        self.assertNotIn("OTHER-KEY", server.text())

    def test_key_written_over_in_place(self):
        server = self.server.start()
        server.wait_log("^fake front ready .*key=TLS-KEY$", 2)
        server.write("key.pem", "OTHER-KEY")
        os.kill(server.children()["front"][0], signal.SIGKILL)
        server.wait_log("^fake front ready .*key=TLS-KEY$", 3)

    def test_key_file_is_checked_at_the_start(self):
        for text, mode, reason in (("KEY", 0o640, "SECRET_FILE_MODE"),
                                   ("x" * 65537, 0o600, "TLS_FILE")):
            self.server.write("key.pem", text, mode)
            self.server.start(wait=False)
            self.assertNotEqual(self.server.process.wait(timeout=PATIENCE), 0)
            self.server.process = None
            self.assertIn(reason, self.server.text())
        self.server.write("key.pem", "x" * 65536)
        self.server.start()
        self.assertEqual(self.server.stop(), 0)

    def test_children_end_with_the_supervisor(self):
        server = self.server.start()
        pids = [pid for kind in server.children().values() for pid in kind]
        server.process.kill()
        server.process.wait()
        server.wait("children outlived the supervisor",
                    lambda: not any(is_running(pid) for pid in pids))
        server.start()  # the lock went with the process
        self.assertEqual(server.stop(), 0)

    def test_second_signal_cuts_short(self):
        server = self.server
        server.write("state/deaf-front", "")
        server.write("state/deaf-worker", "")
        server.start()
        server.wait_log("^fake front ready", 2)
        server.process.send_signal(signal.SIGINT)
        server.wait_log("event=stop .*signal=2")
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.process.wait(timeout=4), 0)
        server.process = None
        for kind, count in (("front", 2), ("worker", 3)):
            self.assertEqual(len(re.findall(f"child={kind} .*signal=9", server.text())), count)

    def test_hangup_stops_nothing(self):
        server = self.server.start()
        before = server.children()
        server.process.send_signal(signal.SIGHUP)
        server.wait_log('event=reload-ignored why="the configuration is read at start only: restart')
        self.assertEqual(server.children(), before)
        self.assertNotIn("event=stop", server.text())
        self.assertEqual(server.stop(), 0)

    def test_terminal_interrupt_reaches_the_supervisor_alone(self):
        server = self.server.start()
        for pids in server.children().values():
            for pid in pids:
                self.assertNotEqual(os.getpgid(pid), os.getpgid(server.process.pid))

    def test_one_server_per_state_directory(self):
        server = self.server.start()
        again = subprocess.run([PROGRAM, "--config", server.path("mintmarkd.yaml")],
                               capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn("STATE_IN_USE", again.stderr)
        with open(server.path("state", "mintmarkd.pid"), encoding="utf-8") as file:
            self.assertEqual(int(file.read()), server.process.pid)

    def test_taken_port(self):
        for name, port in (("stations", self.server.port),
                           ("administration", self.server.administration_port)):
            with socket.socket() as taken:
                taken.bind(("127.0.0.1", port))
                taken.listen()
                self.server.start(wait=False)
                self.assertEqual(self.server.process.wait(timeout=PATIENCE), 3)
            self.server.process = None
            self.assertRegex(self.server.text(), f"field={name}.address .*Address already in use: "
                             "stop what listens there")

    def test_no_store(self):
        os.unlink(self.server.path("state", "mintmark.db"))
        self.server.start(wait=False)
        self.assertEqual(self.server.process.wait(timeout=PATIENCE), 1)
        self.server.process = None
        self.assertRegex(self.server.text(), "reason=STORE_MISSING .*mintmarkd --init")

    def test_tells_systemd(self):
        for abstract in (False, True):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
                name = f"mintmark-test-{os.getpid()}" if abstract else self.server.path("notify")
                door.bind("\0" + name if abstract else name)
                door.settimeout(PATIENCE)
                self.server.environment = {"NOTIFY_SOCKET": "@" + name if abstract else name}
                self.server.start()
                self.assertEqual(door.recv(64), b"READY=1")
                self.assertEqual(self.server.stop(), 0)
                self.assertEqual(door.recv(64), b"STOPPING=1")


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mintmark-supervisor-")
        make_certificate(self.folder)
        self.server = Server(self.folder)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def command(self, code, *arguments):
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True,
                              timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done)
        return done

    def test_check_config(self):
        path = self.server.path("mintmarkd.yaml")
        for arguments in (["--check-config", path], ["--config", path, "--check-config"]):
            done = self.command(0, *arguments)
            self.assertIn(": ok\n", done.stdout)
            self.assertIn("slots       2", done.stdout)
        os.unlink(self.server.path("cert.pem"))
        done = self.command(1, "--check-config", path)
        self.assertEqual(len(re.findall(r"\(FILE\)$", done.stderr, re.M)), 6)
        self.assertIn("6 problems", done.stderr)
        self.server.write("mintmarkd.yaml", "slots: 1_000\n")
        done = self.command(1, "--check-config", path)
        self.assertIn("mintmarkd.yaml:1:8] (YAML_NUMBER)", done.stderr)

    def test_recovery(self):
        config = ["--config", self.server.path("mintmarkd.yaml")]
        done = self.command(0, *config, "--backup", "a", "--json")
        self.assertEqual(done.stdout, "fake backup a 1\n")
        self.assertEqual(self.command(0, *config, "--restore", "a").stdout, "fake restore a 0\n")
        done = self.command(0, *config, "--recover", "--plan", "p", "--journal", "j", "--journal",
                            "k", "--statement", "a", "--statement", "b", "--highwater", "h")
        self.assertEqual(done.stdout, "fake recover p, highwater h, statement a, statement b, "
                                      "journal j, journal k\n")
        self.assertIn("--plan FILE", self.command(2, "--recover").stderr)
        self.assertIn("or two", self.command(2, "--recover", "--plan", "p", "--statement",
                                             "a").stderr)
        self.assertIn("too many", self.command(2, "--recover", "--plan", "p",
                                               *["--statement=a"] * 3).stderr)
        self.assertIn("go with --recover", self.command(2, "--backup", "a", "--plan", "p").stderr)
        self.assertIn("go with --recover", self.command(2, "--init", "--json").stderr)
        self.assertIn("one of", self.command(2, "--backup", "a", "--restore", "b").stderr)

    def test_init(self):
        done = self.command(0, "--config", self.server.path("mintmarkd.yaml"), "--init",
                            "--operator", "a", "--auditor", "b", "--operator", "c")
        self.assertEqual(done.stdout, "fake init a 2\nfake init b 3\nfake init c 2\n")
        done = self.command(0, "--config", self.server.path("mintmarkd.yaml"), "--check-store")
        self.assertEqual(done.stdout, "fake check-store\n")
        self.assertIn("go with --init", self.command(2, "--operator", "a").stderr)
        self.command(2, "--init", "stray")
        self.assertIn("at most 32", self.command(2, "--init", *["--operator=a"] * 33).stderr)

    def test_print_policy(self):
        lines = self.command(0, "--print-policy").stdout.splitlines()
        self.assertRegex(lines[1], r"^/mintmark.v1.Provisioning/ProvisionDevice +station +stations")

    def test_usage(self):
        self.assertIn("examples:", self.command(0, "--help").stdout)
        self.assertRegex(self.command(0, "--version").stdout, r"^mintmarkd \d+\.\d+\.\d+\n$")
        self.command(2, "--nonsense")
        self.command(2, "stray")
        self.command(2, "--check-config", "--init")
        self.command(2, "--child", "nobody")
        self.command(2, "--child", "nobody", "stations")
        self.command(2, "--child", "worker", "nowhere")

    def test_closed_standard_descriptors(self):
        done = subprocess.run(["sh", "-c", '"$0" --print-policy 0<&- 2>&-', PROGRAM],
                              capture_output=True, text=True, check=True)
        self.assertIn("ProvisionDevice", done.stdout)


if __name__ == "__main__":
    if shutil.which("openssl") is None:
        print("skipped: openssl is not installed")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], "-v"])
