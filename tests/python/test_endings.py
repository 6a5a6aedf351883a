"""However a program ends, the command ends in the same way, and says in one sentence why there is no report."""

import os
import signal
import subprocess

import pytest
from conftest import INTERPRETERS, clean_environment

QUIET = ("-q", "--no-snapshot")


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.exit(3)",
        "raise SystemExit('a message')",
        "def f():\n    1 / 0\nf()",
        "raise KeyboardInterrupt",
        "print(1",
        "import os; print('x', flush=True); os._exit(7)",
        "import threading; threading.Thread(target=lambda: 1 / 0).start()",
    ],
)
def test_exit_codes_and_tracebacks_are_pythons(freehold, code):
    script = freehold.write("p.py", code)
    plain, ours = freehold.plain(script), freehold.run(script, options=QUIET)
    assert (ours.code, ours.out) == (plain.code, plain.out)
    assert ours.err.startswith(plain.err)
    added = ours.err[len(plain.err) :]
    assert added == "" or "os._exit" in code and added.count("\n") == 1, added


def test_a_program_that_never_started_has_no_report_and_no_snapshot(freehold):
    script = freehold.write("broken.py", "x = = 1\n")
    freehold.write("module.py", "x = = 1\n")
    for words in [(script,), ("-m", "module"), ("-m", "absent"), ("-c", "x = = 1")]:
        plain, ours = freehold.plain(*words), freehold.run(*words)
        assert (ours.code, ours.out, ours.err, ours.snapshots) == (1, "", plain.err, [])


def test_an_error_of_syntax_later_on_is_reported_as_any_other(freehold):
    freehold.write("broken.py", "x = = 1\n")
    outcome = freehold.run("-c", "import broken")
    assert outcome.code == 1 and "Census" in outcome.err and len(outcome.snapshots) == 1


def test_a_program_that_skips_its_exit_handlers_is_told_in_one_sentence(freehold):
    outcome = freehold.run("-c", "import os; os._exit(4)")
    assert (outcome.code, outcome.snapshots) == (4, [])
    assert outcome.err.count("\n") == 1 and "os._exit" in outcome.err


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGABRT])
def test_death_by_signal_is_repeated(freehold, number):
    outcome = freehold.run("-c", f"import os; os.kill(os.getpid(), {int(number)})")
    assert outcome.code == -number
    assert outcome.err.count("\n") == 1 and number.name in outcome.err


def test_an_interrupted_program_is_reported_on_and_dies_of_the_interrupt(freehold):
    outcome = freehold.run("-c", "import os, signal; os.kill(os.getpid(), signal.SIGINT)\nwhile True: pass")
    assert outcome.code == -signal.SIGINT
    assert "KeyboardInterrupt" in outcome.err and "Census" in outcome.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT])
