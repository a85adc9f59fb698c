"""A thousand notices through a server that is bad in every way it knows; what is truly withheld is said to be."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crawler.standin import StandIn, Traps
from register import notices
from register.database import open_register
from tests.crawler import many

COUNT = 1000
SEEDS = (1, 2, 3, 4, 5)
WITHHELD = tuple(f"{991000 + number}-2026" for number in range(301, 331, 3))
"""Ten notices of the second day."""


def numbers(folder: Path) -> list[str]:
    register = open_register(folder)
    try:
        return sorted(row["publication_number"] for row in notices.listing(register))
    finally:
        register.close()


@pytest.fixture(scope="module")
def thousand() -> list[bytes]:
    return many.notices(COUNT)


def test_a_thousand_of_a_thousand_each_once_over_five_seeds(thousand: list[bytes], tmp_path: Path) -> None:
    def crawl(seed: int) -> tuple[int | None, str, str]:
        with StandIn(thousand, Traps(bad_share=0.17, seed=seed, page_cap=50 * seed)) as ted:
            process = many.crawl(ted, tmp_path / f"seed-{seed}")
            out, err = process.communicate(timeout=500)
            return process.returncode, out, err

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(crawl, SEEDS))
    for seed, (status, out, err) in zip(SEEDS, ended, strict=True):
        assert status == 0, out + err
        assert "complete; announced 1000, received 1000, new 1000" in out
        assert numbers(tmp_path / f"seed-{seed}") == [f"{991000 + number}-2026" for number in range(COUNT)]
        # Every fault that was met is named.
        assert out.count("Met and overcome: ") >= 8


def test_a_thousand_of_one_day_come_through_small_pages(tmp_path: Path) -> None:
    with StandIn(many.notices(COUNT, days=1), Traps(bad_share=0.17, seed=6, page_cap=20)) as ted:
        process = many.crawl(ted, tmp_path / "data", "--until", many.DAYS[0])
        out, err = process.communicate(timeout=500)
    assert process.returncode == 0, out + err
    assert "complete; announced 1000, received 1000, new 1000" in out
    assert len(numbers(tmp_path / "data")) == COUNT


def test_what_is_truly_withheld_makes_its_window_partial_by_name(thousand: list[bytes], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with StandIn(thousand, Traps(bad_share=0.05, withheld=frozenset(WITHHELD))) as ted:
        process = many.crawl(ted, folder)
        out, _ = process.communicate(timeout=500)
    assert process.returncode == 1
    assert "partial; announced 1000, received 990" in out
    assert "The window 2026-11-17 is partial: 323 of 333 announced notices came" in out
    assert "2026-11-16 is partial" not in out
    assert "2026-11-18 is partial" not in out
    assert len(numbers(folder)) == COUNT - len(WITHHELD)


def test_a_partial_window_is_tried_again_by_a_later_crawl_of_other_days(tmp_path: Path) -> None:
    few = many.notices(9)
    with StandIn(few, Traps(withheld=frozenset({"991000-2026"}))) as ted:
        process = many.crawl(ted, tmp_path / "data")
        process.communicate(timeout=120)
    assert process.returncode == 1
    with StandIn(few) as ted:
        process = many.crawl(ted, tmp_path / "data", "--since", "2026-11-20", "--until", "2026-11-20")
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "2026-11-20..2026-11-20: complete; announced 3, received 3, new 1, changed 0, unchanged 2" in out
    assert "windows that are partial: none" in out


def test_a_server_that_asks_for_a_long_pause_gets_it(tmp_path: Path) -> None:
    with StandIn(many.notices(30), Traps(first=("", "", "", "", "", "", "429"), retry_after="7200")) as ted:
        process = many.crawl(ted, tmp_path / "data")
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "asks for a pause of 7200 s, which is longer than a crawl waits" in out


def test_unchanged_notices_are_not_sent_again(tmp_path: Path) -> None:
    with StandIn(many.notices(9), Traps(etags=True)) as ted:
        for expected in ("new 9, changed 0, unchanged 0", "new 0, changed 0, unchanged 9"):
            process = many.crawl(ted, tmp_path / "data")
            out, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
            assert expected in out
        assert ted.not_modified == 9
