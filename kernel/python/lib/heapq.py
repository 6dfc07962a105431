"""A binary heap in a list: heap[k] <= heap[2k + 1] and heap[k] <= heap[2k + 2]."""
from __future__ import annotations

__all__ = ["heapify", "heappop", "heappush", "heappushpop", "heapreplace", "merge", "nlargest", "nsmallest"]


def _rise(heap, position):
    """Moves the item at position towards the root until its parent is not greater."""
    item = heap[position]
    while position > 0:
        parent = (position - 1) >> 1
        if not item < heap[parent]:
            break
        heap[position] = heap[parent]
        position = parent
    heap[position] = item


def _sink(heap, position):
    """Moves the item at position towards the leaves until neither child is smaller."""
    item = heap[position]
    end = len(heap)
    child = 2 * position + 1
    while child < end:
        if child + 1 < end and heap[child + 1] < heap[child]:
            child += 1
        if not heap[child] < item:
            break
        heap[position] = heap[child]
        position = child
        child = 2 * position + 1
    heap[position] = item


def heappush(heap, item):
    """Adds an item."""
    heap.append(item)
    _rise(heap, len(heap) - 1)


def heappop(heap):
    """Takes the smallest; IndexError when empty."""
    if not heap:
        raise IndexError("index out of range")
    last = heap.pop()
    if not heap:
        return last
    smallest = heap[0]
    heap[0] = last
    _sink(heap, 0)
    return smallest


def heapreplace(heap, item):
    """Takes the smallest, then adds item."""
    smallest = heap[0]
    heap[0] = item
    _sink(heap, 0)
    return smallest


def heappushpop(heap, item):
    """Adds item, then takes the smallest."""
    if heap and heap[0] < item:
        return heapreplace(heap, item)
    return item


def heapify(heap):
    """Makes a list a heap in O(n)."""
    for position in range(len(heap) // 2 - 1, -1, -1):
        _sink(heap, position)


def nsmallest(n, iterable, key=None):
    """The n smallest, sorted."""
    return sorted(iterable, key=key)[:max(n, 0)]


def nlargest(n, iterable, key=None):
    """The n largest, sorted downwards."""
    return sorted(iterable, key=key, reverse=True)[:max(n, 0)]


def merge(*iterables, key=None, reverse=False):
    """One sorted stream from several."""
    items = [item for iterable in iterables for item in iterable]
    return iter(sorted(items, key=key, reverse=reverse))
