"""The query language of work items: text becomes a tree; what is not understood is refused, never guessed.

https://learn.microsoft.com/azure/devops/boards/queries/wiql-syntax
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ado_publisher.emulator.errors import WIT, ApiError
from ado_publisher.emulator.wit_model import Field

MAX_TEXT = 32_000
MAX_DEPTH = 60
FindField = Callable[[str], Field | None]

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")|\[(?P<field>[^\]]*)\]|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])"
    r"|(?P<macro>@[A-Za-z]+)|(?P<op><>|<=|>=|!=|<|>|=|\(|\)|,|\.|\+|-)|(?P<word>[A-Za-z_][\w.]*))",
)
_COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")


@dataclass(frozen=True, slots=True)
class Value:
    """A literal, or a macro with the days it is moved by."""

    text: str
    macro: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison: =, <>, <, >, <=, >=, in, in group, contains, contains words, under, empty."""

    field: Field
    operator: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by "and" or "or", or one that is turned round by "not"."""

    kind: str
    parts: tuple[Condition | Group, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A flat query: its columns, its condition, its order (field, descending)."""

    columns: tuple[Field, ...]
    where: Condition | Group | None
    order: tuple[tuple[Field, bool], ...]


def syntax(text: str, caused: str = "") -> ApiError:
    """Return the 400 of a query that is not understood."""
    if caused:
        text = f"{text} The error is caused by «{caused[:200]}»."
    return ApiError(400, "SyntaxException", text, assembly=WIT, event_id=3200)


def unknown_field(name: str) -> ApiError:
    """Return TF51005 for a field that does not exist."""
    return syntax("TF51005: The query references a field that does not exist.", name)


def _not_emulated(what: str) -> ApiError:
    return syntax(f"{what} is not emulated; see docs/emulator.md.")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


