"""Every kind of object that can hold others: a dropped cycle through it is garbage, a kept one is not."""

import json

PROGRAM = """
import collections, functools, gc, itertools, operator, sys, types, weakref

gc.collect()
gc.disable()
SIZE = 100_000

def payload():
    return bytearray(SIZE)

def subclass(base, *arguments):
    def make():
        thing = type("Sub" + base.__name__, (base,), {})(*arguments)
        thing.me, thing.payload = thing, payload()
        return thing
    make.__name__ = "subclass of " + base.__name__
    return make

def slots():
    class Slots:
        __slots__ = ("me", "payload")
    thing = Slots()
    thing.me, thing.payload = thing, payload()
    return thing

def materialised():
    class Plain:
        pass
    thing = Plain()
    thing.me, thing.payload = thing, payload()
    thing.__dict__["more"] = thing.__dict__
    return thing

def many_attributes():
    class Plain:
        pass
    plain = Plain()
    for n in range(60):
        setattr(plain, "a%d" % n, plain)
    plain.payload = payload()
    return plain

def listed(wrap):
    def make():
        box = [payload()]
        box.append(wrap(box))
        return box
    make.__name__ = "in a list: " + wrap.__name__
    return make

def tuple_(box): return (1, (box,))
def dict_(box): return {"box": box, 1: box, (2,): box}
def key(box): return {(Hashed(box),): 1}
def ordered(box): return collections.OrderedDict([("a", box), (2, box)])
def default(box): return collections.defaultdict(list, {"a": box, 3: box})
def deque(box): return collections.deque([box] * 200)
def set_(box): return {Hashed(box), frozenset([Hashed(box)])}
def partial(box): return functools.partial(print, box, sep=box)
def method(box): return types.MethodType(print, box)
def builtin(box): return box.append
def closure(box): return lambda: (box, payload)
def default_argument(box): return lambda a=box, *, b=box: a
def generator(box):
    def gen(captured):
        local = captured
        yield local
    running = gen(box)
    next(running)
    return running
def expression(box): return (item for item in box)
def coroutine(box):
    @types.coroutine
    def wait():
        yield
    async def work(argument):
        await wait()
    started = work(box)
    started.send(None)
    return started
def async_generator(box):
    async def gen(argument):
        yield argument
    return gen(box)
def iterators(box): return [iter(box), zip(box), map(str, box), enumerate(box), reversed(box), itertools.chain(box), itertools.cycle(box)]
def views(box): return [{1: box}.keys(), {1: box}.values(), {1: box}.items()]
def mapping_proxy(box): return types.MappingProxyType({"a": box})
def property_(box): return property(lambda self, box=box: box)
def class_(box): return type("Class", (), {"box": box, "method": lambda self: box})
def module(box):
    made = types.ModuleType("made")
    made.box = box
    return made
def weak_callback(box): return weakref.ref(Hashed, lambda _, box=box: None)
def slice_(box): return slice(box)
def cached(box):
    @functools.lru_cache(maxsize=100)
    def function(argument):
        return box
    function(1), function("a")
    return function
def unbounded(box):
    @functools.lru_cache(maxsize=None)
    def function(argument):
        return [box]
    function(1)
    return function
def item_getter(box): return operator.itemgetter(Hashed(box))
def exception(box):
    try:
        held = box
        raise ValueError(held)
    except ValueError as error:
        return error
def memory(box): return memoryview(bytearray(10)), box
def staticmethod_(box): return [staticmethod(lambda: box), classmethod(lambda cls: box)]
def generic(box): return list[Hashed(box)]

class Hashed:
    def __init__(self, box):
        self.box = box

kinds = [
    subclass(int, 5), subclass(int, -2 ** 90), subclass(str, "caf\\u00e9"), subclass(bytes, b"x"), subclass(tuple, (1, 2)),
    subclass(list), subclass(dict), subclass(set, [1]), subclass(float, 1.5),
    subclass(collections.deque), subclass(collections.OrderedDict), subclass(Exception, "e"), subclass(bytearray),
    subclass(frozenset), subclass(complex), subclass(types.ModuleType, "m"), slots, materialised, many_attributes,
] + [listed(wrap) for wrap in (
    tuple_, dict_, key, ordered, default, deque, set_, partial, method, builtin, closure, default_argument, generator,
    expression, coroutine, async_generator, iterators, views, mapping_proxy, property_, class_, module, weak_callback,
    slice_, cached, unbounded, item_getter, exception, memory, staticmethod_, generic)]

kept = [make() for make in kinds] if KEEP else [len([make()]) for make in kinds]
print(len(kinds))
"""


def heap(freehold, keep):
    target = freehold.directory / "report.json"
    script = freehold.write("kinds.py", PROGRAM.replace("KEEP", str(keep)))
    outcome = freehold.run(
        script, options=("--no-snapshot", "-q", "--json", str(target)), env={"PYTHONWARNINGS": "ignore"}
    )
    assert (outcome.code, outcome.err) == (0, "")
    return int(outcome.out), json.loads(target.read_text())["heap"]


def test_dropped_cycles_of_every_kind_are_garbage(freehold):
    kinds, found = heap(freehold, keep=False)
    assert found["garbage_bytes"] // 100_000 == kinds


def test_kept_ones_are_not(freehold):
    kinds, found = heap(freehold, keep=True)
    assert found["garbage_bytes"] < 100_000
    assert found["bytes"] > kinds * 100_000
