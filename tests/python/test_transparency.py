"""A program under the command sees what it would see without: the agent leaves no trace."""

import json
import os
import re
import sys

import pytest

LOOK = """
import json, os, sys
modules = sorted(sys.modules)
import gc, threading
print(json.dumps({
    "argv": sys.argv,
    "path": sys.path,
    "modules": modules,
    "environ": list(os.environ.items()),
    "importers": sorted(sys.path_importer_cache),
    "flags": repr(sys.flags),
    "executable": sys.executable,
    "orig_argv": getattr(sys, "orig_argv", None),
    "name": __name__,
    "file": globals().get("__file__"),
    "spec": repr(__spec__),
    "globals": sorted(globals()),
    "threads": [thread.name for thread in threading.enumerate()],
    "stacks": len(sys._current_frames()),
    "unraisable": sys.unraisablehook is sys.__unraisablehook__,
    "gc": [gc.isenabled(), gc.get_threshold(), gc.callbacks, gc.get_freeze_count()],
    "meta_path": [repr(finder) for finder in sys.meta_path],
    "stdin": sys.stdin.read(),
}))
"""


def looks(freehold, *words, **rest):
    plain, ours = freehold.plain(*words, **rest), freehold.run(*words, options=("-q", "--no-snapshot"), **rest)
    assert (ours.code, ours.err) == (plain.code, plain.err)
    plain, ours = (json.loads(re.sub(r" at 0x[0-9a-f]+", "", outcome.out)) for outcome in (plain, ours))
    if "3.9" in freehold.python:
        # There exit handlers belong to the module `atexit`, so the agent must import it.
        plain["modules"] = sorted({*plain["modules"], "atexit"})
    return plain, ours


def test_a_script_sees_the_same_interpreter(freehold):
    script = freehold.write("look.py", LOOK)
    plain, ours = looks(freehold, script, "-x", "--json", "a b", "", stdin="line\nline\n")
    assert ours == plain
    assert ours["argv"][1:] == ["-x", "--json", "a b", ""]


def test_so_do_a_module_code_a_directory_and_standard_input(freehold):
    freehold.write("look.py", LOOK)
    freehold.write("package/__main__.py", LOOK)
    for words in [("-m", "look", "-c"), ("-mlook",), ("-c", LOOK, "-m"), ("package", "x")]:
        plain, ours = looks(freehold, *words)
        assert ours == plain
    plain, ours = looks(freehold, "-", "x", stdin=LOOK)
    assert ours == plain


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONPATH": "extra"},
        {"PYTHONPATH": ""},
        {"PYTHONPATH": "extra" + os.pathsep},
        {"PYTHONSAFEPATH": "1", "PYTHONPATH": "extra"},
        {"PYTHONNOUSERSITE": "1"},
        {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        {"AAA": "1", "zzz": "2", "PYTHONPATH": "one" + os.pathsep + "two"},
    ],
)
def test_environment_variables_are_as_they_were(freehold, env):
    plain, ours = looks(freehold, freehold.write("look.py", LOOK), env=env)
    assert ours == plain


def test_the_users_own_sitecustomize_runs(freehold):
    freehold.write("extra/sitecustomize.py", "import sys; sys.mine = __file__\n")
    program = freehold.write("see.py", "import sys; print(sys.mine, sys.modules['sitecustomize'].__file__)")
    env = {"PYTHONPATH": str(freehold.directory / "extra")}
    plain, ours = freehold.plain(program, env=env), freehold.run(program, options=("-q",), env=env)
    assert (ours.out, ours.err, ours.code) == (plain.out, plain.err, 0)
    assert str(freehold.directory / "extra") in ours.out


def test_a_broken_sitecustomize_is_reported_as_ever(freehold):
    freehold.write("extra/sitecustomize.py", "raise RuntimeError('broken')\n")
    env = {"PYTHONPATH": str(freehold.directory / "extra")}
    plain, ours = freehold.plain("-c", "print(1)", env=env), freehold.run("-c", "print(1)", options=("-q",), env=env)
    assert (ours.out, ours.err, ours.code) == (plain.out, plain.err, plain.code)


