"""Every setting, its default, and where its value came from.

A setting `section.key` is the environment variable ANBUDSLOTS_SECTION__KEY, or a line in DIR/settings.env
(the same names, `NAME=value`); the environment wins. Nothing else is read.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.errors import SettingsError

PREFIX = "ANBUDSLOTS_"
FILE_NAME = "settings.env"


class Section(BaseModel):
    """A group of settings; unknown keys are refused so that a misspelt one is seen."""

    model_config = ConfigDict(extra="forbid")


class TedSettings(Section):
    """TED, the EU's journal of tenders."""

    api_url: str = Field("https://api.ted.europa.eu/v3/notices/search", description="Search API v3")
    notice_url: str = Field("https://ted.europa.eu/en/notice/{number}/xml", description="a notice's XML")
    calendar_url: str = Field(
        "https://ted.europa.eu/en/release-calendar/-/download/file/CSV/{year}",
        description="calendar of OJ S issues, for daily packages",
    )
    package_url: str = Field(
        "https://ted.europa.eu/packages/daily/{issue}", description="daily package of an issue: year, five digits"
    )
    query: str = Field("buyer-country = SWE", description="expert query, joined with the window of dates")
    page_size: int = Field(250, ge=1, le=250, description="notices a page; 250 is the API's most")
    overlap_days: int = Field(3, ge=0, le=60, description="days read again before the last complete window")


class KommersannonsSettings(Section):
    """KommersAnnons.se; its spider starts only with a recorded permission."""

    url: str = Field("https://www.kommersannons.se", description="the portal, without a slash at the end")


class CrawlerSettings(Section):
    """How spiders behave."""

    contact: str = Field("", description="address or e-mail in the user agent; a crawl without it refuses to start")
    delay_seconds: float = Field(0.5, ge=0, description="pause between requests to one host")
    concurrency: int = Field(4, ge=1, le=16, description="requests at once to one host")
    retries: int = Field(8, ge=0, le=20, description="attempts after a failed request")
    timeout_seconds: int = Field(60, ge=1, description="for one answer")
    retry_after_seconds: float = Field(30, ge=0, description="pause after 429 when the server names none")
    window_restarts: int = Field(40, ge=0, le=100, description="how often one window is walked again when it shifts")
    max_bytes: int = Field(50_000_000, ge=1000, description="largest answer that is read")


class DocumentSettings(Section):
    """How far a notice's files are read."""

    max_bytes: int = Field(100_000_000, ge=1000, description="largest file that is read")
    max_pages: int = Field(2000, ge=1, description="pages of a PDF that are read")
    seconds: float = Field(60, gt=0, description="for the pages of one PDF in all; each call is bounded by itself")
    ocr_page_seconds: float = Field(30, gt=0, description="for OCR of one page, where Tesseract is installed")
    ocr_seconds: float = Field(300, ge=0, description="for OCR of one file in all; 0 for no OCR")
    archive_seconds: float = Field(1800, gt=0, description="for the files of one zip in all")


class MailSettings(Section):
    """The mail server that letters go to."""

    host: str = Field("localhost", description="SMTP server")
    port: int = Field(25, ge=1, le=65535, description="SMTP port")
    security: Literal["none", "starttls", "tls"] = Field("none", description="none, starttls or tls")
    user: str = Field("", description="SMTP user, empty for none")
    password: SecretStr = Field(SecretStr(""), description="SMTP password")
    from_: str = Field("", alias="from", description="sender, `Name <address>`; digest send needs it")
    reply_to: str = Field("", description="where answers go, empty for the sender")
    bounce_address: str = Field("", description="where bounces go, as NAME+LETTER@domain; empty for the sender")
    unsubscribe_url: str = Field("", description="https address for one-click stop with {token} in it, or empty")
    timeout_seconds: int = Field(30, ge=1, description="for one SMTP exchange; three times that for a letter")
    uncertain: Literal["hold", "repeat", "verify"] = Field(
        "hold", description="a letter that may have gone out: hold for a person, repeat, or verify in the archive"
    )
    operator: str = Field("", description="where it is told that the sending pauses, empty for nobody")
    dkim_key: str = Field("", description="file of the private key (PEM) that signs letters, empty for none")
    dkim_selector: str = Field("anbudslots", description="DKIM selector: the key's name in DNS")

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ImapSettings(Section):
    """A mailbox over IMAP."""

    host: str = Field("", description="IMAP server, empty for none")
    port: int = Field(993, ge=1, le=65535, description="IMAP port")
    security: Literal["tls", "starttls", "none"] = Field("tls", description="tls, starttls; none only on loopback")
    ca_file: str = Field("", description="certificate of the authority behind a server of one's own, or empty")
    user: str = Field("", description="IMAP user")
    password: SecretStr = Field(SecretStr(""), description="IMAP password")
    folder: str = Field("INBOX", description="folder that is read")
    timeout_seconds: int = Field(60, ge=1, description="for one IMAP exchange")


class ArchiveSettings(ImapSettings):
    """The mailbox that gets a copy of each letter, for mail.uncertain = verify: over IMAP, or a Maildir."""

    address: str = Field("", description="copied on each letter; empty where the mail server itself copies")
    maildir: str = Field("", description="folder of a Maildir, or empty for IMAP")
    wait_seconds: float = Field(1800, ge=0, description="after which a letter not found there has not gone out")


