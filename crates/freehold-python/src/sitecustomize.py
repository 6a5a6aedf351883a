"""Attaches the freehold agent to the interpreter that is starting, then leaves no trace.

The command puts this file's directory first on PYTHONPATH, so `site` imports it before the program runs.
It undoes that, loads the agent without adding a module to sys.modules, and gives way to the user's own
sitecustomize. It must parse on every Python that could be asked to run it, 2.7 included.
"""

import os
import sys


def attach():
    directory = os.path.dirname(__file__)
    was_set = conceal(directory)
    if not was_set and os.path.exists(directory + "/status"):
        # A further interpreter in a process that is watched already. It finds the directory in the configuration
        # that it takes over, and not in the environment.
        return
    try:
        refuse_unsupported(directory)
        load(directory)
    except Exception as error:
        report(directory, "failed: the agent could not be loaded (%s)" % error)


def conceal(directory):
    """Restore sys.path and PYTHONPATH to what they would be without us; say whether PYTHONPATH had us."""
    while directory in sys.path:
        sys.path.remove(directory)
    sys.path_importer_cache.pop(directory, None)
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if directory not in entries:
        return False
    entries.remove(directory)
    if entries or os.path.exists(directory + "/pythonpath-was-set"):
        os.environ["PYTHONPATH"] = os.pathsep.join(entries)
    else:
        os.environ.pop("PYTHONPATH", None)
    return True


def refuse_unsupported(directory):
    """Stop before the program starts if this interpreter's heap cannot be read."""
    version = "%d.%d" % sys.version_info[:2]
    implementation = getattr(sys, "implementation", None)
    if sys.version_info < (3, 9):
        reason = "Python %s is too old: freehold needs 3.9 or newer" % version
    elif implementation.name != "cpython":
        reason = "this interpreter is %s: freehold reads the heap of CPython only" % implementation.name
    elif "t" in sys.abiflags:
        reason = "Python %s is a free-threaded build: freehold needs one with the GIL" % version
    elif sys.version_info >= (3, 14):
        reason = "Python %s is too new: freehold knows the heaps of 3.9 to 3.13" % version
    else:
        return
    report(directory, "refused: " + reason)
    os._exit(2)


def load(directory):
    """Create the agent's module outside sys.modules and start it."""
    import _imp

    spec_type = sys.modules["_frozen_importlib"].ModuleSpec
    agent = _imp.create_dynamic(spec_type("freehold_agent", None, origin=directory + "/freehold_agent.so"))
    functions = agent.start(directory)
    if not functions:
        return  # This process has its agent already.
    at_exit, before_fork, after_fork = functions
    os.register_at_fork(before=before_fork, after_in_parent=after_fork)
    if sys.version_info >= (3, 10):
        # Handlers belong to the interpreter, whichever instance of the module registers them.
        atexit = _imp.create_builtin(spec_type("atexit", None))
        _imp.exec_builtin(atexit)
        atexit.register(at_exit)
        atexit.__dict__.clear()
    else:
        # Handlers belong to the module: it must be the one that the program will import.
        import atexit

        atexit.register(at_exit)
    # The module and its functions refer to each other; without this they would wait for the cycle collector.
    agent.__dict__.clear()


def report(directory, status):
    with open(directory + "/status", "wb") as file:
        file.write(status.encode("utf-8", "replace"))


attach()
# Functions refer to the module's names, which refer to them: the module would wait for the cycle collector.
del attach, conceal, refuse_unsupported, load, report
del sys.modules[__name__]
import sitecustomize  # noqa: E402, F401  the user's own, or the ImportError that `site` expects
