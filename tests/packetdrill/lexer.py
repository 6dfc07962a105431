"""The tokens of packetdrill's script language, of google/packetdrill and of the FreeBSD dialect (nplab/packetdrill)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.packetdrill.script import ScriptError

# As in a generated scanner the longest match counts: the order below has the longer kinds first.
TOKEN = re.compile(
    r"""
      (?P<SPACE>   [ \t\r\n]+ | //[^\n]* | /\*.*?\*/ )
    | (?P<CODE>    %\{.*?\}% )
    | (?P<OPTION>  --[A-Za-z0-9_]+ (?: [ \t]*=[ \t]* (?:\w+=)? (?: "[^"]*" | `[^`]*` | [^\s"`]+ ) )? )
    | (?P<TEXT>    "(?:\\.|[^"\\])*" )
    | (?P<COMMAND> `(?:\\.|[^`\\])*` )
    | (?P<IPV6>    (?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}
                 | (?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*)? :: (?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*(?::\d+\.\d+\.\d+\.\d+)?)? )
    | (?P<IPV4>    \d+\.\d+\.\d+\.\d+ )
    | (?P<DOTS>    \.\.\. )
    | (?P<HEX>     0x[0-9A-Fa-f]+ )
    | (?P<FLOAT>   -?\d*\.\d+ )
    | (?P<NUMBER>  -?\d+(?![A-Za-z0-9_]) )
    | (?P<WORD>    [A-Za-z0-9_]+ )
    | (?P<SIGN>    \S )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """kind: a name of TOKEN's groups, END after the last; for a SIGN the character itself."""

    kind: str
    text: str
    line: int


def tokens(text: str) -> list[Token]:
    """The tokens of a script, END last. ScriptError for a comment, a string or a snippet without an end."""
    found = []
    line = 1
    at = 0
    if text.startswith("#!"):
        at = text.find("\n") if "\n" in text else len(text)
    while at < len(text):
        match = TOKEN.match(text, at)
        assert match is not None and match.lastgroup is not None
        word = match.group()
        kind = match.lastgroup
        if kind == "SIGN":
            if word in "\"`" or text.startswith(("/*", "%{"), at):
                raise ScriptError(line, f"{text[at : at + 2]!r} has no end")
            kind = word
        if kind != "SPACE":
            found.append(Token(kind, word, line))
        line += word.count("\n")
        at = match.end()
    found.append(Token("END", "the end of the script", line))
    return found
