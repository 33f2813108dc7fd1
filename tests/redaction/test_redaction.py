"""What is taken out of texts, and what stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ado_publisher.model import Attempt, Outcome, Step, TestResult
from ado_publisher.redaction import redactor

ALL = ("host", "user", "address", "typed")


def shown(text, *kinds, **known):
    return redactor(kinds or ALL, (), **known).text(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail ann.lee+x@shop.example.com now", "mail [address] now"),
        ("connect 10.1.2.3:8080 failed", "connect [address]:8080 failed"),
        ("listening on 127.0.0.1 and ::1", "listening on 127.0.0.1 and ::1"),
        ("peer fe80::1ff:fe23:4567:890a gone", "peer [address] gone"),
        ("nic 00:1A:2b:3c:4d:5e", "nic [address]"),
        ("at 12:34:56 call face::add version 1.2.3 and 300.1.2.3", None),
        ("std::string 1.2.3.4.5", None),
    ],
)
def test_addresses_of_the_network_and_of_mail(text, expected):
    assert shown(text, "address") == (expected or text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/ann/shop/pay.py", "/home/[user]/shop/pay.py"),
        (r"C:\Users\Ann Lee\shop", r"C:\Users\[user] Lee\shop"),
        (r"C:\\Users\\ann\\shop", r"C:\\Users\\[user]\\shop"),
        ("/Users/ann: denied", "/Users/[user]: denied"),
        ("git clone https://ann:secret@git.example.com/x", "git clone https://[user]@git.example.com/x"),
        ("logged in as Ann Lee.", "logged in as [user]."),
        ("annlee and xann lee stay", None),
    ],
)
def test_names_of_users_in_paths_addresses_and_wherever_they_are_known(text, expected):
    assert shown(text, "user", users=["ann lee"]) == (expected or text)


def test_names_of_hosts_with_and_without_their_domain():
    known = {"hosts": ["build-07.corp.example"]}
    assert shown("BUILD-07: down; build-07.corp.example:22", "host", **known) == "[host]: down; [host]:22"
    assert shown("mybuild-07 and build-071 stay", "host", **known) == "mybuild-07 and build-071 stay"


@pytest.mark.parametrize("name", ["root", "Runner", "localhost", "ab", "10.0.0.5", "", " "])
def test_what_says_nothing_of_anybody_stays(name):
    assert shown("root runner localhost ab 10.0.0.5", "host", "user", hosts=[name], users=[name]) == (
        "root runner localhost ab 10.0.0.5"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "setText(findTestObject('Page/input_Name'), 'Ann'): "
            "Text 'Ann' is set on object 'Page/input_Name'",
            "setText(findTestObject('Page/input_Name'), '[typed]'): "
            "Text '[typed]' is set on object 'Page/input_Name'",
        ),
        (
            'driver.findElement(By.id("x")).sendKeys("s3cret")',
            "driver.findElement(By.id(\"x\")).sendKeys('[typed]')",
        ),
        ("page.fill('#pw', \"it's\")", "page.fill('[typed]', '[typed]')"),
        ("Typing text 'ann' into text field 'name'.", "Typing text '[typed]' into text field 'name'."),
        ("click('Pay') type of 'x'", None),
    ],
)
def test_what_tests_typed_goes_and_what_found_the_element_stays(text, expected):
    assert shown(text, "typed") == (expected or text)


def test_names_that_the_results_tell_are_known_in_all_of_them():
    results = [
        TestResult("a", Outcome.PASSED, properties=(("userFullName", "Ann Lee"),), host="TESTHOST"),
        TestResult("b", Outcome.PASSED, suite_properties=(("hostName", "ann - qa-12.example.com"),)),
    ]
    keep_out = redactor(("host", "user"), (), results=results)
    assert keep_out.text("Ann Lee on testhost, qa-12") == "[user] on [host], [host]"


def test_every_text_of_a_result_is_redacted_and_nothing_else():
    text, hidden = "from 10.1.2.3", "from [address]"
    result = TestResult(
        text,
        Outcome.FAILED,
        text,
        (text,),
        "10.1.2.3.xml",
        message=text,
        stack_trace=text,
        properties=(("ip", text),),
        attempts=(Attempt(Outcome.FAILED, text, text),),
        stdout=text,
        stderr=text,
        host="10.1.2.3",
        steps=(Step(text, Outcome.PASSED, text),),
    )
    found = redactor(("address",), ()).result(result)
    assert found == result.replaced(
        name=hidden,
        class_name=hidden,
        suites=(hidden,),
        message=hidden,
        stack_trace=hidden,
        attempts=(Attempt(Outcome.FAILED, hidden, hidden),),
        stdout=hidden,
        stderr=hidden,
        host="[address]",
        steps=(Step(hidden, Outcome.PASSED, hidden),),
    )
    nothing = redactor(("host", "files"), ()).result(result.replaced(attachments=("a.png",)))
    assert (nothing.host, nothing.attachments, nothing.stdout, nothing.stderr) == ("", (), "", "")


@given(st.text(max_size=200))
def test_redacting_twice_is_redacting_once(text):
    keep_out = redactor(ALL, (r"s3cret\d*",), hosts=["build-07"], users=["ann"])
    once = keep_out.text(text)
    assert keep_out.text(once) == once


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_of_a_name_is_left_whatever_stands_around_it(before, after):
    found = redactor(("user",), (), users=["ann-lee"]).text(f"{before} ann-lee {after}")
    assert " ann-lee " not in found


@pytest.mark.parametrize("piece", ["a.", "1.", "ab:", "'", '"', "fill(", "a@", "/home/", "x" * 10, "Text '"])
def test_a_long_text_takes_no_longer_than_its_length(piece):
    keep_out = redactor(ALL, (), hosts=["build-07"], users=["ann"])

    def seconds(size):
        text = piece * (size // len(piece))
        began = time.perf_counter()
        keep_out.text(text)
        return time.perf_counter() - began

    small = min(seconds(20_000) for _ in range(3))
    assert seconds(200_000) < 40 * small + 0.05
