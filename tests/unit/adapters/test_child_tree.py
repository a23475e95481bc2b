import signal
import subprocess
import sys

import psutil

from trainstop.adapters.child_tree import MARKER, Tree, memory_limit, oom_kills


def test_a_process_whose_number_belonged_to_an_older_one_before_is_found(monkeypatch):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env={MARKER: "ours"}) as child:
        older = psutil.Process(child.pid)
        older._create_time = 1.0  # what psutil remembers of the number's former holder
        monkeypatch.setattr(psutil, "_pmap", {child.pid: older})
        found = Tree(pid=1 << 22, marker="ours").members()
        child.communicate(b"\n")
    assert [process.pid for process in found] == [child.pid]


def test_a_process_that_was_signalled_stays_ours_though_its_environment_is_gone(monkeypatch):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env={MARKER: "ours"}) as child:
        tree = Tree(pid=1 << 22, marker="ours")
        assert tree.signal(signal.SIGCONT)
        monkeypatch.setattr(psutil.Process, "environ", lambda _: {})  # as the kernel shows one that is ending
        assert [process.pid for process in tree.members()] == [child.pid]
        child.communicate(b"\n")


def test_kills_are_added_over_both_kinds_of_control_groups(tmp_path):
    (tmp_path / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    (tmp_path / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n")
    assert oom_kills([tmp_path / "memory.events", tmp_path / "memory.oom_control", tmp_path / "missing"]) == 7


def test_the_memory_limit_of_this_machine_is_known():
    assert 0 < memory_limit() < 1 << 50
