"""Files, directories and descriptors: what the calls answer is what Linux answered (tests/file_answers.py), and the bounds that Linux does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.file_answers import ANSWERS
from tests.file_steps import STEPS, Out
from tests.machine import Host
from tests.support import eq

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from tests.machine import FakeContext

    Calls = Generator[Any, Any, Any]


def test_every_step_is_answered_as_linux_answered_it() -> None:
    host = Host()
    wrong: list[str] = []

    def program(context: FakeContext) -> Calls:
        for number, (step, expected) in enumerate(zip(STEPS, ANSWERS, strict=True)):
            out: Any = None
            arguments: list[Any] = []
            for argument in step[1:]:
                if isinstance(argument, Out):
                    out = (argument, context.room(argument.size))
                    arguments.append(out[1])
                else:
                    arguments.append(argument)
            result = yield (step[0], *arguments)
            answer: tuple[Any, ...] = (result,)
            if out is not None:
                answer = (result, out[0].told(context.read(out[1], out[0].size), result))
            if answer != expected:
                wrong.append(f"{number} {step[0]} {[argument for argument in step[1:] if not isinstance(argument, Out)]}: {answer}, Linux {expected}")

    process = host.finish(program)
    eq("\n".join(wrong), "")
    eq(process.wait_status, 0)