class MailboxSettings(ImapSettings):
    """The mailbox that portals' alert mails are forwarded to."""

    senders: str = Field(
        "", description="addresses or @domains whose mails are taken, parted by commas: forwarders, or the portals"
    )


class AnswersSettings(ImapSettings):
    """The mailbox that answers to letters and bounces come to (mail.reply_to and mail.bounce_address)."""


class ModelSettings(Section):
    """The embedding model."""

    name: str = Field("bundled", description="`bundled` (multilingual-e5-small), a folder, or a hub name")
    batch_size: int = Field(32, ge=1, description="texts encoded at once")
    max_tokens: int = Field(256, ge=16, le=8192, description="longer passages are cut into overlapping ones")


class MatcherSettings(Section):
    """How matches are kept."""

    keep: int = Field(1000, ge=1, description="matches kept per enterprise and kind (open, closed)")


class DigestSettings(Section):
    """The weekly letter."""

    max_lots: int = Field(5, ge=1, le=20, description="most lots in one letter")
    floor: float = Field(0.5, ge=0, le=1, description="lowest score that is sent")
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = Field(
        "mon", description="weekday of letters, where the enterprise has not chosen one"
    )
    hour: int = Field(7, ge=0, le=23, description="local hour of letters, where the enterprise has not chosen one")
    timezone: str = Field("Europe/Stockholm", description="zone of all local times")
    most_a_day: int = Field(1000, ge=1, description="letters in 24 hours above which the sending pauses")
    canary: int = Field(10, ge=1, description="letters of a run that go first, before their answers are looked at")
    partial_crawl_hours: float = Field(
        24, ge=0, description="how long letters wait for a whole crawl, then go and say so; 0: until a person decides"
    )


class ScheduleSettings(Section):
    """The clock: `anbudslots schedule`."""

    crawl_hour: int = Field(4, ge=0, le=23, description="local hour of the daily crawl, with matching after it")
    tick_minutes: int = Field(10, ge=1, le=30, description="how often it is looked for letters that are due")
    lease_seconds: int = Field(120, ge=2, description="after which another scheduler takes over from a silent one")


class ServeSettings(Section):
    """The pages."""

    host: str = Field("127.0.0.1", description="address the pages are bound to; beyond loopback with public_url only")
    port: int = Field(8765, ge=0, le=65535, description="port, 0 for any free one")
    public_url: str = Field("", description="address of the pages as readers know it, https://...; empty for none")
    secret: SecretStr = Field(SecretStr(""), description="signs links and sessions; empty for the data folder's own")
    session_days: int = Field(14, ge=1, le=90, description="how long one stays signed in")


class Settings(BaseSettings):
    """All sections. Built by `load`, which knows the data folder's file."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="ignore")

    ted: TedSettings = Field(default_factory=TedSettings)
    kommersannons: KommersannonsSettings = Field(default_factory=KommersannonsSettings)
    crawler: CrawlerSettings = Field(default_factory=CrawlerSettings)
    documents: DocumentSettings = Field(default_factory=DocumentSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    mailbox: MailboxSettings = Field(default_factory=MailboxSettings)
    answers: AnswersSettings = Field(default_factory=AnswersSettings)
    model: ModelSettings = Field(default_factory=ModelSettings)
    matcher: MatcherSettings = Field(default_factory=MatcherSettings)
    digest: DigestSettings = Field(default_factory=DigestSettings)
    archive: ArchiveSettings = Field(default_factory=ArchiveSettings)
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)
    serve: ServeSettings = Field(default_factory=ServeSettings)


def load(data: Path | None = None) -> Settings:
    """Settings from the environment, then from `data`/settings.env, then the defaults.

    Raises SettingsError naming each wrong setting as the variable that the operator would change.
    """
    env_file = data / FILE_NAME if data is not None and (data / FILE_NAME).is_file() else None
    try:
        return Settings(_env_file=env_file, _env_file_encoding="utf-8")
    except ValidationError as error:
        wrong = [f"{variable(*map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise SettingsError("Wrong settings. " + "; ".join(wrong)) from None


def variable(*path: str) -> str:
    """The environment variable of a setting: variable("ted", "api_url") == "ANBUDSLOTS_TED__API_URL"."""
    return PREFIX + "__".join(part.upper().removesuffix("_") for part in path)


def listing(settings: Settings, environ: dict[str, str], data: Path | None) -> Iterator[tuple[str, str, str, str]]:
    """Yield (variable, value, where it came from, description) of each setting; secrets as stars."""
    file_names: set[str] = set()
    if data is not None and (data / FILE_NAME).is_file():
        lines = (data / FILE_NAME).read_text(encoding="utf-8").splitlines()
        file_names = {line.split("=", 1)[0].strip().upper() for line in lines if "=" in line}
    set_names = {name.upper() for name in environ}
    for section in type(settings).model_fields:
        group: Section = getattr(settings, section)
        for key, field in type(group).model_fields.items():
            name = variable(section, key)
            value = getattr(group, key)
            shown = str(value) if not isinstance(value, SecretStr) else "*" * bool(value.get_secret_value()) * 8
            source = "environment" if name in set_names else FILE_NAME if name in file_names else "default"
            yield name, shown, source, field.description or ""
