"""The main job: the planted leaks are found, named and ranked, and what is no leak is not reported."""

import json
import pathlib

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples/python/leaky_service.py"


def test_the_three_leaks_of_the_service_rank_first_and_its_cache_is_none(freehold):
    report = freehold.report(str(EXAMPLE))
    sentences = [suspect["sentence"] for suspect in report["suspects"]]
    first = "\n".join(sentences[:3])
    assert "__main__.Order" in first and "audit.orders" in first
    assert "__main__.Session" in first and "bus.listeners" in first
    assert "cycles of __main__.Transfer" in first and "gc.disable()" in first
    assert not any("prices" in sentence or "OrderedDict" in sentence for sentence in sentences)


def test_the_text_says_the_same_and_the_snapshot_can_be_reported_on(any_freehold):
    outcome = any_freehold.run(str(EXAMPLE))
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1].startswith("service: stopped")
    for part in ("6,000 __main__.Order", "400 __main__.Session", "60 unreachable reference cycles", "Census"):
        assert part in " ".join(outcome.err.split()), outcome.err
    (snapshot,) = outcome.snapshots
    assert snapshot.name.startswith("leaky_service-")
    again = any_freehold.invoke("report", str(snapshot), env={"COLUMNS": "100"})
    assert again.code == 0 and again.err == ""
    assert again.out.strip() in outcome.err
    assert '"suspects"' in any_freehold.invoke("report", "--json", str(snapshot)).out


def test_a_program_that_keeps_nothing_has_no_suspects(freehold):
    report = freehold.report("-c", "print(sum(len(str(i)) for i in range(100000)))")
    assert report["suspects"] == []
    assert report["heap"]["garbage_objects"] == 0


GRAPH = """
import gc, os, random

gc.collect()
gc.disable()

class Node:
    __slots__ = ("links",)
    def __init__(self):
        self.links = []

class Rich:
    def __init__(self):
        self.links = []
        self.again = self.method
    def method(self):
        return self

def build(seed):
    rng = random.Random(seed)
    nodes = [rng.choice([Node, Rich])() for _ in range(2000)]
    for _ in range(3000):
        rng.choice(nodes).links.append(rng.choice(nodes))
    return rng.sample(nodes, 20)

kept = build(SEED)

# A child with the same heap lets the real collector say what is garbage: it saves it to be counted.
reader, writer = os.pipe()
if os.fork() == 0:
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    os.write(writer, str(len(gc.garbage)).encode())
    os._exit(0)
os.wait()
print(os.read(reader, 100).decode())
"""


def test_garbage_is_what_the_collector_would_find(freehold):
    for seed in range(3):
        target = freehold.directory / "report.json"
        program = freehold.write("graph.py", GRAPH.replace("SEED", str(seed)))
        outcome = freehold.run(program, options=("--no-snapshot", "--quiet", "--json", str(target)))
        assert outcome.code == 0 and outcome.err == ""
        heap = json.loads(target.read_text())["heap"]
        assert heap["garbage_objects"] == int(outcome.out) > 1000


CACHES = """
import collections, functools, time

@functools.lru_cache(maxsize=3000)
def square(n):
    return (n * n, bytearray(500))

recent = collections.deque(maxlen=3000)
for n in range(12000):
    square(n)
    recent.append(bytearray(500))
    if n % 1000 == 0:
        time.sleep(0.1)
"""


def test_bounded_containers_are_no_suspects(freehold):
    assert freehold.report(freehold.write("caches.py", CACHES))["suspects"] == []


HOLDERS = """
import threading, time

def work():
    parcel = [bytearray(100_000) for _ in range(40)]
    ready.set()
    time.sleep(1000)

ready = threading.Event()
threading.Thread(target=work, daemon=True, name="courier").start()
ready.wait()

def pending():
    cargo = [bytearray(100_000) for _ in range(30)]
    yield cargo

waiting = pending()
next(waiting)

class Slotted:
    __slots__ = ("hold",)

class Plain:
    pass

slotted, plain = Slotted(), Plain()
slotted.hold = [bytearray(100_000) for _ in range(20)]
plain.freight = [bytearray(100_000) for _ in range(10)]
"""


def test_holders_are_named_as_the_programmer_knows_them(freehold):
    report = freehold.report(freehold.write("holders.py", HOLDERS))
    places = {row["place"]: row["retained"] for row in report["retainers"]}

    def found(*parts, least):
        return any(all(part in place for part in parts) and size >= least for place, size in places.items())

    assert found("work()", "courier", "parcel", least=4_000_000), places
    assert found("waiting", "cargo", least=3_000_000), places
    assert found("slotted.hold", least=2_000_000), places
    assert found("plain.freight", least=1_000_000), places


WINDOW = """
import time

window, connections, late = [], {}, []
for n in range(20000):
    window.append({"n": n})
    if len(window) > 3000:
        del window[:1000]
    connections.setdefault(n % 6, []).append(bytearray(100))
    if n % 100 == 0:
        time.sleep(0.008)
"""


def test_a_window_is_no_leak_and_lists_by_key_are_one(freehold):
    (suspect,) = freehold.report(freehold.write("window.py", WINDOW))["suspects"]
    assert suspect["place"] == "__main__.connections"
    assert suspect["count"] == 20000 and "6 containers" in suspect["sentence"]


WEAK = """
import logging, time, io

logger = logging.getLogger("job")
for n in range(2000):
    logger.addHandler(logging.StreamHandler(io.StringIO()))
    if n % 20 == 0:
        time.sleep(0.015)
"""


def test_registries_of_weak_references_follow_the_leak_and_are_none(freehold):
    (suspect,) = freehold.report(freehold.write("weak.py", WEAK))["suspects"]
    assert (suspect["place"], suspect["type"]) == ("__main__.logger.handlers", "logging.StreamHandler")


PENDING = """
class Node:
    def __init__(self):
        self.me = self
        self.buffer = bytearray(100)

import gc
COLLECTOR
for _ in range(650):
    Node()
"""


def test_garbage_waits_for_a_collector_that_is_at_work(freehold):
    def suspects(collector):
        return freehold.report(freehold.write("pending.py", PENDING.replace("COLLECTOR", collector)))["suspects"]

    assert suspects("") == []
    (off,) = suspects("gc.disable()")
    (never,) = suspects("gc.set_threshold(0)")
    assert "gc.disable()" in off["sentence"] and "gc.set_threshold(0)" in never["sentence"]


NAMES = """
import functools, time

@functools.lru_cache(maxsize=None)
def parse(n):
    return bytearray(200)

def add(n, seen=[]):
    seen.append(("row", n))

for n in range(12000):
    parse(n)
    add(n)
    if n % 100 == 0:
        time.sleep(0.01)
"""


def test_caches_and_defaults_are_named_as_the_programmer_knows_them(freehold):
    sentences = [suspect["sentence"] for suspect in freehold.report(freehold.write("names.py", NAMES))["suspects"]]
    starts = ("__main__.parse (functools._lru_cache_wrapper) holds", "__main__.add.__defaults__[0] (list) holds")
    assert len(sentences) == 2 and all(any(it.startswith(start) for it in sentences) for start in starts), sentences
