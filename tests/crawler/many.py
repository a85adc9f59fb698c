"""Many invented notices, each another procurement, and the real program that crawls them from the stand-in."""

import re
import subprocess
import sys
from pathlib import Path

from crawler.standin import StandIn
from tests.conftest import ROOT, guarded_environment

DAYS = ("2026-11-16", "2026-11-17", "2026-11-18")


def notices(count: int, days: int = 3) -> list[bytes]:
    """eForms XML of `count` notices numbered from 991000-2026, in turn of the first `days` days."""
    model = (ROOT / "config" / "examples" / "notices" / "990001-2026.xml").read_bytes()
    made = []
    for number in range(count):
        data = model.replace(b">990001-2026<", f">{991000 + number}-2026<".encode())
        data = re.sub(rb"(<cbc:ContractFolderID>)[^<]*", rb"\g<1>procedure-%d" % number, data)
        data = re.sub(rb'(schemeName="notice-id">)[^<]*', rb"\g<1>notice-%d" % number, data)
        day = DAYS[number % days].encode()
        made.append(data.replace(b"<efbc:PublicationDate>2026-11-17", b"<efbc:PublicationDate>" + day))
    return made


def crawl(ted: StandIn, folder: Path, *more: str) -> subprocess.Popen[str]:
    """`anbudslots crawl ted` of all the days, as a process of its own that can't reach beyond loopback."""
    environment = guarded_environment(
        folder.with_suffix(".log"), **ted.environment, ANBUDSLOTS_CRAWLER__CONTACT="https://example.org/us"
    )
    program = [sys.executable, "-m", "anbudslots", "--data", str(folder), "--now", "2026-11-24T08:00"]
    command = [*program, "crawl", "ted", "--since", DAYS[0], "--until", DAYS[-1], *more]
    return subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
