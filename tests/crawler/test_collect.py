"""All sources at once: each spider has its dossier and its pace, and no code asks where none may."""

import importlib
import pkgutil
from datetime import date

import pytest
from scrapy.settings import Settings as ScrapySettings

from config import sources
from config.errors import SettingsError, SourceRefusedError
from config.settings import CrawlerSettings, KommersannonsSettings, Settings, TedSettings
from crawler import collect, spiders
from crawler.spiders.base import BaseSpider
from register import permissions
from register.database import Register
from tests.conftest import NOW, ROOT

OURS = CrawlerSettings(contact="https://example.org/us")


def modules() -> dict[str, type[BaseSpider]]:
    """Every spider that any module of crawler/spiders defines, by name."""
    found: dict[str, type[BaseSpider]] = {}
    for info in pkgutil.iter_modules(spiders.__path__):
        module = importlib.import_module(f"crawler.spiders.{info.name}")
        own = [cls for cls in vars(module).values() if isinstance(cls, type) and cls.__module__ == module.__name__]
        found |= {cls.name: cls for cls in own if issubclass(cls, BaseSpider) and getattr(cls, "name", None)}
    return found


def test_every_spider_has_a_dossier_that_could_allow_it_and_a_pace() -> None:
    assert modules() == collect.SPIDERS
    for name, spider in modules().items():
        dossier = sources.load()[name]
        assert dossier.status in ("enabled", "needs_permission")
        assert dossier.politeness is not None
        assert (ROOT / dossier.evidence).is_file()
        # The dossier tells the very addresses that the spider asks by default.
        hosts = {address.split("/")[2] for address in dossier.addresses}
        assert {address.split("/")[2] for address in spider.servers(Settings())} <= hosts


@pytest.mark.parametrize("name", sorted(collect.SPIDERS))
def test_every_spider_is_crawled_against_a_stand_in(name: str) -> None:
    tests = [file.read_text(encoding="utf-8") for file in (ROOT / "tests" / "crawler").glob("test_*.py")]
    assert any(f'"{name}"' in text and ("Loopback(" in text or "StandIn(" in text) for text in tests)


@pytest.mark.parametrize("name", [name for name, own in sources.load().items() if own.status == "never"])
def test_what_is_never_crawled_has_no_spider_and_its_address_is_in_none(name: str) -> None:
    assert name not in modules()
    hosts = [address.split("/")[2].removeprefix("www.") for address in sources.load()[name].addresses]
    for file in [*(ROOT / "crawler" / "spiders").glob("*.py"), ROOT / "config" / "settings.py"]:
        assert name.replace("-", "_") != file.stem
        assert not any(host in file.read_text(encoding="utf-8") for host in hosts), file


def test_the_gate(register: Register) -> None:
    settings = Settings(crawler=OURS)
    collect.check("ted", register, settings, NOW)
    with pytest.raises(SettingsError, match="ANBUDSLOTS_CRAWLER__CONTACT"):
        collect.check("ted", register, Settings(), NOW)
    with pytest.raises(SourceRefusedError, match=r"dossier of e-avrop in config/sources\.yaml says 'never'"):
        collect.check("e-avrop", register, settings, NOW)
    with pytest.raises(SourceRefusedError, match="says 'needs_permission'"):
        collect.check("kommersannons", register, settings, NOW)
    for source in ("kommersannons", "e-avrop", "uhm"):
        until = date(2026, 12, 31)
        permissions.record(register, source, by="Asta A", reference="brev 99", until=until, at=NOW)
    collect.check("kommersannons", register, settings, NOW)
    # Not even a permission that got into the register opens what is never crawled, or imported only.
    for source in ("e-avrop", "uhm"):
        with pytest.raises(SourceRefusedError):
            collect.check(source, register, settings, NOW)


def test_an_operator_may_be_gentler_than_the_dossier_never_ruder() -> None:
    own = sources.load()["kommersannons"].politeness
    assert own is not None
    assert collect.pace("kommersannons", Settings()) == (own.delay_seconds, own.concurrency)
    rude = Settings(crawler=CrawlerSettings(delay_seconds=0, concurrency=16))
    assert collect.pace("kommersannons", rude) == (own.delay_seconds, own.concurrency)
    gentle = Settings(crawler=CrawlerSettings(delay_seconds=9, concurrency=1))
    assert collect.pace("ted", gentle) == (9, 1)


def test_the_pace_is_what_scrapy_is_told() -> None:
    told = collect.scrapy_settings("kommersannons", Settings(crawler=OURS))
    assert (told["DOWNLOAD_DELAY"], told["CONCURRENT_REQUESTS"], told["CONCURRENT_REQUESTS_PER_DOMAIN"]) == (2, 1, 1)
    assert told["ROBOTSTXT_OBEY"] is True


def test_no_other_program_can_run_code_within_a_crawl() -> None:
    told = collect.scrapy_settings("ted", Settings(crawler=OURS))
    enabled = ScrapySettings(told).getwithbase("EXTENSIONS")
    loaded = [name for name, order in enabled.items() if order is not None]
    assert not [name for name in loaded if "remote" in name or "telnet" in name]
    assert (told["REMOTE_CONTROL_ENABLED"], told["TELNETCONSOLE_ENABLED"]) == (False, False)


def test_a_server_of_ones_own_needs_no_pause_if_all_are() -> None:
    own = Settings(kommersannons=KommersannonsSettings(url="http://127.0.0.1:9"))
    assert collect.scrapy_settings("kommersannons", own)["DOWNLOAD_DELAY"] == 0
    # One of TED's servers is the real one: the pause stays.
    half = Settings(ted=TedSettings(api_url="http://127.0.0.1:9/search"))
    assert collect.is_own("ted", half) is collect.is_own("ted-packages", half) is False
    assert collect.scrapy_settings("ted", half)["DOWNLOAD_DELAY"] > 0


def test_days_that_are_still_partial_are_walked_with_the_asked_ones() -> None:
    since, until = date(2026, 11, 20), date(2026, 11, 22)
    found = collect.days(since, until, ["2026-11-02", "2026-11-21", "TenderNotices"])
    assert [day.isoformat() for day in found] == ["2026-11-02", "2026-11-20", "2026-11-21", "2026-11-22"]
