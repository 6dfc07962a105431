"""The system calls of networking and waiting answer as Linux does, in every scenario that Linux has played (tests/scenarios.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests import scenarios
from tests.linux_answers import ANSWERS
from tests.player import Pynet
from tests.support import eq

if TYPE_CHECKING:
    from typing import Any


def same(scenario: Any) -> None:
    """pynet's lines are Linux's; the first that is not is told with the line before it."""
    player = Pynet()
    scenario(player)
    answers = ANSWERS[scenario.__name__]
    before = ""
    for number, (ours, linux) in enumerate(zip(player.lines, answers, strict=False)):
        eq(ours, linux, scenario.__name__ + ", line " + str(number) + " after " + repr(before))
        before = linux
    eq(len(player.lines), len(answers), "lines of " + scenario.__name__)


def test_every_scenario_has_linuxs_answers() -> None:
    eq(sorted(ANSWERS), sorted([scenario.__name__ for scenario in scenarios.SCENARIOS]))


def test_making_sockets() -> None:
    same(scenarios.making_sockets)


def test_no_sockets() -> None:
    same(scenarios.no_sockets)


def test_inet_names() -> None:
    same(scenarios.inet_names)


def test_same_port() -> None:
    same(scenarios.same_port)


def test_connecting() -> None:
    same(scenarios.connecting)


def test_refused() -> None:
    same(scenarios.refused)


def test_streams() -> None:
    same(scenarios.streams)


def test_resets() -> None:
    same(scenarios.resets)


def test_datagrams() -> None:
    same(scenarios.datagrams)


def test_unreachable_ports() -> None:
    same(scenarios.unreachable_ports)


def test_messages() -> None:
    same(scenarios.messages)


def test_many_messages() -> None:
    same(scenarios.many_messages)


def test_packet_info() -> None:
    same(scenarios.packet_info)


def test_error_queue() -> None:
    same(scenarios.error_queue)


def test_int_options() -> None:
    same(scenarios.int_options)


def test_option_forms() -> None:
    same(scenarios.option_forms)


def test_maximum_segment() -> None:
    same(scenarios.maximum_segment)


def test_groups() -> None:
    same(scenarios.groups)


def test_unix_streams() -> None:
    same(scenarios.unix_streams)


def test_unix_names() -> None:
    same(scenarios.unix_names)


def test_unix_datagrams() -> None:
    same(scenarios.unix_datagrams)


def test_unix_packets() -> None:
    same(scenarios.unix_packets)


def test_rights() -> None:
    same(scenarios.rights)


def test_pipes() -> None:
    same(scenarios.pipes)


def test_selecting() -> None:
    same(scenarios.selecting)


def test_polling() -> None:
    same(scenarios.polling)


def test_epolls() -> None:
    same(scenarios.epolls)


def test_event_counts() -> None:
    same(scenarios.event_counts)


def test_timers() -> None:
    same(scenarios.timers)


def test_raw_sockets() -> None:
    same(scenarios.raw_sockets)


def test_pings() -> None:
    same(scenarios.pings)


def test_packet_sockets() -> None:
    same(scenarios.packet_sockets)


def test_interfaces() -> None:
    same(scenarios.interfaces)


def test_faults() -> None:
    same(scenarios.faults)
