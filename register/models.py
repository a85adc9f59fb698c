"""The nouns of the field, as immutable typed models. BT and OPP numbers are eForms' own."""

import hashlib
import json
import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from config.errors import InputError

EXAMPLE_NUMBER = re.compile(r"^(?:99(?:\d{4}-\d{4}|-.*)|[a-z][a-z-]*-99(?:\d{8,}|0{6}-0000-).*)$")
"""Invented notices are numbered 99nnnn-YYYY, invented enterprises 99-..., and a portal's invented notices
<portal>-99nnnnnnnn: ten digits or more, where the portals' own numbers end at 2147483647, or a UUID that begins with
99000000-0000.
"""

OPEN_ENDED_YEAR = 2040
"""Deadlines this far ahead are how TED writes "open until further notice" (2049 occurs)."""

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean_text(value: Any) -> Any:
    """Drop control and bidirectional override characters, which have no place in a tender's text."""
    return CONTROL.sub("", value).strip() if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(clean_text)]


class Noun(BaseModel):
    """A value: immutable, compared by content, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def fingerprint(self) -> str:
        """SHA-256 of the content, the same for equal content; no fetch time is ever part of a noun."""
        data = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(data.encode()).hexdigest()


class Money(Noun):
    """An amount as stated by the buyer; a withheld or zero amount is no Money but None."""

    amount: float = Field(gt=0)
    currency: str = "SEK"


class Place(Noun):
    """A place of performance (BT-5071 NUTS, BT-5131 city, BT-728 description)."""

    nuts: Text | None = None
    city: Text | None = None
    country: Text | None = None
    description: Text | None = None


class Codes(Noun):
    """What the notice says of social aims in codes, per lot. None: the field is not in the notice."""

    reserved_participation: str | None = None
    """BT-71: none, res-ws, res-pub-ser."""
    reserved_execution: str | None = None
    """BT-736: yes, no, not-known."""
    strategic: tuple[str, ...] = ()
    """BT-06: soc-obj, env-imp, inn-pur, none."""
    social_objectives: tuple[str, ...] = ()
    """BT-775: opp, work-cond, hum-right, gen-eq, et-eq, acc-all, other."""
    accessibility: str | None = None
    """BT-754: inc, n-inc, n-inc-just."""
    sme_suitable: bool | None = None
    """BT-726."""
    variants: str | None = None
    """BT-63: allowed, not-allowed, required."""
    framework: str | None = None
    """BT-765."""
    dynamic_purchasing: str | None = None
    """BT-766; none or None: no such system."""


class AwardCriterion(Noun):
    """BT-539 type (price, quality, cost), BT-734 name, BT-540 description."""

    type: Text | None = None
    name: Text | None = None
    description: Text | None = None


WHOLE_LOT = "LOT-0000"
"""The id of a lot that stands for a whole procurement."""


ASSUMED_MONTHS = 36
"""Duration where none is given: a common length of Swedish municipal contracts, options left out. Signals, letters and
figures all reckon by it, so that they agree.
"""


class Lot(Noun):
    """One lot (anbudsområde, del): the unit of matching and of flags. A notice without lots has one, WHOLE_LOT."""

    id: Text
    title: Text
    description: Text = ""
    nature: str | None = None
    """BT-23: services, supplies, works."""
    cpv: tuple[str, ...] = ()
    """BT-262 and 263, main code first, eight digits."""
    places: tuple[Place, ...] = ()
    value: Money | None = None
    """BT-27 of the lot, over the whole duration, excl. VAT."""
    duration_months: float | None = None
    """BT-36, or reckoned from BT-536 and 537."""
    start: date | None = None
    end: date | None = None
    deadline: AwareDatetime | None = None
    """BT-131, or BT-1311 where only requests to participate are due."""
    open_ended: bool = False
    """A dynamic purchasing system, or a deadline in OPEN_ENDED_YEAR or later."""
    question_deadline: date | None = None
    """BT-13."""
    codes: Codes = Codes()
    performance_terms: tuple[Text, ...] = ()
    """BT-70."""
    selection_criteria: tuple[Text, ...] = ()
    """BT-750."""
    award_criteria: tuple[AwardCriterion, ...] = ()
    strategic_description: Text = ""
    """BT-777."""
    notes: tuple[Text, ...] = ()
    """BT-300."""
    documents_url: Text | None = None
    """BT-15."""


class Buyer(Noun):
    """BT-500 name, BT-501 organisation number (ten digits without dash for Swedish ones), BT-513 city, BT-507 NUTS."""

    name: Text
    org_number: Text | None = None
    city: Text | None = None
    nuts: Text | None = None


class Notice(Noun):
    """One published notice with its lots. Its key is the publication number (OPP-010, or the source's own)."""

    publication_number: Text = Field(min_length=1)
    origin: Text
    """ted, uhm, or another source of config/sources.yaml."""
    form_type: str
    """BT-03: planning, competition, result, change, dir-awa-pre, cont-modif, consultation, completion."""
    notice_type: str = ""
    """BT-02, for example cn-standard."""
    subtype: str = ""
    """OPP-070."""
    procedure_id: str | None = None
    """BT-04: the key of one procurement through its notices."""
    notice_id: str | None = None
    """BT-701."""
    version: str | None = None
    """BT-757."""
    changes_notice: str | None = None
    """BT-758: `<notice-id>-<version>` of the notice that this one changes."""
    change_reason: str | None = None
    """BT-140; `cancel` closes."""
    change_description: Text = ""
    """BT-141."""
    legal_basis: str | None = None
    """BT-01, for example 32014L0024."""
    procedure: str | None = None
    """BT-105: open, restricted, neg-w-call, ..."""
    language: str = "sv"
    """BT-702 as ISO 639-1."""
    title: Text
    description: Text = ""
    buyer: Buyer
    """The first, where several buy together."""
    joint_buyers: tuple[Buyer, ...] = ()
    """The others that buy together with it."""
    nature: str | None = None
    cpv: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    value: Money | None = None
    """BT-27 of the procedure."""
    published: date | None = None
    """OPP-012."""
    closed: bool = False
    """No bids are taken whatever the date: history (uhm), results, cancelled."""
    flags: tuple[str, ...] = ()
    """What a source says in its own yes/no columns (uhm: reserved, reserved-execution, social)."""
    reading: Literal["full", "short", "alert"] = "full"
    """How much has been read: the whole notice, a search's short form, or only a portal's alert ("bara aviseringen är
    läst").
    """
    link: Text = ""
    """The original where it is not TED's: the portal's own page."""
    lots: tuple[Lot, ...] = Field(min_length=1)

    @property
    def is_example(self) -> bool:
        """Invented for demonstration: numbered 99nnnn-YYYY, and shown as an example everywhere."""
        return bool(EXAMPLE_NUMBER.match(self.publication_number))

    def is_open(self, now: datetime) -> bool:
        """Whether some lot still takes bids at `now`."""
        return any(self.lot_is_open(lot, now) for lot in self.lots)

    def titled(self, lot: Lot) -> str:
        """The notice's title, with the lot's own behind it where that says something else."""
        return self.title if lot.title in ("", self.title) else f"{self.title}: {lot.title}"

    def lot_is_open(self, lot: Lot, now: datetime) -> bool:
        """Whether `lot` still takes bids at `now`; a lot without a deadline in an open form counts as open."""
        if self.closed or self.form_type not in OPEN_FORMS:
            return False
        return lot.open_ended or lot.deadline is None or lot.deadline > now


OPEN_FORMS = frozenset({"competition", "planning", "consultation", "change"})
"""Form types (BT-03) that may lead to bids; results, modifications and completions never do."""


def cpv_code(value: Any) -> Any:
    """Eight digits: a check digit is dropped ("90910000-9"), a zero that a spreadsheet ate is put back."""
    text = str(value).strip()
    return text.split("-")[0].zfill(8) if re.fullmatch(r"\d{7,8}(-\d)?", text) else value


def county_code(value: Any) -> Any:
    """Two digits: a zero that a spreadsheet ate is put back."""
    text = str(value).strip()
    return text.zfill(2) if re.fullmatch(r"\d{1,2}", text) else value


CountyCode = Annotated[str, BeforeValidator(county_code), BeforeValidator(clean_text)]


class Reach(Noun):
    """Where the enterprise works: municipalities by name, counties by two-digit SCB code, or the whole country."""

    municipalities: tuple[Text, ...] = ()
    counties: tuple[CountyCode, ...] = ()
    nationwide: bool = False


class Capacity(Noun):
    """How much the enterprise can take on."""

    occupied: int | None = Field(None, ge=0)
    employed: int | None = Field(None, ge=0)
    largest_contract_sek_per_year: float | None = Field(None, ge=0)


class Eligibility(Noun):
    """What the enterprise says of itself. Never a claim that it may bid: the buyer decides."""

    share_target_group_percent: float | None = Field(None, ge=0, le=100)
    idea_driven_register: Literal["yes", "no", "unknown"] = "unknown"


class Cooperation(Noun):
    """With whom and how the enterprise would work."""

    joint_bids: bool = False
    subcontract: bool = False


_PART = r"[^@\s<>\"',;:\\()\[\]]+"
EMAIL = re.compile(rf"^{_PART}@(?:localhost|{_PART}\.[^@\s<>\"',;:\\()\[\].]+)$")


def valid_email(value: Any) -> Any:
    """One plain address without display name, quotes or line breaks (nothing that could inject a header)."""
    if isinstance(value, str) and not EMAIL.match(value.strip()):
        raise ValueError("not a plain e-mail address such as info@example.org")
    return value.strip() if isinstance(value, str) else value


class Contact(Noun):
    """Role address preferred (info@...)."""

    email: Annotated[str, BeforeValidator(valid_email)] | None = None
    language: Literal["sv", "en"] = "sv"


class Away(Noun):
    """Days on which an enterprise is closed, first and last included: no letter comes."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> "Away":
        if self.last < self.first:
            raise ValueError("the last day away lies before the first")
        return self


class DigestChoice(Noun):
    """When the letter comes and what it holds."""

    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] | None = None
    """None: as the settings say."""
    hour: int | None = Field(None, ge=0, le=23)
    """Local; None: as the settings say."""
    include: tuple[Literal["open", "reserved", "subcontract", "planned"], ...] = ("open", "reserved")
    level: Literal["plain", "easy"] = "plain"
    """easy: lättläst."""
    empty_week: Literal["quiet", "sign", "always"] = "sign"
    """Where there is nothing to tell: never a letter, a sign of life after three silent weeks, or one each week."""
    approval: bool = True
    """Whether an adviser who cares for the enterprise looks at each letter before it goes."""
    most: int | None = Field(None, ge=1, le=20)
    """Most new tenders in one letter; None: as the settings say."""
    away: tuple[Away, ...] = Field((), max_length=20)
    """Holidays."""

    def is_away(self, day: date) -> bool:
        """Whether the enterprise is closed on a day."""
        return any(one.first <= day <= one.last for one in self.away)


class Enterprise(Noun):
    """A work-integration social enterprise (ASF), or a unit of one, in its own words."""

    id: Text = Field(min_length=1)
    name: Text = Field(min_length=1)
    legal_form: Text = ""
    municipality: Text = Field(min_length=1)
    county: CountyCode = ""
    about: Text = ""
    capabilities: tuple[Text, ...] = ()
    could_start: tuple[Text, ...] = ()
    never: tuple[Text, ...] = ()
    cpv: tuple[Annotated[str, Field(pattern=r"^\d{8}$"), BeforeValidator(cpv_code)], ...] = ()
    reach: Reach = Reach()
    capacity: Capacity = Capacity()
    eligibility: Eligibility = Eligibility()
    cooperation: Cooperation = Cooperation()
    contact: Contact = Contact()
    digest: DigestChoice = DigestChoice()

    @property
    def is_example(self) -> bool:
        """Invented for demonstration: its id begins with 99-."""
        return bool(EXAMPLE_NUMBER.match(self.id))


Polarity = Literal["affirmed", "possible", "negated"]
Effect = Literal["opens", "helps", "partner", "duty", "object", "info"]
NumberKind = Literal["places", "percent", "hours", "money", "duration", "fine", "points", "date"]


class Number(Noun):
    """A number that a finding's sentence names, for example two places or a fine of 25 000 SEK.

    Offsets count Unicode code points of the finding's text.
    """

    kind: NumberKind
    value: float | date
    """A date for the kind date, else a number of `unit`."""
    upto: float | None = None
    """The other end of a range such as 2–4; None where it is one number."""
    unit: str = ""
    """platser, personer, %, timmar, SEK, prisbasbelopp, månader, år, ...; empty for a date."""
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str
    """The words of the number and its unit: text[start:end]."""


class Finding(Noun):
    """A social clause found in one text, with its evidence. Offsets count Unicode code points of that text."""

    clause: str
    """One of the 14 codes: the names of the files in config/clauses."""
    polarity: Polarity
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str
    """text[start:end]."""
    legal_basis: str
    rule: str
    """`id@version` of the rule that fired."""
    confidence: float = Field(ge=0, le=1)
    effect: Effect
    force: str = ""
    """ska, bör, poäng, kan, planeras, upplyses; empty where the text does not say."""
    field: str = ""
    """Which text: a BT number such as BT-24-Lot, or `document-` and a SHA-256's beginning; empty for a bare text."""
    document: str = ""
    """Name of the file in which it stands; empty for the notice itself."""
    page: int | None = Field(None, ge=1)
    """Of that file, where it has pages."""
    lot: str = ""
    """Lot id; empty: the whole procurement."""
    section: str = ""
    """Section number in the text, for example 5.3."""
    witness: Literal["both", "code only", "text only", "conflict", ""] = ""
    """Whether eForms code and text agree; empty where no code could speak."""
    numbers: tuple[Number, ...] = ()
    """How many, how long, how much: in the order of the quote, within which they stand."""

    @property
    def flags(self) -> bool:
        """Whether it counts: affirmed and possible do, negated does not."""
        return self.polarity != "negated"


class Signal(Noun):
    """One part of a score: `value` in 0..1 unless its function says otherwise, `detail` in the adviser's words."""

    name: str
    value: float
    detail: str = ""


class Reason(Noun):
    """Why it fits, or what to think of, in Swedish words that a manager understands."""

    kind: Literal["fits", "watch", "stops"]
    text: str
    ours: str = ""
    """The enterprise's own words, if the reason rests on them."""
    theirs: str = ""
    """The notice's words, verbatim."""


class Match(Noun):
    """How well one lot suits one enterprise."""

    enterprise: str
    notice: str
    lot: str
    score: float = Field(ge=0, le=1)
    probability: float | None = Field(None, ge=0, le=1)
    """How probable it is that a reader says "worth a look"; None where it was matched before that was told."""
    signals: tuple[Signal, ...] = ()
    reasons: tuple[Reason, ...] = ()
    ranker: str = ""
    """Version of the combination that made the score."""


NoReason = Literal["", "too_big", "too_far", "wrong_work", "no_time", "missing_permit"]


class Judgement(Noun):
    """What a person said of a match."""

    enterprise: str
    notice: str
    lot: str
    answer: Literal["yes", "maybe", "no"]
    reason: NoReason = ""
    """Why not; only with the answer no."""
    note: Text = ""
    who: Text = Field(min_length=1)
    score: float | None = None
    """Of the match when it was judged, and its place in the list (1 is the first): lists are believed from the top."""
    place: int | None = Field(None, ge=1)
    at: AwareDatetime

    @model_validator(mode="after")
    def _reason_of_a_no(self) -> "Judgement":
        if self.reason and self.answer != "no":
            raise ValueError("a reason goes with the answer no alone")
        return self


DeliveryState = Literal[
    "due", "sending", "accepted", "deferred", "failed", "uncertain", "bounced", "complained", "suppressed"
]
"""deferred: the server asked to wait; failed: it never will, or time ran out; uncertain: the letter's end went out and
no answer came; bounced, complained: after it was accepted; suppressed: the address was stopped before it went.
"""
DeliveryKind = Literal["weekly", "adviser", "municipality", "confirmation", "operator"]


class Delivery(Noun):
    """One letter to one recipient for one period, frozen before it is sent."""

    message_id: str
    kind: DeliveryKind = "weekly"
    enterprise: str
    """Empty for a letter that is for no enterprise."""
    recipient: str
    period: str
    """ISO week, for example 2026-W48; of other kinds than weekly what makes one letter of it, such as a month."""
    state: DeliveryState
    subject: str
    attempts: int = 0
    answer: str = ""
    """What the mail server said."""
    lots: tuple[tuple[str, str], ...] = ()
    """(publication number, lot id) of each lot in the letter."""
    created: AwareDatetime
    changed: AwareDatetime
    next_attempt: AwareDatetime | None = None
    """Of a deferred letter: not before this."""


PartKind = Literal["heading", "paragraph", "row", "item", "toc", "note", "header", "footer"]
"""row: of a table, cells parted by " | "; item: of a list; toc: a line of the table of contents; header, footer: what
stands at the top or bottom of pages.
"""


class Part(Noun):
    """One heading, paragraph, table row or the like of a document, in reading order."""

    page: int | None = Field(None, ge=1)
    """Page from 1, or a workbook's sheet; None where the format has no pages."""
    paragraph: int = Field(ge=0)
    """Place from 1 within the page, or the document where it has none; a workbook's row (0: the sheet's name)."""
    kind: PartKind
    text: Text = Field(min_length=1)
    language: str = ""
    """ISO 639-1 where the part is long enough to tell, else empty."""
    ocr: bool = False
    """Recognised from a picture: letters may be wrong."""


class Document(Noun):
    """One file of a notice's procurement documents (underlag), and how far it has been read."""

    publication_number: str
    sha256: str
    """Of its bytes, which the raw archive keeps."""
    name: str
    """As it was given; a member of a zip is `archive.zip:member.pdf`."""
    media_type: str
    bytes: int = Field(ge=0)
    language: str = ""
    """ISO 639-1 of most of its text; empty for none."""
    pages: int | None = None
    status: Literal["read", "partial", "unread"]
    note: str = ""
    """In Swedish: what has not been read, why, and what to do; empty where all is read."""
    reader: str
    """Version of the reading; another one reads the file again."""
    added: AwareDatetime


class Award(Noun):
    """What one supplier was contracted for on one lot of a procurement, as UHM's award statistics have it.

    How many bids there were, and for what value, is not in them.
    """

    procurement: Text = Field(min_length=1)
    """The portal's id (Upphandlings-ID), by which the procurement's own notice is known too."""
    lot: Text
    """Anbudsområdes-ID."""
    title: Text
    buyer: Buyer
    cpv: str = ""
    """Eight digits; empty where it is not told."""
    published: date
    """When the procurement was advertised, not when it was decided."""
    framework: bool
    """A framework agreement: its suppliers share what is called off."""
    supplier: Text = ""
    """Empty for a sole trader, whose name the statistics hide."""
    number: int = Field(0, ge=0)
    """Tells hidden suppliers of one lot apart: 0, 1, ..."""
    size: Text = ""
    """The supplier's, in UHM's words: Mikroföretag, Små företag, ..."""
    legal_form: Text = ""
    """The supplier's, in UHM's words."""
    contracts: int = Field(ge=1)
    """Contracted tenders (Antal kontrakterade anbud): mostly one."""

    @property
    def id(self) -> str:
        """What it is of: the same row in a later export has the same."""
        key = [self.procurement, self.lot, self.buyer.org_number or self.buyer.name, self.supplier, str(self.number)]
        return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]


