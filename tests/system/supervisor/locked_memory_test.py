"""Each child says once when its memory cannot be locked, and nothing when it can. The children get
no configuration and end soon after.

usage: locked_memory_test.py PROGRAM
"""
import ctypes
import resource
import subprocess
import sys
import unittest

PROGRAM = sys.argv[1]
PR_CAPBSET_DROP, CAP_IPC_LOCK = 24, 14
ENOUGH = 2 << 20


def limit(size):
    """For the child about to start: root would not be bound by the limit."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (size, size))


def lines_about_locking(kind, size):
    done = subprocess.run([PROGRAM, "--child", kind, "stations"], preexec_fn=lambda: limit(size),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20,
                          check=False)
    return [line for line in done.stderr.splitlines() if "event=memory_not_locked" in line]


class LockedMemoryTest(unittest.TestCase):
    def test_warns_once_with_the_remedy(self):
        for kind in ("front", "worker", "signer"):
            with self.subTest(kind):
                lines = lines_about_locking(kind, 0)
                self.assertEqual(len(lines), 1)
                self.assertIn("level=warning", lines[0])
                self.assertIn(f"process={kind}", lines[0])
                self.assertIn("raise RLIMIT_MEMLOCK", lines[0])

    def test_is_silent_when_memory_is_locked(self):
        most = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
        if most != resource.RLIM_INFINITY and most < ENOUGH:
            self.skipTest("the limit of locked memory is too low here")
        for kind in ("front", "worker", "signer"):
            with self.subTest(kind):
                self.assertEqual(lines_about_locking(kind, ENOUGH), [])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
