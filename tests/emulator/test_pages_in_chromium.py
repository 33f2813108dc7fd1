"""The pages in a real browser: they are drawn, nothing is blocked by their own policy, they fit a phone."""

import html
import re
import subprocess

import pytest
import requests
from support.emulator_pages import addresses, publish, rich_seed

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--enable-logging=stderr",
)
# Pages in frames of a phone's width; the script around them is the only one, and measures.
FRAME = '<iframe width="400" height="900" id="{name}" srcdoc="{page}"></iframe>'
MEASURE = """<script>
onload = () => { for (const frame of document.querySelectorAll("iframe")) {
const page = frame.contentDocument.documentElement;
document.body.append("[" + frame.id + ": " + page.clientWidth + " needs " + page.scrollWidth + "]"); } };
</script>"""


@pytest.fixture(scope="module")
def chromium(tool, tmp_path_factory):
    """`chromium(*arguments)` runs the browser and returns what it printed and what it complained of."""
    program = tool("chromium")
    profile = tmp_path_factory.mktemp("chromium")

    def run(*arguments):
        done = subprocess.run(
            [program, *FLAGS, f"--user-data-dir={profile}", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]

    return run


@pytest.fixture
def pages(start):
    service = start(rich_seed())
    return addresses(service, publish(service))


def test_the_way_from_the_plan_to_the_result_is_drawn(chromium, pages):
    dom, complaints = chromium("--dump-dom", pages["plan"])
    assert complaints == []
    point = html.unescape(re.search(r'href="([^"]+contextPointId=1)"', dom).group(1))
    dom, complaints = chromium("--dump-dom", point)
    assert complaints == []
    result = html.unescape(re.search(r'href="([^"]+_a=resultSummary&amp;resultId=100000)"', dom).group(1))
    dom, complaints = chromium("--dump-dom", result)
    assert complaints == []
    assert "Attempt# 1" in dom
    assert "<script" not in dom


def test_a_screenshot_has_the_colours_of_the_outcomes(chromium, pages, tmp_path):
    picture = tmp_path / "result.png"
    _, complaints = chromium("--window-size=1100,1400", f"--screenshot={picture}", pages["result"])
    assert complaints == []
    assert picture.read_bytes().startswith(b"\x89PNG")
    plain = tmp_path / "plain.png"
    chromium("--window-size=1100,1400", f"--screenshot={plain}", "data:text/html,nothing")
    assert picture.stat().st_size > 5 * plain.stat().st_size


def test_every_page_fits_the_width_of_a_phone(chromium, pages, tmp_path):
    frames = "".join(
        FRAME.format(name=name, page=html.escape(requests.get(address, timeout=9).text))
        for name, address in pages.items()
    )
    phone = tmp_path / "phone.html"
    phone.write_text(f"<body>{frames}{MEASURE}", encoding="utf-8")
    dom, _ = chromium("--dump-dom", phone.as_uri())
    found = {
        name: (int(has), int(needs))
        for name, has, needs in re.findall(r"\[([\w ]+): (\d+) needs (\d+)\]", dom)
    }
    assert found == dict.fromkeys(pages, (400, 400))
