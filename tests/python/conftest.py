"""Runs the real command on real programs, once for each CPython that this machine has.

FREEHOLD_BIN names the command; without it the one of cargo's target directory is used.
"""

import dataclasses
import glob
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUPPORTED = ["3.9", "3.10", "3.11", "3.12", "3.13"]

# A shell that starts the tests in the background has their interrupts ignored, and every program that they start would
# inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
for ignored in (signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
    if signal.getsignal(ignored) is signal.SIG_IGN:
        signal.signal(ignored, signal.SIG_DFL)


def version_of(path):
    question = "import sys, platform; print('%d.%d' % sys.version_info[:2], platform.python_implementation())"
    try:
        answer = subprocess.run([path, "-c", question], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version, _, implementation = answer.stdout.strip().partition(" ")
    return version if answer.returncode == 0 and implementation == "CPython" else None


def interpreters():
    """One interpreter for each version found."""
    names = [f"python{version}" for version in ["3.8", *SUPPORTED]]
    candidates = [shutil.which(name) for name in [*names, "python3", "python"]] + [sys.executable]
    candidates += sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python")))
    found = {}
    for path in filter(None, candidates):
        # A version manager's shim answers for whichever version is active: take the interpreter itself.
        version = None if "shims" in path else version_of(path)
        if version:
            found.setdefault(version, path)
    return found


INTERPRETERS = interpreters()


def command():
    named = os.environ.get("FREEHOLD_BIN")
    if named:
        return os.path.abspath(named)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    built = [target / profile / "freehold" for profile in ("release", "debug")]
    built = [path for path in built if path.exists()]
    if not built:
        raise pytest.UsageError("the command is not built: run `cargo build -p freehold-cli`, or set FREEHOLD_BIN")
    return str(max(built, key=lambda path: path.stat().st_mtime))


def clean_environment(extra=None):
    """The environment without what could change the programs' behaviour; `extra` overrides, None removes."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "FREEHOLD_", "VIRTUAL_ENV", "PYTEST")) and name not in ("NO_COLOR", "COLUMNS")
    }
    for name, value in (extra or {}).items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    return environment


@dataclasses.dataclass
class Outcome:
    code: int
    out: str
    err: str
    snapshots: list


class Freehold:
    """The command, with one interpreter and one directory to run in."""

    def __init__(self, python, directory):
        self.command = command()
        self.python = python
        self.directory = directory

    def write(self, name, source):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        return str(path)

    def invoke(self, *words, env=None, stdin=None, stdout=subprocess.PIPE, timeout=120):
        """The command with exactly these words."""
        done = subprocess.run(
            [self.command, *words],
            cwd=self.directory,
            env=clean_environment(env),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=timeout,
        )
        return Outcome(done.returncode, done.stdout, done.stderr, sorted(self.directory.glob("*.fhs")))

    def run(self, *words, options=(), **rest):
        return self.invoke("run", "--python", self.python, *options, *words, **rest)

    def plain(self, *words, env=None, stdin=None):
        """The interpreter without the command: what a run must look like."""
        done = subprocess.run(
            [self.python, *words],
            cwd=self.directory,
            env=clean_environment(env),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Outcome(done.returncode, done.stdout, done.stderr, [])

    def report(self, *words, **rest):
        """The report of a run as JSON, which must have ended well."""
        target = self.directory / "report.json"
        outcome = self.run(*words, options=("--no-snapshot", "--quiet", "--json", str(target)), **rest)
        assert (outcome.code, outcome.err) == (0, "")
        return json.loads(target.read_text())


def parameters():
    for version in SUPPORTED:
        path = INTERPRETERS.get(version)
        reason = f"this machine has no CPython {version}"
        yield pytest.param(path, id=version, marks=[] if path else pytest.mark.skip(reason=reason))


@pytest.fixture(params=parameters())
def freehold(request, tmp_path):
    """The command with each supported interpreter in turn."""
    return Freehold(request.param, tmp_path)


@pytest.fixture
def any_freehold(tmp_path):
    """The command with one supported interpreter: for what does not depend on the version."""
    supported = [INTERPRETERS[version] for version in SUPPORTED if version in INTERPRETERS]
    if not supported:
        pytest.fail("no CPython from 3.9 to 3.13 was found: install one, it is what freehold runs programs with")
    return Freehold(supported[-1], tmp_path)