class SetAside(Noun):
    """An item that could not be used, and why. Nothing is lost silently."""

    item: str
    field: str | None = None
    reason: str

    @classmethod
    def of(cls, error: InputError) -> "SetAside":
        """The item that an error is about, as it is listed."""
        return cls(item=error.item, field=error.field, reason=error.reason)


class Window(Noun):
    """A part in which a source is read: a day (2026-11-24), a package, a whole list; as it was last walked."""

    source: str
    window: str
    announced: int = Field(ge=0)
    received: int = Field(ge=0)
    """Of the announced ones, how many are in the register or set aside with a reason."""
    status: Literal["complete", "partial"]
    problem: str = ""
    """Why it is partial, in plain words."""
    run: int
    at: AwareDatetime


class Run(Noun):
    """One run of a source or a step: what was announced, what came in, what is missing."""

    id: int | None = None
    source: str
    started: AwareDatetime
    ended: AwareDatetime | None = None
    status: Literal["running", "complete", "partial", "failed"] = "running"
    since: date | None = None
    until: date | None = None
    announced: int = 0
    received: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    set_aside: tuple[SetAside, ...] = ()
    problems: tuple[str, ...] = ()
    """In plain words, each with the next step."""
    notes: tuple[str, ...] = ()
    """What was met and overcome."""

    @property
    def complete(self) -> bool:
        """Whether everything announced was received."""
        return self.status == "complete"
