"""What --redact and the config's patterns keep out of everything that is published."""

from __future__ import annotations

import json

import pytest

from .conftest import case, outcomes

TOLD = "ann at build-07 (10.1.2.3) typed s3cret-99"
FAILED = f'<failure message="{TOLD}">at /home/ann/pay.py\n{TOLD}</failure>'
HOSTED = {"HOSTNAME": "build-07", "USER": "ann"}
ALL = ("--redact", "host,user,address,typed")


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "ado-publisher.yml"
    path.write_text("version: 1\nredaction: {patterns: ['s3cret-\\d+']}\n")
    return path


def everything(service, sent):
    """All that the service holds and all that was sent to it."""
    return json.dumps(service.state()) + sent.read_text(encoding="utf-8")


def test_nothing_of_it_reaches_the_service(emulator, shop, junit, publish, config, tmp_path):
    log = tmp_path / "sent.jsonl"
    service = emulator(shop, exchange_log=log)
    (tmp_path / "shot.txt").write_text(f"log of {TOLD}")
    inside = f"{FAILED}<system-out>{TOLD}\n[[ATTACHMENT|shot.txt]]</system-out>"
    report = junit(
        case(f"TC101 of ann[{1}]", inside, classname="shop.ann"),
        case("TC102 again", f'<rerunFailure message="{TOLD}"/>'),
        case(f"loose {TOLD}", FAILED),
        suite="Web on build-07",
    )
    options = ("--config", config, "--attach-output", "--unmatched", "publish", "--create-bugs")
    done, facts = publish(service, report, *ALL, *options, env=HOSTED)
    assert done.code == 0, done.output
    held = everything(service, log)
    for word in ("10.1.2.3", "s3cret", "build-07", "/home/ann", "ann at", "of ann", "shop.ann"):
        assert word not in held, held[held.index(word) - 200 :][:400]
    assert "[user] at [host] ([address]) typed [redacted]" in held
    assert facts["attachments"] == {"uploaded": 4, "failed": 0, "skipped": 0}
    assert outcomes(service)[1] == "failed"


def test_without_it_texts_are_published_as_they_are(emulator, shop, junit, publish):
    service = emulator(shop)
    publish(service, junit(case("TC101", FAILED)), env=HOSTED)
    assert TOLD in json.dumps(service.state())


def test_files_stay_at_home(emulator, shop, junit, publish, tmp_path):
    service = emulator(shop)
    (tmp_path / "shot.png").write_bytes(b"\x89PNG\0")
    (tmp_path / "run.log").write_text("x")
    inside = f"{FAILED}<system-out>out\n[[ATTACHMENT|shot.png]]</system-out>"
    done, facts = publish(
        service,
        junit(case("TC101", inside)),
        *("--redact", "files", "--attach-output", "--run-files", "run.log"),
    )
    assert done.code == 0, done.output
    assert facts["attachments"]["uploaded"] == 0
    run = service.state()["runs"][0]
    assert (run["attachments"], run["results"][0]["attachments"]) == ([], [])


def test_pictures_go_as_they_are_and_a_text_too_large_to_be_redacted_stays(
    emulator, shop, junit, publish, tmp_path
):
    service = emulator(shop)
    (tmp_path / "shot.png").write_bytes(b"\x89PNG\0" + TOLD.encode())
    (tmp_path / "big.log").write_text("x" * (5 * 1024 * 1024 + 1))
    inside = f"{FAILED}<system-out>[[ATTACHMENT|shot.png]]\n[[ATTACHMENT|big.log]]</system-out>"
    done, facts = publish(service, junit(case("TC101", inside)), "--redact", "user")
    assert facts["attachments"]["failed"] == 1
    assert "attachment 'big.log' is left out: it has more than 5 MiB of text" in done.output
    names = [each["name"] for each in service.state()["runs"][0]["results"][0]["attachments"]]
    assert names == ["shot.png"]


def test_a_publish_that_is_put_off_keeps_it_out_of_its_journal_too(
    emulator, shop, junit, publish, cli, config, tmp_path
):
    log = tmp_path / "sent.jsonl"
    service = emulator(shop, exchange_log=log)
    report = junit(case("TC101", FAILED), case("TC102"))
    done, _ = publish(service, report, *ALL, "--config", config, "--defer", env=HOSTED)
    assert done.code == 0, done.output
    done = cli("resume", env={"ADO_PUBLISHER_TOKEN": "demo-pat"})
    assert done.code == 0, done.output
    assert "[user] at [host] ([address]) typed [redacted]" in json.dumps(service.state())
    assert "10.1.2.3" not in everything(service, log)


def test_a_test_case_is_not_named_after_what_is_kept_out(emulator, shop, junit, publish):
    service = emulator(shop)
    report = junit(case("login of ann@example.com", classname="shop"), case("logout", classname="shop"))
    _, facts = publish(service, report, "--redact", "address", "--unmatched", "create")
    assert [each["status"] for each in facts["results"]] == ["unmatched", "matched"]
    assert "no test case was made: its name holds what is redacted" in facts["results"][0]["reason"]
    assert "ann@example.com" not in json.dumps(service.state())


@pytest.mark.parametrize("what", ["names", "host;user"])
def test_an_unknown_kind_is_told_with_the_known_ones(emulator, shop, junit, publish, what):
    done, _ = publish(emulator(shop), junit(case("TC101")), "--redact", what)
    assert done.code == 2
    assert "host, user, address, typed, files" in done.output
