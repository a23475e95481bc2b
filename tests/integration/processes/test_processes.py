"""Real children that crash, hang, leak and shout."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from trainstop.adapters.child_output import Output
from trainstop.adapters.masking import Masker
from trainstop.adapters.processes import ChildProcesses, _Child
from trainstop.errors import InputError
from trainstop.ports.processes import Command

SECRET = "hunter2-hunter2"
ENVIRON = {"PATH": os.environ["PATH"], "MY_TOKEN": SECRET, "GITHUB_OUTPUT": "/tmp/out", "LANG": "C.UTF-8"}


@pytest.fixture
def run(tmp_path):
    processes = ChildProcesses(ENVIRON, tmp_path / "logs", grace=1.0)

    def run(code: str, **options):
        return processes.run(Command(argv=(sys.executable, "-c", code), cwd=tmp_path, name="a child", **options))

    return run


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition, seconds=10.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def test_a_child_that_ends_well_is_ok(run):
    outcome = run("import sys; print('out'); print('err', file=sys.stderr)")
    assert outcome.ok
    assert outcome.tail == "out\nerr"
    assert outcome.log.read_text() == "out\nerr\n"
    assert outcome.wall_seconds > 0


def test_an_exit_code_comes_back(run):
    outcome = run("raise SystemExit(3)")
    assert (outcome.ok, outcome.exit_code, outcome.ending) == (False, 3, "exit code 3")


def test_a_segmentation_fault_is_named_and_says_where(run):
    outcome = run("import ctypes\nprint('before')\nctypes.string_at(0)")
    assert outcome.exit_code is None
    assert outcome.signal == "SIGSEGV"
    assert "before" in outcome.tail
    assert "line 3" in outcome.tail
    assert not outcome.out_of_memory


def test_a_child_sees_no_secret_and_no_file_of_the_runner(run):
    outcome = run("import os; print(sorted(os.environ))", environment={"WANTED": "1"})
    assert "MY_TOKEN" not in outcome.tail
    assert "GITHUB_OUTPUT" not in outcome.tail
    assert "WANTED" in outcome.tail


def test_a_secret_that_is_passed_by_name_arrives_and_is_masked_though_printed_in_pieces(run):
    code = "import os, time\nfor c in os.environ['MY_TOKEN']:\n    print(c, end='', flush=True)\n    time.sleep(.005)"
    outcome = run(code, secrets=("MY_TOKEN",))
    assert outcome.tail == "***"
    assert SECRET not in outcome.log.read_text()


def test_a_child_that_takes_too_long_is_ended_with_its_grandchildren(run, tmp_path):
    # One in the group that ignores the polite signal, one in a session of its own that outlives its parent.
    # One write a line: `print` to an unbuffered stream writes the end of the line on its own, and two would mix.
    grandchild = "import os, signal, time; signal.signal(15, signal.SIG_IGN); os.write(1, b'up\\n'); time.sleep(100)"
    code = (
        "import subprocess, sys, time\n"
        f"a = [sys.executable, '-c', {grandchild!r}]\n"
        "p = [subprocess.Popen(a), subprocess.Popen(a, start_new_session=True)]\n"
        "open('pids', 'w').write(' '.join(str(x.pid) for x in p))\n"
        "time.sleep(100)"
    )
    outcome = run(code, timeout=1.0)
    assert outcome.timed_out
    assert not outcome.ok
    assert outcome.tail == "up\nup"
    assert "took longer" in outcome.ending
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    assert not any(alive(pid) for pid in pids)
    assert outcome.wall_seconds < 10


def test_a_grandchild_that_left_its_session_and_its_parent_is_still_found(run, tmp_path):
    code = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        open('new', 'w').write(str(os.getpid()))\n"
        "        os.rename('new', 'pid')\n"
        "        time.sleep(60)\n"
        "    os._exit(0)\n"
        "while not os.path.exists('pid'): time.sleep(0.01)"
    )
    assert run(code).ok
    assert not alive(int((tmp_path / "pid").read_text()))


def test_what_a_child_leaves_running_is_ended_unless_it_may_stay(run, tmp_path):
    code = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)\n"
        "open('pid', 'w').write(str(p.pid))"
    )
    assert run(code).ok
    assert not alive(int((tmp_path / "pid").read_text()))
    started = time.monotonic()
    assert run(code, background=True).ok
    pid = int((tmp_path / "pid").read_text())
    try:
        assert alive(pid)
        assert time.monotonic() - started < 10
    finally:
        os.kill(pid, signal.SIGKILL)


def test_a_huge_output_is_kept_short_in_memory_and_on_disk(run):
    code = "import sys\nfor i in range(1000): sys.stdout.write('x' * 99_990 + f'{i:9}\\n')"
    before = psutil.Process().memory_info().rss
    outcome = run(code)
    assert outcome.ok
    assert outcome.log.stat().st_size < 55 << 20
    assert outcome.log.read_text().endswith("      999\n")
    assert len(outcome.tail) < 10_000
    assert psutil.Process().memory_info().rss - before < 200 << 20


def test_memory_and_processor_time_of_the_whole_tree_are_counted(run):
    grandchild = (
        "import time; b = bytearray(200 << 20); t = time.process_time()\nwhile time.process_time() - t < 0.5: pass"
    )
    outcome = run(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])")
    assert outcome.ok
    assert outcome.peak_memory_bytes > 200 << 20
    assert outcome.cpu_seconds > 0.5


def test_a_child_that_runs_out_of_memory_by_itself_is_told_apart(run):
    outcome = run("import resource\nresource.setrlimit(resource.RLIMIT_AS, (500 << 20,) * 2)\nbytearray(1 << 30)")
    assert outcome.exit_code == 1
    assert outcome.out_of_memory
    assert "ran out of memory" in outcome.ending


@pytest.mark.parametrize(("counts", "expected"), [((4, 5), True), ((4, 4), False)])
def test_a_child_killed_by_the_kernel_for_memory_is_told_apart_from_one_killed_by_somebody(tmp_path, counts, expected):
    numbers = iter(counts)
    processes = ChildProcesses(ENVIRON, tmp_path, killed_for_memory=lambda: next(numbers))
    code = "import os; os.kill(os.getpid(), 9)"
    outcome = processes.run(Command(argv=(sys.executable, "-c", code), cwd=tmp_path, name="x"))
    assert outcome.signal == "SIGKILL"
    assert outcome.out_of_memory is expected


def test_a_child_that_takes_more_memory_than_it_may_is_ended_with_all_it_started(run):
    grandchild = "held = []\nwhile True: held.append(bytearray(b'x') * (20 << 20))"
    outcome = run(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])", memory=300 << 20)
    assert (outcome.over_memory, outcome.ok, outcome.timed_out, outcome.out_of_memory) == (True, False, False, False)
    assert outcome.peak_memory_bytes > 300 << 20
    assert outcome.ending.startswith("took more memory than it was given")
    modest = run("bytearray(b'x') * (20 << 20)", memory=300 << 20)
    assert (modest.ok, modest.over_memory) == (True, False)


def test_further_folders_of_modules_come_after_those_it_has(run, tmp_path):
    (tmp_path / "last").mkdir()
    (tmp_path / "last" / "ours.py").write_text("")
    first = str(tmp_path / "first")
    code = "import os, ours; print(os.environ['PYTHONPATH'])"
    outcome = run(code, environment={"PYTHONPATH": first}, modules=(tmp_path / "last",))
    assert outcome.tail.strip() == os.pathsep.join([first, str(tmp_path / "last")])


def test_the_word_memory_error_alone_is_no_lack_of_memory(run):
    assert not run("print('MemoryError: told about one')").out_of_memory


def test_workflow_commands_come_back_harmless(run):
    outcome = run("print('::set-output name=a::b'); print('##[error]x')")
    assert "::set-output" not in outcome.tail
    assert "##[" not in outcome.tail
    assert "::set-output" not in outcome.log.read_text()


@pytest.mark.parametrize("argv", [("no-such-program-here",), ("./missing.sh",), (), ("a\0b",)])
def test_a_program_that_is_not_there_is_the_inputs_fault(tmp_path, argv):
    with pytest.raises(InputError, match="cannot be run"):
        ChildProcesses(ENVIRON, tmp_path).run(Command(argv=argv, cwd=tmp_path, name="x"))


def test_a_script_whose_interpreter_is_missing_is_the_inputs_fault(tmp_path):
    script = tmp_path / "run.sh"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    with pytest.raises(InputError, match="cannot be run"):
        ChildProcesses(ENVIRON, tmp_path).run(Command(argv=("./run.sh",), cwd=tmp_path, name="x"))


def test_a_folder_that_is_not_there_is_the_inputs_fault(tmp_path):
    with pytest.raises(InputError, match="folder"):
        ChildProcesses(ENVIRON, tmp_path).run(Command(argv=("true",), cwd=tmp_path / "no", name="x"))


def test_the_path_of_the_command_comes_first(tmp_path):
    own = tmp_path / "bin"
    own.mkdir()
    (own / "true").write_text("#!/bin/sh\necho mine\n")
    (own / "true").chmod(0o755)
    outcome = ChildProcesses(ENVIRON, tmp_path).run(Command(argv=("true",), cwd=tmp_path, name="x", path=(own,)))
    assert outcome.tail == "mine"


def test_a_name_with_odd_characters_still_names_a_file_in_the_folder(tmp_path):
    outcome = ChildProcesses(ENVIRON, tmp_path / "logs").run(Command(argv=("true",), cwd=tmp_path, name="../../a b/c"))
    assert outcome.log == tmp_path / "logs" / "a-b-c.log"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_when_we_are_ended_the_child_is_ended_first(tmp_path, number):
    code = (
        "import sys, pathlib, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job begins with it ignored
        "from trainstop.adapters.processes import ChildProcesses\n"
        "from trainstop.ports.processes import Command\n"
        "here = pathlib.Path(sys.argv[1])\n"
        'child = \'import os, time; open("pid", "w").write(str(os.getpid())); print(1, flush=True); time.sleep(60)\'\n'
        "ChildProcesses({}, here).run(Command(argv=(sys.executable, '-c', child), cwd=here, name='x'))\n"
    )
    ours = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.DEVNULL)
    try:
        pid_file = tmp_path / "pid"
        wait_for(lambda: pid_file.is_file() and pid_file.read_text())
        child = int(pid_file.read_text())
        ours.send_signal(number)
        assert ours.wait(10) in (-number, 130)
        assert not alive(child)
    finally:
        ours.kill()
        ours.wait()


def test_a_person_who_waits_is_told(tmp_path):
    said = []

    class Progress:
        def note(self, text):
            said.append(text)

    processes = ChildProcesses(ENVIRON, tmp_path, progress=Progress(), note_every=0.05)
    processes.run(Command(argv=("sleep", "0.3"), cwd=tmp_path, name="training"))
    assert said
    assert said[0].startswith("training has been running for")


def test_text_from_a_report_is_masked_like_output(tmp_path):
    processes = ChildProcesses(ENVIRON, Path(tmp_path))
    assert processes.plain(f"::error::{SECRET}\x1b[0m") == ": :error::***"


class NobodyLeft:
    """A tree as it looks while its leader's threads are still dying: a zombie, and the kernel does not give it up."""

    def signal(self, number: int) -> bool:
        return False


def test_a_child_that_takes_its_time_to_die_is_waited_for(tmp_path) -> None:
    popen = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.5)"], stdout=subprocess.PIPE)
    output = Output(tmp_path / "log", Masker(set()))
    child = _Child(popen, NobodyLeft(), output)
    child.end(0.0)
    child.drain()
    output.close()
    assert child.ended is not None
    assert child.ended.code == 0
