"""Weak references, finalizers, reference cycles and the collector."""
import gc
import weakref


class Node:
    count = 0

    def __init__(self, name):
        self.name = name
        self.peer = None
        Node.count += 1

    def __del__(self):
        Node.count -= 1


def tried(function, *arguments):
    try:
        print(repr(function(*arguments)))
    except Exception as error:
        print(type(error).__name__)


n = Node("a")
seen = []
r = weakref.ref(n, lambda ref: seen.append("gone"))
print(r() is n, weakref.ref(n)() is n, weakref.ref(n) is weakref.ref(n), hash(r) == hash(n), r == weakref.ref(n), type(r).__name__)
del n
print(r(), seen, Node.count)
a, b = Node("x"), Node("y")
a.peer, b.peer = b, a
ra, rb = weakref.ref(a), weakref.ref(b)
del a, b
print(Node.count, ra() is not None)
gc.collect()
print(Node.count, ra(), rb())
cycle = []
cycle.append(cycle)
cycle.append({"self": cycle})
del cycle
d = {}
d["d"] = d
d["n"] = Node("in dict")
del d
gc.collect()
print(Node.count)


def closure_cycle():
    node = Node("closure")

    def f():
        return f, node

    return weakref.ref(f)


wr = closure_cycle()
gc.collect()
print(wr() is None, Node.count)


def generator_cycle():
    node = Node("generator")
    holder = []
    g = (lambda: (yield holder, node))()
    next(g)
    holder.append(g)


generator_cycle()
gc.collect()
print(Node.count)


def exception_cycle():
    node = Node("exception")
    try:
        raise ValueError(node)
    except ValueError as error:
        kept = error
        node.error = kept


exception_cycle()
gc.collect()
print(Node.count)


class Resurrect:
    saved = []

    def __del__(self):
        Resurrect.saved.append(self)


Resurrect()
print(len(Resurrect.saved))
Resurrect.saved.clear()
print(len(Resurrect.saved))
values = weakref.WeakValueDictionary()
node = Node("v")
values["k"] = node
print(values["k"].name, len(values), "k" in values, values.get("z"), list(values.keys()))
del node
print(len(values), values.get("k"))
keys = weakref.WeakKeyDictionary()
node = Node("key")
keys[node] = 1
print(keys[node], len(keys))
del node
print(len(keys))
ws = weakref.WeakSet()
node = Node("set")
ws.add(node)
print(node in ws, len(ws))
del node
print(len(ws), Node.count)
for thing in (5, "s", (), None, []):
    tried(weakref.ref, thing)
tried(lambda: weakref.ref(Node)() is Node)
tried(lambda: weakref.ref(tried)() is tried)
tried(lambda: weakref.ref({1})() is None)


class Method:
    def m(self):
        return "called"


o = Method()
wm = weakref.WeakMethod(o.m)
print(wm()(), weakref.ref(o.m)() is None)
del o
print(wm() is None)
log = []
o = Method()
f = weakref.finalize(o, log.append, "finalized")
print(f.alive)
del o
print(log, f.alive)


class Slots:
    __slots__ = ("a", "__weakref__")


s = Slots()
print(weakref.ref(s)() is s)


class NoWeak:
    __slots__ = ()


tried(weakref.ref, NoWeak())
chain = None
for i in range(50000):
    chain = [chain]
del chain
chain = None
for i in range(20000):
    chain = (chain, {"i": chain})
    if i > 100:
        chain = (None,)
tuples = None
for i in range(30000):
    tuples = (tuples,)
del tuples
print("deep structures freed", isinstance(gc.collect(), int), gc.isenabled())


class Linked:
    def __init__(self, next_):
        self.next = next_


head = None
for i in range(20000):
    head = Linked(head)
del head
print("linked freed")