def test_nothing_of_the_agent_is_garbage_or_tracked(freehold):
    program = """
import gc
print(gc.collect())
names = [repr(o) for o in gc.get_objects() if "freehold" in repr(o)[:200] and o is not globals()]
print([name for name in names if "built-in" not in name])
"""
    script = freehold.write("p.py", program.replace("freehold", "free" + "' 'hold"))
    plain, ours = freehold.plain(script), freehold.run(script, options=("-q",))
    assert ours.out == plain.out


def test_exit_handlers_of_the_program_run_first_and_their_output_comes_through(freehold):
    program = """
import atexit, threading, time
atexit.register(lambda: print("handler", flush=True))
threading.Thread(target=lambda: (time.sleep(0.2), print("thread", flush=True))).start()
kept = [bytearray(100) for _ in range(5000)]
atexit.register(kept.clear)
print("end", end="")
"""
    target = freehold.directory / "r.json"
    script = freehold.write("p.py", program)
    outcome = freehold.run(script, options=("-q", "--no-snapshot", "--json", str(target)))
    assert (outcome.out, outcome.code) == (freehold.plain(script).out, 0)
    census = {row["type"]: row["objects"] for row in json.loads(target.read_text())["census"]}
    assert census.get("bytearray", 0) < 100


def test_signal_settings_are_those_that_the_command_was_started_with(freehold):
    program = """
import signal
print([(s.name, str(signal.getsignal(s))) for s in (signal.SIGPIPE, signal.SIGCHLD, signal.SIGHUP, signal.SIGINT)])
print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
# Without 32 and 33, which the C library keeps to itself: a process with threads resets them.
visible = ~(3 << 31)
status = [line.split() for line in open("/proc/self/status") if line.startswith(("SigBlk", "SigIgn"))]
print([(name, hex(int(mask, 16) & visible)) for name, mask in status])
"""
    script = freehold.write("p.py", program)
    for prepare in ("", "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"):
        start = f"import os, sys\n{prepare}\nos.execv(sys.argv[1], sys.argv[1:])"
        launch = freehold.write("launch.py", start)
        plain = freehold.plain(launch, freehold.python, script)
        ours = freehold.plain(launch, freehold.command, "run", "-q", "--python", freehold.python, script)
        assert ours.out == plain.out


def test_the_hundred_ways_of_hostile_objects_survive_a_capture(freehold):
    program = """
import sys
class Meta(type):
    def __getattribute__(cls, name):
        raise RuntimeError("meta " + name)
def hostile(name):
    def method(*args, **kwargs):
        print("CALLED", name, file=sys.stderr)
        raise RuntimeError(name)
    return method
names = ["sizeof", "repr", "str", "eq", "hash", "len", "iter", "getattribute", "getattr", "dir", "bool", "format",
         "instancecheck", "subclasscheck", "reduce", "index", "contains", "getitem", "del"]
body = {"__%s__" % name: hostile(name) for name in names if name != "del"}
Hostile = Meta("Hostile", (), dict(body, __class__=property(hostile("class")), __slots__=("a", "__dict__")))
class HostileDict(dict):
    pass
for name, method in body.items():
    setattr(HostileDict, name, method)
class HostileList(list):
    __getattribute__ = hostile("list getattribute")
    __len__ = hostile("len")
kept = [object.__new__(Hostile) for _ in range(100)]
kept.append(dict.__new__(HostileDict))
dict.__setitem__(kept[-1], "k", kept)
kept.append(HostileList([1, 2, 3]))
import types
fake = types.ModuleType("fake")
sys.modules["fake"] = kept[0]
sys.modules["faker"] = None
sys.modules["threading"] = fake
fake._active = {1: kept[1], "x": 2}
"""
    outcome = freehold.run(freehold.write("p.py", program), options=("--no-snapshot",))
    assert outcome.code == 0
    assert "CALLED" not in outcome.err and "Census" in outcome.err


def test_warnings_of_forks_are_pythons_own(freehold):
    program = """
import os, time, warnings
warnings.simplefilter("error")
for _ in range(20):
    time.sleep(0.02)
    if os.fork() == 0:
        os._exit(0)
    os.wait()
print("forked")
"""
    outcome = freehold.run("-c", program, options=("-q", "--no-snapshot"))
    assert (outcome.out, outcome.err, outcome.code) == ("forked\n", "", 0)


if sys.platform != "linux":
    pytest.skip("the command runs on Linux", allow_module_level=True)
