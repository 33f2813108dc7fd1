"""What is kept out of everything that is published: names of hosts and users, addresses, typed text. Pure.

Each kind is replaced by a word in brackets, so that a reader sees that something stood there. Texts are
redacted before they are cut to the service's limits: half a name is still a name.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from ado_publisher.model import Attempt, Step, TestResult

HOST, USER, ADDRESS, TYPED, FILES = "host", "user", "address", "typed", "files"
_HOST_PROPERTIES = frozenset({"host", "hostname", "host.name", "computername", "machine", "machinename"})
_USER_PROPERTIES = frozenset(
    {"user", "username", "user.name", "user.fullname", "userfullname", "os.user", "loggedinuser", "author"}
)
# Everybody's names say nothing of anybody, and taking them out would take half of a message with them.
_COMMON = frozenset(
    [
        "root",
        "user",
        "users",
        "runner",
        "admin",
        "administrator",
        "test",
        "tester",
        "testuser",
        "build",
        "builder",
        "agent",
        "vsts",
        "azuredevops",
        "jenkins",
        "circleci",
        "gitlab",
        "github",
        "docker",
        "container",
        "localhost",
        "unknown",
        "default",
        "system",
        "host",
        "guest",
        "none",
        "null",
        "nobody",
        "ubuntu",
        "debian",
        "windows",
        "linux",
        "macos",
        "local",
        "server",
        "client",
        "runneradmin",
    ]
)
_MOST_NAMES = 200
_SHORTEST = 3

_HOME = re.compile(r"(?i)((?:/home/|/users/|\b[a-z]:[\\/]+users[\\/]+))([^/\\\s:\"'<>|,;()]{1,64})")
_LOGIN = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,15}://)[^/\s@:]{1,128}(?::[^/\s@]{0,256})?@")
_MAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_IPV4 = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w]|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_MAC = re.compile(r"(?<![\w:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![\w:-])")
_QUOTED = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
_CALL = re.compile(
    r"\b(?:set(?:Encrypted|Masked)?Text|setTextOnImage|typeOnImage|sendKeys|send_keys|fill|type(?:Text|Secret)?"
    r"|pressSequentially|input_?(?:Text|Password)|enterText|set_?[vV]alue)\s*\("
)
# What finds the element is no secret, and says which one it was.
_TEXT_IN_CALL = re.compile(rf"(?:\b(?:findTestObject|By\.\w{{1,30}}|locator)\s*\()?(?:{_QUOTED})")
_IN_CALL = re.compile(rf"{_QUOTED}|[()\n]")
_LONGEST_CALL = 2_000
_SAID = re.compile(
    r"(?i)\b(text|password|value|keys?|typing text|typing password|typed|entered|sent keys?:?) "
    rf"({_QUOTED})(?= (?:is|are|was|were|has been|into|in|to|on)\b)"
)


@dataclass(frozen=True, slots=True)
class Redactor:
    """Takes out what is not to be published; `kinds` are host, user, address, typed and files."""

    kinds: frozenset[str]
    rules: tuple[Callable[[str], str], ...]

    @property
    def active(self) -> bool:
        """There is anything to keep out."""
        return bool(self.kinds or self.rules)

    def text(self, text: str) -> str:
        """The text without it."""
        for rule in self.rules:
            text = rule(text)
        return text

    def hides(self, text: str) -> bool:
        """Something of the text is not to be published."""
        return self.text(text) != text

    def result(self, result: TestResult) -> TestResult:
        """The result as it is published; its properties and its file, which are not, stay."""
        changed: dict[str, object] = {
            name: self.text(value)
            for name in ("name", "class_name", "message", "stack_trace", "stdout", "stderr")
            if (value := getattr(result, name))
        }
        changed["suites"] = tuple(map(self.text, result.suites))
        changed["host"] = "" if HOST in self.kinds else self.text(result.host)
        changed["attempts"] = tuple(map(self._attempt, result.attempts))
        changed["steps"] = tuple(map(self._step, result.steps))
        if FILES in self.kinds:
            changed |= {"attachments": (), "stdout": "", "stderr": ""}
        return result.replaced(**changed)

    def matchable(self, result: TestResult) -> TestResult:
        """The result for somebody who has yet to match it: what finds its test case stays as it is."""
        if not self.active:
            return result
        shown = self.result(result)
        # What a file is named by decides which files there are; with `files` there are none.
        return shown.replaced(
            name=result.name,
            class_name=result.class_name,
            suites=result.suites,
            attachments=result.attachments,
        )

    def _attempt(self, attempt: Attempt) -> Attempt:
        return replace(
            attempt, message=self.text(attempt.message), stack_trace=self.text(attempt.stack_trace)
        )

    def _step(self, step: Step) -> Step:
        return replace(step, name=self.text(step.name), message=self.text(step.message))


def redactor(
    kinds: Iterable[str],
    patterns: Iterable[str],
    *,
    hosts: Iterable[str] = (),
    users: Iterable[str] = (),
    results: Iterable[TestResult] = (),
) -> Redactor:
    """A redactor of those kinds and of what the regular expressions find.

    `hosts` and `users` are names that are known; those that the results name are known as well.
    """
    wanted = frozenset(kinds)
    found_hosts, found_users = _named(results) if wanted & {HOST, USER} else ([], [])
    rules: list[Callable[[str], str]] = [_by(re.compile(each), "[redacted]") for each in patterns]
    if TYPED in wanted:
        rules.append(_without_typed)
    if USER in wanted:
        rules += [_by(_LOGIN, r"\1[user]@"), _by(_HOME, r"\1[user]")]
    if ADDRESS in wanted:
        rules += [
            _by(_MAIL, "[address]"),
            _by(_MAC, "[address]"),
            lambda text: _IPV4.sub(_address, text),
            lambda text: _IPV6.sub(_address, text),
        ]
    if HOST in wanted:
        names = [*hosts, *found_hosts]
        # build-07.example.com is build-07 to those who work with it.
        names += [name.partition(".")[0] for name in names]
        rules += _of_names(names, "[host]", r"(?:\.[A-Za-z0-9-]{1,63}){0,8}")
    if USER in wanted:
        rules += _of_names([*users, *found_users], "[user]", "")
    return Redactor(wanted, tuple(rules))


def _by(pattern: re.Pattern[str], instead: str) -> Callable[[str], str]:
    return lambda text: pattern.sub(instead, text)


def _of_names(names: Iterable[str], instead: str, after: str) -> Iterator[Callable[[str], str]]:
    """A rule for all the names; one in another spelling of letters is the same."""
    usable = dict.fromkeys(
        name.strip().casefold()
        for name in names
        if len(name.strip()) >= _SHORTEST
        and not re.fullmatch(r"[0-9.:\s]+", name)
        and name.strip().casefold() not in _COMMON
    )
    longest_first = sorted(list(usable)[:_MOST_NAMES], key=len, reverse=True)
    if longest_first:
        any_of = "|".join(map(re.escape, longest_first))
        yield _by(re.compile(rf"(?<![\w-])(?:{any_of}){after}(?![\w-])", re.IGNORECASE), instead)


def _named(results: Iterable[TestResult]) -> tuple[list[str], list[str]]:
    hosts: dict[str, None] = {}
    users: dict[str, None] = {}
    for result in results:
        if result.host and len(hosts) < _MOST_NAMES:
            hosts[result.host] = None
        if not result.properties and not result.suite_properties:
            continue
        for name, value in chain(result.properties, result.suite_properties):
            key = name.casefold()
            if key in _HOST_PROPERTIES and len(hosts) < _MOST_NAMES:
                # Katalon's is `ann - build-07.example.com`.
                *before, last = value.split(" - ")
                hosts[last] = None
                users |= dict.fromkeys(before)
            elif key in _USER_PROPERTIES and len(users) < _MOST_NAMES:
                users[value] = None
    return list(hosts), list(users)


def _address(hit: re.Match[str]) -> str:
    try:
        found = ipaddress.ip_address(hit[0])
    except ValueError:
        return hit[0]
    # A name such as face::add looks like one; ::1 and 127.0.0.1 are everybody's.
    tells = any(sign.isdigit() for sign in hit[0]) and not (found.is_loopback or found.is_unspecified)
    return "[address]" if tells else hit[0]


def _without_typed(text: str) -> str:
    text = _SAID.sub(lambda hit: f"{hit[1]} '[typed]'", text)
    parts: list[str] = []
    done = 0
    for hit in _CALL.finditer(text):
        if hit.end() > done:
            end = _end_of_call(text, hit.end())
            parts += [text[done : hit.end()], _TEXT_IN_CALL.sub(_typed, text[hit.end() : end])]
            done = end
    return "".join([*parts, text[done:]])


def _end_of_call(text: str, begin: int) -> int:
    """Where the arguments end that begin there: at their parenthesis, the line's end or after a while."""
    depth = 1
    for hit in _IN_CALL.finditer(text, begin, begin + _LONGEST_CALL):
        if hit[0] == "\n":
            return hit.start()
        depth += {"(": 1, ")": -1}.get(hit[0], 0)
        if not depth:
            return hit.start()
    return min(len(text), begin + _LONGEST_CALL)


def _typed(hit: re.Match[str]) -> str:
    return "'[typed]'" if hit[0][0] in "\"'" else hit[0]