@dataclass(slots=True)
class _Reader:
    find_field: FindField
    tokens: list[_Token] = field(default_factory=list)
    at: int = 0
    depth: int = 0

    def peek(self, ahead: int = 0) -> _Token:
        index = self.at + ahead
        return self.tokens[index] if index < len(self.tokens) else _Token("end", "")

    def word(self, *words: str) -> bool:
        """Take words that stand here, or leave everything as it is."""
        for ahead, wanted in enumerate(words):
            token = self.peek(ahead)
            if token.kind not in ("word", "op") or token.text.lower() != wanted:
                return False
        self.at += len(words)
        return True

    def name(self) -> Field:
        """Take a field, in brackets or bare."""
        token = self.peek()
        if token.kind not in ("field", "word"):
            raise syntax("Expecting field name.", token.text)
        found = self.find_field(token.text.strip())
        if found is None:
            raise unknown_field(f"[{token.text}]" if token.kind == "field" else token.text)
        self.at += 1
        return found

    def names(self) -> list[Field]:
        found = [self.name()]
        while self.word(","):
            found.append(self.name())
        return found

    def value(self) -> Value:
        token = self.peek()
        self.at += 1
        if token.kind == "string":
            quote = token.text[0]
            return Value(token.text[1:-1].replace(quote * 2, quote))
        if token.kind == "number":
            return Value(token.text)
        if token.kind == "word" and token.text.lower() in ("true", "false"):
            return Value(token.text)
        if token.kind == "macro":
            return self.macro(token.text)
        raise syntax("Expecting a value.", token.text)

    def macro(self, text: str) -> Value:
        name = text[1:].lower()
        if name == "currentiteration":
            raise syntax(
                "TF20037: No Iterations are selected for the team. "
                "The macro '@CurrentIteration' is undefined."
            )
        if name.startswith("startof") or name in ("follows", "recentmentions", "mycomments"):
            raise _not_emulated(f"The macro {text}")
        if name not in ("project", "today", "me"):
            raise unknown_field(text)
        return Value(text, name, self._offset() if name == "today" else 0)

    def _offset(self) -> int:
        sign, number = self.peek(), self.peek(1)
        if sign.kind == "op" and sign.text in "+-" and number.kind == "number":
            self.at += 2
            return _days(f"{sign.text}{number.text}")
        if sign.kind == "number" and sign.text.startswith("-"):
            self.at += 1
            return _days(sign.text)
        return 0

    def values(self) -> tuple[Value, ...]:
        if not self.word("("):
            raise syntax("Expecting left parenthesis.", self.peek().text)
        found = [self.value()]
        while self.word(","):
            found.append(self.value())
        if not self.word(")"):
            raise syntax("Expecting right parenthesis.", self.peek().text)
        return tuple(found)

    def any_of(self) -> Condition | Group:
        parts = [self.all_of()]
        while self.word("or"):
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else Group("or", tuple(parts))

    def all_of(self) -> Condition | Group:
        parts = [self.one()]
        while self.word("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else Group("and", tuple(parts))

    def one(self) -> Condition | Group:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise syntax("The query is nested too deeply.")
        try:
            if self.word("not"):
                return Group("not", (self.one(),))
            if self.word("("):
                found = self.any_of()
                if not self.word(")"):
                    raise syntax("Expecting right parenthesis.", self.peek().text)
                return found
            return self.condition()
        finally:
            self.depth -= 1

    def condition(self) -> Condition | Group:
        if self.peek().kind == "word" and self.peek().text.lower() == "ever":
            raise _not_emulated("EVER")
        name = self.name()
        if self.word("is", "not", "empty"):
            return Group("not", (Condition(name, "empty"),))
        if self.word("is", "empty"):
            return Condition(name, "empty")
        turned = self.word("not")
        found = self.comparison(name)
        return Group("not", (found,)) if turned else found

    def comparison(self, name: Field) -> Condition:
        if self.word("in", "group"):
            return Condition(name, "in group", (self.value(),))
        if self.word("in"):
            return Condition(name, "in", self.values())
        for words in (("contains", "words"), ("contains",), ("under",)):
            if self.word(*words):
                return Condition(name, " ".join(words), (self.value(),))
        token = self.peek()
        if token.kind == "word" and token.text.lower() in ("was", "ever", "changed"):
            raise _not_emulated(token.text.upper())
        operator = "<>" if token.text == "!=" else token.text
        if token.kind != "op" or operator not in _COMPARISONS:
            raise syntax("Expecting comparison operator.", token.text)
        self.at += 1
        if self.peek().kind == "field":
            raise _not_emulated("The comparison of two fields")
        return Condition(name, operator, (self.value(),))

    def order(self) -> list[tuple[Field, bool]]:
        found = []
        while True:
            name = self.name()
            descending = self.word("desc")
            if not descending:
                self.word("asc")
            found.append((name, descending))
            if not self.word(","):
                return found


def _days(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise syntax("Expecting a whole number of days.", text) from None
    if abs(number) > 100_000:
        raise syntax("Expecting a whole number of days.", text)
    return number


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise syntax("The query has a character that is not understood.", text[at : at + 20].strip())
        found.append(_Token(match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def parse(text: str, find_field: FindField) -> Query:
    """Return a query as a tree, or raise the 400 that says what is not understood."""
    if len(text) > MAX_TEXT:
        raise syntax(f"The query has {len(text)} characters, at most {MAX_TEXT} are allowed.")
    reader = _Reader(find_field, _tokens(text))
    if not reader.word("select"):
        raise syntax("Expecting SELECT.", reader.peek().text)
    columns = reader.names()
    if not reader.word("from"):
        raise syntax("TF51006: The query statement is missing a FROM clause.", reader.peek().text)
    if reader.word("workitemlinks"):
        raise _not_emulated("FROM WorkItemLinks")
    if not reader.word("workitems"):
        raise syntax("Expecting WorkItems.", reader.peek().text)
    where = reader.any_of() if reader.word("where") else None
    order = reader.order() if reader.word("order", "by") else []
    if reader.word("asof"):
        raise _not_emulated("ASOF")
    if reader.peek().kind != "end":
        raise syntax("Expecting end of string.", reader.peek().text)
    return Query(tuple(columns), where, tuple(order))
