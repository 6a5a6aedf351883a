"""Options, wrong usage, colours and widths."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios

import pytest
from conftest import clean_environment


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["run"], "PROGRAM"),
        (["run", "absent.py"], "there is no script absent.py"),
        (["run", "empty"], "empty is a directory without a __main__.py"),
        (["run", "-m"], "-m needs an argument"),
        (["run", "--quite", "p.py"], "--quite"),
        (["run", "--python", "/bin/cat", "p.py"], "/bin/cat is not a Python interpreter"),
        (["run", "--python", "absent-python", "p.py"], "absent-python is not a Python interpreter"),
        (["run", "-o", "absent/x.fhs", "p.py"], "absent/x.fhs"),
        (["run", "-o", "x.fhs", "--no-snapshot", "p.py"], "cannot be used with"),
        (["flub"], "flub"),
        ([], "Usage"),
    ],
)
def test_wrong_usage_is_told_and_nothing_runs(any_freehold, words, part):
    any_freehold.write("p.py", "open('ran', 'w')")
    (any_freehold.directory / "empty").mkdir()
    outcome = any_freehold.invoke(*words)
    assert outcome.code == 2 and outcome.out == ""
    assert part in outcome.err
    assert not (any_freehold.directory / "ran").exists()


def test_no_interpreter_at_all(any_freehold):
    any_freehold.write("p.py", "")
    outcome = any_freehold.invoke("run", "p.py", env={"PATH": str(any_freehold.directory)})
    assert outcome.code == 2
    assert "no Python interpreter was found" in outcome.err


def test_the_active_virtual_environment_comes_before_the_path(any_freehold):
    root = any_freehold.directory / "venv"
    subprocess.run([any_freehold.python, "-m", "venv", "--without-pip", root], check=True)
    outcome = any_freehold.invoke("run", "-q", "-c", "import sys; print(sys.prefix)", env={"VIRTUAL_ENV": str(root)})
    assert (outcome.out, outcome.code) == (f"{root}\n", 0)


def test_a_snapshot_that_is_not_one(any_freehold):
    any_freehold.write("x.fhs", "no")
    for path in ("absent.fhs", "x.fhs"):
        outcome = any_freehold.invoke("report", path)
        assert outcome.code == 1 and outcome.out == ""
        assert outcome.err.startswith("freehold: ") and path in outcome.err


def test_an_agent_of_another_version_is_refused(any_freehold):
    # The request says for which version it is: make it one from another command on its way to the agent.
    change = 'sed -i "s|^[^/]*/[0-9]*|9.9.9/9|" "${PYTHONPATH%%:*}/request"'
    wrapper = any_freehold.write("python3", f'#!/bin/bash\n{change}\nexec "{any_freehold.python}" "$@"\n')
    os.chmod(wrapper, 0o755)
    any_freehold.write("p.py", "print(1)")
    outcome = any_freehold.invoke("run", "p.py", env={"PATH": f"{any_freehold.directory}:{os.environ['PATH']}"})
    assert (outcome.out, outcome.code, outcome.snapshots) == ("1\n", 0, [])
    assert "9.9.9/9" in outcome.err and "build or install both together" in outcome.err


def test_an_agent_that_cannot_be_loaded_leaves_the_program_alone(any_freehold):
    library = any_freehold.write("broken.so", "no library")
    outcome = any_freehold.run("-c", "print(1)", env={"FREEHOLD_AGENT": library})
    assert (outcome.out, outcome.code) == ("1\n", 0)
    assert "the agent could not be loaded" in outcome.err
    outcome = any_freehold.run("-c", "print(1)", env={"FREEHOLD_AGENT": "/nonexistent.so"})
    assert outcome.code == 1 and "FREEHOLD_AGENT" in outcome.err


def test_an_interpreter_that_ignores_the_environment_is_told(any_freehold):
    wrapper = any_freehold.write("isolated", f'#!/bin/sh\nexec "{any_freehold.python}" -I "$@"\n')
    os.chmod(wrapper, 0o755)
    any_freehold.python = wrapper
    outcome = any_freehold.run("-c", "print(1); exit(3)")
    assert (outcome.out, outcome.code) == ("1\n", 3)
    assert "did not load the agent" in outcome.err


def test_output_quiet_and_json(any_freehold):
    outcome = any_freehold.run("-c", "pass", options=("-q", "-o", "there.fhs", "--json", "r.json"))
    assert (outcome.out, outcome.err, outcome.code) == ("", "", 0)
    assert [path.name for path in outcome.snapshots] == ["there.fhs"]
    report = json.loads((any_freehold.directory / "r.json").read_text())
    assert report["process"]["program"] == "-c"
    assert report["process"]["notes"]["gc.enabled"] == "true"


def test_options_after_the_program_are_its_own(any_freehold):
    script = any_freehold.write("p.py", "import sys; print(sys.argv[1:])")
    for words in (["-q", "-h"], ["--", "x"], ["--json", "f", "-m", "x"], ["-o"]):
        outcome = any_freehold.run(script, *words, options=("-q",))
        assert outcome.out == f"{words}\n" and outcome.code == 0, outcome.err


def on_terminal(any_freehold, columns, env):
    """What the command writes to a terminal of that width."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    words = [any_freehold.command, "run", "--no-snapshot", "--python", any_freehold.python, "-c", "pass"]
    process = subprocess.Popen(words, stderr=terminal, env=clean_environment({"TERM": "xterm", **env}))
    os.close(terminal)
    output = b""
    try:
        while chunk := os.read(controller, 4096):
            output += chunk
    except OSError:
        pass
    os.close(controller)
    assert process.wait() == 0
    return output.decode()


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_report_fits_the_terminal_and_colours_are_optional(any_freehold, columns):
    coloured = on_terminal(any_freehold, columns, {})
    plain = on_terminal(any_freehold, columns, {"NO_COLOR": "1"})
    assert "\x1b[" in coloured and "\x1b" not in plain
    assert all(len(line) <= columns for line in plain.splitlines())
    assert not any(line.endswith(" ") for line in plain.splitlines())


def test_completions(any_freehold):
    for shell in ("bash", "zsh", "fish"):
        outcome = any_freehold.invoke("completions", shell)
        assert outcome.code == 0 and "no-snapshot" in outcome.out
