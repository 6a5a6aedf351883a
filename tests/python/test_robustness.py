"""What works without the command works under it: further interpreters, removed handlers, places that turn out bad."""

import json
import os

import pytest

SUBINTERPRETERS = """
import time
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters
run = getattr(interpreters, "run_string", None) or interpreters.exec
LOOK = '''
import sys, os, atexit
print(sys.path, os.environ.get("PYTHONPATH"))
held = [[] for _ in range(1000)]
'''
first, second = interpreters.create(), interpreters.create()
run(first, LOOK)
time.sleep(0.3)
interpreters.destroy(first)
time.sleep(0.2)
run(second, LOOK)
"""

# Its last object gives up the GIL while the interpreter is taken down: who still waits for it is ended then.
DROPS_HANDLERS = """
import atexit, sys, threading, time
class Last:
    def __del__(self):
        for _ in range(5):
            time.sleep(0.01)
last = Last()
atexit._clear()
def spin():
    while True:
        pass
for _ in range(8):
    threading.Thread(target=spin, daemon=True).start()
time.sleep(float(sys.argv[1]))
"""


def test_further_interpreters_are_left_alone(freehold):
    script = freehold.write("p.py", SUBINTERPRETERS)
    plain, ours = freehold.plain(script), freehold.run(script, options=("-q",))
    assert (ours.code, ours.out, ours.err) == (plain.code, plain.out, plain.err)
    assert len(ours.snapshots) == 1


@pytest.mark.parametrize("seconds", ["0.27", "0.29", "0.31", "0.33", "0.35"])
def test_the_sampler_may_be_ended_by_the_interpreter(freehold, seconds):
    script = freehold.write("p.py", DROPS_HANDLERS)
    outcome = freehold.run(script, seconds, options=("-q",))
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err.count("\n") == 1 and "exit handlers" in outcome.err


def test_what_is_not_a_snapshot_is_kept_and_told_of_before_the_run(any_freehold):
    any_freehold.write("mine.fhs", "mine")
    any_freehold.write("theirs/file", "theirs")
    for name in ("mine.fhs", "theirs"):
        outcome = any_freehold.run("-c", "open('ran', 'w')", options=("-o", name))
        assert outcome.code == 2 and f"not overwriting {any_freehold.directory}/{name}" in outcome.err
    assert not (any_freehold.directory / "ran").exists()
    assert (any_freehold.directory / "mine.fhs").read_text() == "mine"


def test_a_place_that_vanishes_during_the_run_costs_the_snapshot_alone(any_freehold):
    (any_freehold.directory / "place").mkdir()
    outcome = any_freehold.run(
        "-c", "import os; os.rmdir('place'); exit(3)", options=("-o", "place/x.fhs", "--json", "r.json")
    )
    assert outcome.code == 3
    assert "Census" in outcome.err and "\nsnapshot: " not in outcome.err
    assert "the snapshot was not saved" in outcome.err and "place" in outcome.err
    assert json.loads((any_freehold.directory / "r.json").read_text())["process"]["program"] == "-c"


def test_a_report_that_cannot_be_written_is_told(any_freehold):
    outcome = any_freehold.run("-c", "open('ran', 'w')", options=("--json", "absent/r.json"))
    assert outcome.code == 2 and "absent/r.json" in outcome.err
    assert not (any_freehold.directory / "ran").exists()

    (any_freehold.directory / "place").mkdir()
    program = "import os; os.rmdir('place'); exit(3)"
    outcome = any_freehold.run("-c", program, options=("-o", "x.fhs", "--json", "place/r.json"))
    assert outcome.code == 3
    assert "Census" in outcome.err and "place/r.json could not be written" in outcome.err

    with open("/dev/full", "w") as full:
        outcome = any_freehold.invoke("report", "x.fhs", stdout=full)
    assert outcome.code == 1 and "could not be written to standard output" in outcome.err


def test_the_last_line_says_where_the_snapshot_is(any_freehold):
    script = any_freehold.write("service.py", "import os; print(os.getpid())")
    outcome = any_freehold.run(script)
    path = any_freehold.directory / f"service-{outcome.out.strip()}.fhs"
    assert outcome.snapshots == [path]
    assert outcome.err.endswith(f"\n\nsnapshot: {os.path.realpath(path)}\n")