def test_signals_sent_to_the_command_reach_the_program(any_freehold, number):
    program = f"""
import os, signal, time
def got(number, frame):
    os.write(1, b"got %d\\n" % number)
    raise SystemExit(9)
signal.signal({int(number)}, got)
os.write(1, b"ready\\n")
while True:
    time.sleep(0.05)
"""
    process = subprocess.Popen(
        [any_freehold.command, "run", "-q", "--no-snapshot", "--python", any_freehold.python, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(),
        cwd=any_freehold.directory,
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.read() == f"got {int(number)}\n"
        assert process.wait(30) == 9


def test_an_interrupt_from_the_terminal_reaches_the_program_once(any_freehold):
    program = """
import signal, time
count = 0
def got(number, frame):
    global count
    count += 1
signal.signal(signal.SIGINT, got)
print("ready", flush=True)
end = time.monotonic() + 1
while time.monotonic() < end:
    time.sleep(0.05)
print("count", count, flush=True)
"""
    pid, terminal = os.forkpty()
    if pid == 0:
        os.chdir(any_freehold.directory)
        words = [any_freehold.command, "run", "-q", "--no-snapshot", "--python", any_freehold.python, "-c", program]
        os.execve(words[0], words, clean_environment())
    output = b""
    while b"ready" not in output:
        output += os.read(terminal, 1000)
    os.write(terminal, b"\x03")
    try:
        while chunk := os.read(terminal, 1000):
            output += chunk
    except OSError:
        pass
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert b"count 1" in output and os.WEXITSTATUS(status) == 0


def test_standard_streams_are_the_programs(freehold):
    program = "import sys; data = sys.stdin.read(); print(data.upper(), end=''); print(len(data), file=sys.stderr)"
    outcome = freehold.run("-c", program, options=QUIET, stdin="abc\ndef")
    assert (outcome.out, outcome.err, outcome.code) == ("ABC\nDEF", "7\n", 0)


def test_a_closed_pipe_ends_the_program_as_ever(any_freehold):
    script = any_freehold.write("p.py", "for i in range(100000): print(i)")
    line = '"{}" {} "{}" | head -1; echo "${{PIPESTATUS[0]}}"'
    plain = ["bash", "-c", line.format(any_freehold.python, "", script)]
    words = f'run -q --no-snapshot --python "{any_freehold.python}"'
    ours = ["bash", "-c", line.format(any_freehold.command, words, script)]
    outcomes = [
        subprocess.run(words, capture_output=True, text=True, env=clean_environment(), cwd=any_freehold.directory)
        for words in (plain, ours)
    ]
    assert outcomes[0].stdout == outcomes[1].stdout
    assert outcomes[0].stderr == outcomes[1].stderr


def test_forked_and_spawned_children_write_nothing(freehold):
    program = """
import multiprocessing, os, subprocess, sys

def child(n):
    return n * n

if __name__ == "__main__":
    if os.fork() == 0:
        sys.exit(0)
    os.wait()
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(pool.map(child, range(4)))
    print(subprocess.run([sys.executable, "-c", "import os; print('PYTHONPATH' in os.environ)"],
                         capture_output=True, text=True).stdout)
"""
    outcome = freehold.run(freehold.write("p.py", program))
    assert outcome.code == 0
    assert outcome.out == "[0, 1, 4, 9]\n[0, 1, 4, 9]\nFalse\n\n"
    assert len(outcome.snapshots) == 1


def test_threads_that_outlive_the_program_do_no_harm(freehold):
    program = """
import threading, time
def spin():
    while True:
        [str(n) for n in range(100)]
for _ in range(4):
    threading.Thread(target=spin, daemon=True).start()
time.sleep(0.3)
"""
    outcome = freehold.run("-c", program)
    assert outcome.code == 0 and "Census" in outcome.err


def test_a_program_that_replaces_itself_goes_on(freehold):
    outcome = freehold.run("-c", "import os, sys; os.execv(sys.executable, [sys.executable, '-c', 'print(5); exit(6)'])")
    assert (outcome.code, outcome.out) == (6, "5\n")
    assert outcome.err.count("\n") == 1


def test_temporary_files_are_gone_afterwards(any_freehold):
    temporary = any_freehold.directory / "tmp"
    temporary.mkdir()
    for code in ("pass", "import os; os.kill(os.getpid(), 9)", "x = = 1"):
        any_freehold.run("-c", code, options=("--no-snapshot",), env={"TMPDIR": str(temporary)})
        assert list(temporary.iterdir()) == []


@pytest.mark.skipif("3.8" not in INTERPRETERS, reason="this machine has no CPython 3.8")
def test_an_interpreter_that_is_too_old_is_refused(any_freehold):
    any_freehold.python = INTERPRETERS["3.8"]
    outcome = any_freehold.run("-c", "print('ran')")
    assert (outcome.code, outcome.out, outcome.snapshots) == (2, "", [])
    assert "Python 3.8 is too old: freehold needs 3.9 or newer" in outcome.err
