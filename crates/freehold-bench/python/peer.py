"""CPython's side of the benchmarks `collect` and `backlog`: the same graphs, of objects with slots.

    peer.py collect SHAPE NODES SEED          seconds for gc.collect() of a live and of a dead heap
    peer.py backlog SECONDS LIVE RING         rings of nodes made at full speed; nodes not yet freed, ten times a second

Prints one line of JSON.
"""

import gc
import json
import platform
import random
import resource
import sys
import threading
import time


class Few:
    """A node with places for three neighbours."""

    __slots__ = ("a", "b", "c")

    def __init__(self):
        self.a = self.b = self.c = None

    def add(self, other):
        if self.a is None:
            self.a = other
        elif self.b is None:
            self.b = other
        else:
            self.c = other


class Many:
    """A node with a list of neighbours."""

    __slots__ = ("edges",)

    def __init__(self):
        self.edges = []

    def add(self, other):
        self.edges.append(other)


def pairs(shape, nodes, seed):
    """The edges, by the numbers of the nodes; all is reachable from node 0, and in cycles."""
    if shape == "graph":
        numbers = random.Random(seed)
        for node in range(1, nodes):
            yield numbers.randrange(node), node
            yield node, numbers.randrange(nodes)
        yield nodes - 1, 0
    else:
        for node in range(1, nodes):
            parent = node - 1 if shape == "chain" else (node - 1) // 2
            yield parent, node
            yield node, parent


def build(shape, count, seed):
    """The first node of a graph that nothing else holds."""
    make = Many if shape == "graph" else Few
    nodes = [make() for _ in range(count)]
    for source, target in pairs(shape, count, seed):
        nodes[source].add(nodes[target])
    return nodes[0]


def timed_collection():
    begin = time.perf_counter()
    found = gc.collect()
    return time.perf_counter() - begin, found


def collect(shape, count, seed):
    gc.disable()
    root = build(shape, int(count), int(seed))
    live, _ = timed_collection()
    del root
    dead, found = timed_collection()
    return {"live": live, "dead": dead, "found": found}


def ring(size):
    """A node of a ring of that size."""
    first = last = Few()
    for _ in range(size - 1):
        node = Few()
        last.a = node
        last = node
    last.a = first
    return first


def watch(base, live, done, garbage):
    """Ten times a second, how many more nodes there are than live ones; each is one block of the allocator."""
    while not done.wait(0.1):
        garbage.append(max(0, sys.getallocatedblocks() - base - live))


def backlog(seconds, live, size):
    live, size = int(live), int(size)
    base = sys.getallocatedblocks()
    rings = [ring(size) for _ in range(live // size)]
    done, garbage, made = threading.Event(), [], 0
    watcher = threading.Thread(target=watch, args=(base, live, done, garbage))
    numbers = random.Random(1)
    watcher.start()
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        for _ in range(100):
            rings[int(numbers.random() * len(rings))] = ring(size)
        made += 100 * size
    done.set()
    watcher.join()
    return {"made": made, "garbage": garbage, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def main(command, *arguments):
    answer = {"collect": collect, "backlog": backlog}[command](*arguments)
    answer["version"] = platform.python_version()
    print(json.dumps(answer))


main(*sys.argv[1:])
