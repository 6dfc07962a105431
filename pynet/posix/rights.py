"""Descriptions in flight: what SCM_RIGHTS carries from one process to another (unix(7)).

A description in a message is referred to by nobody but the message. A socket that carries its own other end, or two that carry each other, would
then live for ever once their numbers are closed: `collect` finds such cycles, as Linux's unix_gc does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error

if TYPE_CHECKING:
    from pynet.posix.description import FileDescription

# Descriptions in one message: Linux's SCM_MAX_FD; EINVAL beyond.
MAX_RIGHTS = 253
# Descriptions in all messages of a host; ETOOMANYREFS beyond.
MAX_IN_FLIGHT = 1024


class Flight:
    """All descriptions in flight, each with the number of messages it is in."""

    def __init__(self) -> None:
        self.counts: dict[FileDescription, int] = {}
        self.total = 0
        # Descriptions that lost a reference, to be released one after the other: a chain of messages in messages is no recursion.
        self.dying: list[FileDescription] = []
        self.draining = False

    def take_off(self, rights: list[FileDescription]) -> None:
        """`rights` are put into a message. OSError EINVAL beyond MAX_RIGHTS, ETOOMANYREFS beyond MAX_IN_FLIGHT."""
        if len(rights) > MAX_RIGHTS:
            raise os_error(errno.EINVAL)
        if self.total + len(rights) > MAX_IN_FLIGHT:
            raise os_error(errno.ETOOMANYREFS)
        for description in rights:
            description.hold()
            self.counts[description] = self.counts.get(description, 0) + 1
        self.total += len(rights)

    def land(self, rights: list[FileDescription]) -> None:
        """The message is taken out; its references are now the taker's, to be given numbers or dropped."""
        for description in rights:
            left = self.counts[description] - 1
            if left:
                self.counts[description] = left
            else:
                del self.counts[description]
        self.total -= len(rights)

    def drop(self, rights: list[FileDescription]) -> None:
        """Nobody takes these references."""
        self.dying += rights
        if self.draining:
            return
        self.draining = True
        try:
            while self.dying:
                self.dying.pop().release()
        finally:
            self.draining = False

    def collect(self) -> None:
        """Close the sockets that nothing but messages to each other refers to."""
        only_in_flight = [description for description, count in self.counts.items() if count == description.references]
        # References that come from messages queued at one of them; a socket with others can still be reached.
        inner: dict[FileDescription, int] = dict.fromkeys(only_in_flight, 0)
        for holder in only_in_flight:
            for description in holder.carried():
                if description in inner:
                    inner[description] += 1
        reached = [description for description in only_in_flight if inner[description] < self.counts[description]]
        alive = set(reached)
        while reached:
            for description in reached.pop().carried():
                if description in inner and description not in alive:
                    alive.add(description)
                    reached.append(description)
        for description in only_in_flight:
            if description not in alive:
                description.forget_messages()
