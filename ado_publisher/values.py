"""What the text of an option says: one pure reader for each kind; each raises ValueError in plain words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from ado_publisher.options import Kind, Option

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_AZURE_MACRO = re.compile(r"\$\([A-Za-z_][\w.\- ]*\)")
_USERINFO = re.compile(r"//[^/@\s]*@")
_CLOUD_HOST = "dev.azure.com"


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was given, and where: `--plan`, `INPUT_PLAN`, `ado-publisher.yml:12`."""

    value: object
    source: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many tests may fail: a number of tests, or a share of those that ran in percent."""

    amount: float
    percent: bool = False

    def exceeded(self, failed: int, ran: int) -> bool:
        """More failed than allowed; of none that ran, none can have."""
        return failed * 100 > self.amount * ran if self.percent else failed > self.amount

    def __str__(self) -> str:
        return f"{self.amount:g}%" if self.percent else f"{self.amount:g}"


Value = str | int | bool | tuple[str, ...] | Threshold | None


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelled one resembles, case ignored."""
    from difflib import get_close_matches

    spelled = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), spelled, n=1, cutoff=0.6)
    return spelled[close[0]] if close else None


def nearest(word: str, known: Iterable[str]) -> str:
    """` - did you mean 'x'?` for the known word that is close, or nothing."""
    found = closest(word, known)
    return f" - did you mean {found!r}?" if found else ""


def none_of(word: str, known: Collection[str]) -> str:
    """`is none of a, b - did you mean 'a'?`, to follow a value that is not known."""
    return f"is none of {', '.join(known)}{nearest(word, known)}"


def shown(value: object, limit: int = 120) -> str:
    """A value as it stands in a message: quoted, on one line, not endless, without a URL's credential."""
    text = _USERINFO.sub("//***@", repr(value))
    return text if len(text) <= limit else f"{text[:limit]}…"


def parse(option: Option, value: object) -> Value:
    """The value of an option from a flag, a variable or the config.

    Raises ValueError saying what would be right; the caller names option, source and value.
    """
    if option.multiple:
        return _many(option, value)
    if option.kind is Kind.FLAG:
        return _flag(value)
    text = _text(value)
    if option.secret and not re.fullmatch(r"[!-~]+", text):
        raise ValueError("holds a blank or a character that no token has")
    match option.kind:
        case Kind.INT:
            return _int(text)
        case Kind.CHOICE:
            return _choice(option, text)
        case Kind.URL:
            return organization_url(text)
        case Kind.THRESHOLD:
            return _threshold(text)
        case _:
            return text


def organization_url(text: str) -> str:
    """The address of an organization or collection, without a slash at its end.

    Raises ValueError when it is none, carries a credential, or goes on into a project.
    """
    example = "write it like https://dev.azure.com/acme"
    try:
        url = urlsplit(text)
        host, _ = url.hostname or "", url.port
    except ValueError:
        raise ValueError(f"is not a web address; {example}") from None
    if url.username is not None and url.password is not None:
        raise ValueError(f"carries a credential, which belongs in ADO_PUBLISHER_TOKEN; {example}")
    if url.scheme not in ("http", "https") or not host:
        raise ValueError(f"is not a web address; {example}")
    if url.query or url.fragment:
        raise ValueError(f"has a part after ? or #; {example}")
    names = [name for name in url.path.split("/") if name]
    if host == _CLOUD_HOST and not names:
        raise ValueError(f"names no organization; {example}")
    if host == _CLOUD_HOST and len(names) > 1:
        organization = f"https://{host}/{names[0]}"
        raise ValueError(f"goes on after the organization; write {organization} and name the project apart")
    port = f":{url.port}" if url.port else ""
    address = f"[{host}]" if ":" in host else host
    return "/".join([f"{url.scheme}://{address}{port}", *names])


def same_organization(one: str, other: str) -> bool:
    """Both addresses lead to one organization: acme.visualstudio.com is dev.azure.com/acme."""
    return _organization_key(one) == _organization_key(other)


def _organization_key(url: str) -> str:
    parts = urlsplit(url.lower().rstrip("/"))
    host = parts.hostname or ""
    if host.endswith(".visualstudio.com"):
        return f"{_CLOUD_HOST}/{host.removesuffix('.visualstudio.com')}"
    return f"{host}:{parts.port}{parts.path}" if parts.port else f"{host}{parts.path}"


def _many(option: Option, value: object) -> tuple[str, ...]:
    given = list(value) if isinstance(value, (list, tuple)) else [value]
    if option.commas:
        given = [part for item in given for part in str(item).split(",")]
    texts = [_choice(option, _text(item)) if option.choices else _text(item) for item in given]
    return tuple(dict.fromkeys(texts))


def split_list(text: str, *, commas: bool = True) -> list[str]:
    """A list as variables hold it: separated by newlines or `commas`, blanks around them dropped."""
    return [part for raw in re.split(r"[\n\r,]" if commas else r"[\n\r]", text) if (part := raw.strip())]


def _text(value: object) -> str:
    text = str(value).strip()
    if not text:
        raise ValueError("is empty; give a value or leave it out")
    if _AZURE_MACRO.fullmatch(text):
        raise ValueError("is a pipeline variable that is not defined")
    if _CONTROL.search(text):
        raise ValueError("holds a line break or control character")
    return text


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    text = _text(value).lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("is neither true nor false")


def _int(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) == 0:
        raise ValueError("is not a whole number above 0")
    return int(text)


def _choice(option: Option, text: str) -> str:
    if text.lower() in option.choices:
        return text.lower()
    raise ValueError(none_of(text, option.choices))


def _threshold(text: str) -> Threshold:
    found = re.fullmatch(r"([0-9]{1,9})|([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%", text)
    if found is None or float(found[2] or 0) > 100:
        raise ValueError("is neither a number of tests such as 3 nor a share such as 5%")
    return Threshold(float(found[1])) if found[1] else Threshold(float(found[2]), percent=True)
