"""eForms notice XML to Notice (pure). BT and OPP numbers are eForms' own; the paths are those of its SDK."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from config.errors import InputError
from crawler import ubl
from crawler.ubl import Found, Shape
from register.models import OPEN_ENDED_YEAR, WHOLE_LOT, AwardCriterion, Buyer, Codes, Lot, Money, Notice, Place

X = "ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/efext:EformsExtension"
PROJECT = Shape(
    title="cbc:Name",  # BT-21
    description="cbc:Description",  # BT-24
    nature="cbc:ProcurementTypeCode",  # BT-23
    main_cpv="cac:MainCommodityClassification/cbc:ItemClassificationCode",  # BT-262
    more_cpv="cac:AdditionalCommodityClassification/cbc:ItemClassificationCode",  # BT-263
    value="cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount",  # BT-27
    places=(
        "cac:RealizedLocation",
        Shape(
            nuts="cac:Address/cbc:CountrySubentityCode",  # BT-5071
            city="cac:Address/cbc:CityName",  # BT-5131
            country="cac:Address/cac:Country/cbc:IdentificationCode",  # BT-5141
            description="cbc:Description",  # BT-728
        ),
    ),
    duration="cac:PlannedPeriod/cbc:DurationMeasure",  # BT-36
    start="cac:PlannedPeriod/cbc:StartDate",  # BT-536
    end="cac:PlannedPeriod/cbc:EndDate",  # BT-537
    # BT-06, 775 and 754, by list; BT-777
    additional=(
        "cac:ProcurementAdditionalType",
        Shape(code="cbc:ProcurementTypeCode", description="cbc:ProcurementType"),
    ),
    sme="cbc:SMESuitableIndicator",  # BT-726
    note="cbc:Note",  # BT-300
)
PERIOD = Shape(day="cbc:EndDate", time="cbc:EndTime")
LOT = Shape(
    id="cbc:ID",  # BT-137
    project=("cac:ProcurementProject", PROJECT),
    tenders=("cac:TenderingProcess/cac:TenderSubmissionDeadlinePeriod", PERIOD),  # BT-131
    requests=("cac:TenderingProcess/cac:ParticipationRequestReceptionPeriod", PERIOD),  # BT-1311
    questions="cac:TenderingProcess/cac:AdditionalInformationRequestPeriod/cbc:EndDate",  # BT-13
    systems="cac:TenderingProcess/cac:ContractingSystem/cbc:ContractingSystemTypeCode",  # BT-765, 766
    # BT-71
    requirements="cac:TenderingTerms/cac:TendererQualificationRequest/cac:SpecificTendererRequirement/"
    "cbc:TendererRequirementTypeCode",
    # BT-736, and BT-70 where the code is of the list of conditions
    execution=(
        "cac:TenderingTerms/cac:ContractExecutionRequirement",
        Shape(code="cbc:ExecutionRequirementCode", description="cbc:Description"),
    ),
    selection=(f"cac:TenderingTerms/{X}/efac:SelectionCriteria", Shape(description="cbc:Description")),  # BT-750
    # BT-539, 734, 540
    award=(
        "cac:TenderingTerms/cac:AwardingTerms/cac:AwardingCriterion/cac:SubordinateAwardingCriterion",
        Shape(type="cbc:AwardingCriterionTypeCode", name="cbc:Name", description="cbc:Description"),
    ),
    variants="cac:TenderingTerms/cbc:VariantConstraintCode",  # BT-63
    # BT-15
    documents="cac:TenderingTerms/cac:CallForTendersDocumentReference/cac:Attachment/cac:ExternalReference/cbc:URI",
)
ORGANISATION = Shape(
    id="efac:Company/cac:PartyIdentification/cbc:ID",
    contact_id="efac:TouchPoint/cac:PartyIdentification/cbc:ID",
    name="efac:Company/cac:PartyName/cbc:Name",  # BT-500
    number="efac:Company/cac:PartyLegalEntity/cbc:CompanyID",  # BT-501
    nuts="efac:Company/cac:PostalAddress/cbc:CountrySubentityCode",  # BT-507
    city="efac:Company/cac:PostalAddress/cbc:CityName",  # BT-513
    country="efac:Company/cac:PostalAddress/cac:Country/cbc:IdentificationCode",  # BT-514
)
NOTICE = Shape(
    id="cbc:ID",  # BT-701
    version="cbc:VersionID",  # BT-757
    type="cbc:NoticeTypeCode",  # BT-02, and BT-03 as its list
    language="cbc:NoticeLanguageCode",  # BT-702
    procedure_id="cbc:ContractFolderID",  # BT-04
    legal_basis="cbc:RegulatoryDomain",  # BT-01
    issued="cbc:IssueDate",  # BT-05
    procedure="cac:TenderingProcess/cbc:ProcedureCode",  # BT-105
    buyer_id="cac:ContractingParty/cac:Party/cac:PartyIdentification/cbc:ID",
    buyer_name="cac:ContractingParty/cac:Party/cac:PartyName/cbc:Name",
    project=("cac:ProcurementProject", PROJECT),
    lots=("cac:ProcurementProjectLot", LOT),
    subtype=f"{X}/efac:NoticeSubType/cbc:SubTypeCode",  # OPP-070
    number=f"{X}/efac:Publication/efbc:NoticePublicationID",  # OPP-010
    published=f"{X}/efac:Publication/efbc:PublicationDate",  # OPP-012
    organisations=(f"{X}/efac:Organizations/efac:Organization", ORGANISATION),
    changed=f"{X}/efac:Changes/efbc:ChangedNoticeIdentifier",  # BT-758
    # BT-140, 762
    reasons=(
        f"{X}/efac:Changes/efac:ChangeReason",
        Shape(code="cbc:ReasonCode", description="efbc:ReasonDescription"),
    ),
    changes=(f"{X}/efac:Changes/efac:Change", Shape(description="efbc:ChangeDescription")),  # BT-141
)
ROOTS = {"ContractNotice", "ContractAwardNotice", "PriorInformationNotice"}
PADDED = re.compile(r"^0+[1-9]\d*-\d{4}$")
CLOSED_FORMS = {"result", "cont-modif", "completion", "dir-awa-pre", "bri"}


def read(data: bytes, *, origin: str = "ted", item: str = "notice", number: str | None = None) -> Notice:
    """Read one notice. item: what it is called in errors; number: its publication number where the XML has none.

    Raises InputError with the field that is wrong.
    """
    root = ubl.parse(data, item)
    name = str(root.tag).rpartition("}")[2]
    if name not in ROOTS:
        raise InputError(item, None, f"is no notice for tenders: its root element is {name!r}")
    found = NOTICE.read(root)
    language = found.text("language") or "SWE"
    form_type = found.attribute("type", "listName")
    head = _project(found.first("project"), language)
    notice_id = found.text("id", schemeName="notice-id") or found.text("id")
    version = found.text("version")
    reasons = [code for reason in found.each("reasons") for code in reason.codes("code")]
    number = publication_number(found.text("number") or number)
    lots = _lots(found, head, language)
    missing = [
        field
        for field, value in {
            "BT-21 title": head["title"] or (lots[0]["title"] if lots else ""),
            "OPP-010 publication number, or BT-701 notice id": number or notice_id,
            "BT-03 form type": form_type,
            "lots": lots,
        }.items()
        if not value
    ]
    if missing:
        raise InputError(item, missing[0], "is missing: the notice can't be used without it")
    try:
        buyer, *others = _buyers(found, item, language)
        return Notice(
            publication_number=number or f"{notice_id}-{version or '01'}",
            origin=origin,
            form_type=form_type,
            notice_type=found.text("type") or "",
            subtype=found.text("subtype") or "",
            procedure_id=found.text("procedure_id"),
            notice_id=notice_id,
            version=version,
            changes_notice=found.text("changed"),
            change_reason="cancel" if "cancel" in reasons else next(iter(reasons), None),
            change_description=_change_text(found, language),
            legal_basis=found.text("legal_basis"),
            procedure=found.text("procedure"),
            language=ubl.LANGUAGES.get(language.upper(), language.lower()[:2]),
            title=head["title"] or lots[0]["title"],
            description=head["description"],
            buyer=buyer,
            joint_buyers=tuple(others),
            nature=head["nature"],
            cpv=head["cpv"],
            places=head["places"],
            value=head["value"],
            published=ubl.day(found.text("published")) or ubl.day(found.text("issued")),
            closed=form_type in CLOSED_FORMS or "cancel" in reasons,
            lots=tuple(Lot.model_validate(lot) for lot in lots),
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        field = ".".join(str(part) for part in wrong["loc"])
        raise InputError(item, field, f"{wrong['msg']} (is {wrong['input']!r:.80})") from None


def publication_number(value: str | None) -> str | None:
    """A publication number as TED's search writes it; the XML pads it with zeros (00123456-2026)."""
    return value.lstrip("0") if value and PADDED.match(value) else value


def _project(project: Found, language: str) -> dict[str, Any]:
    """What the procedure and each lot have in common."""
    return {
        "title": project.spoken("title", language),
        "description": project.spoken("description", language),
        "cpv": _cpv(project),
        "nature": project.text("nature"),
        "value": _money(project),
        "places": _places(project, language),
    }


def _cpv(project: Found) -> tuple[str, ...]:
    digits = (code.split("-")[0].strip() for code in project.codes("main_cpv") + project.codes("more_cpv"))
    return tuple(dict.fromkeys(code for code in digits if code.isdigit() and len(code) == 8))


def _money(project: Found) -> Money | None:
    number = ubl.decimal(project.text("value"))
    return Money(amount=number, currency=project.attribute("value", "currencyID") or "SEK") if number else None


def _places(project: Found, language: str) -> tuple[Place, ...]:
    found = (
        (place.text("nuts"), place.text("city"), place.text("country"), place.spoken("description", language) or None)
        for place in project.each("places")
    )
    return tuple(
        Place(nuts=nuts, city=city, country=country, description=description)
        for nuts, city, country, description in dict.fromkeys(found)
        if nuts or city or country or description
    )


def _lots(found: Found, head: dict[str, Any], language: str) -> list[dict[str, Any]]:
    """Lots, and in planning notices parts; a group of lots (LotsGroup) is none."""
    lots = [
        _lot(lot, head, language)
        for lot in found.each("lots")
        if lot.codes("id", schemeName="Lot") or lot.codes("id", schemeName="Part")
    ]
    if not lots and head["title"]:
        # Notices on a buyer profile, and some national ones, have no lots: the whole stands for one.
        fields = ("title", "description", "nature", "cpv", "places", "value")
        lots = [{"id": WHOLE_LOT, **{field: head[field] for field in fields}}]
    if len(lots) == 1 and lots[0]["value"] is None:
        lots[0]["value"] = head["value"]
    # A notice may repeat a lot's id by mistake; both are kept, told apart.
    seen: dict[str, int] = {}
    for lot in lots:
        seen[lot["id"]] = seen.get(lot["id"], 0) + 1
        if seen[lot["id"]] > 1:
            lot["id"] = f"{lot['id']}#{seen[lot['id']]}"
    return lots


def _lot(lot: Found, head: dict[str, Any], language: str) -> dict[str, Any]:
    project = lot.first("project")
    own = _project(project, language)
    deadline = _deadline(lot.first("tenders")) or _deadline(lot.first("requests"))
    start, end = ubl.day(project.text("start")), ubl.day(project.text("end"))
    stated = ubl.months(project.text("duration"), project.attribute("duration", "unitCode"))
    codes = _codes(lot, project)
    in_system = codes.dynamic_purchasing not in (None, "", "none")
    far = deadline is not None and deadline.year >= OPEN_ENDED_YEAR
    note = project.spoken("note", language)
    return {
        "id": lot.text("id") or WHOLE_LOT,
        "title": own["title"] or head["title"],
        "description": own["description"],
        "nature": own["nature"] or head["nature"],
        "cpv": own["cpv"] or head["cpv"],
        "places": own["places"] or head["places"],
        "value": own["value"],
        "duration_months": stated or ubl.span_in_months(start, end),
        "start": start,
        "end": end,
        "deadline": deadline,
        "open_ended": far or (in_system and deadline is None),
        "question_deadline": ubl.day(lot.text("questions")),
        "codes": codes,
        "performance_terms": _performance_terms(lot, language),
        "selection_criteria": lot.each_spoken("selection", "description", language),
        "award_criteria": _award_criteria(lot, language),
        "strategic_description": "\n".join(project.each_spoken("additional", "description", language)),
        "notes": (note,) if note else (),
        "documents_url": lot.text("documents"),
    }


def _deadline(period: Found) -> datetime | None:
    return ubl.instant(period.text("day"), period.text("time"))


def _codes(lot: Found, project: Found) -> Codes:
    systems = lot.by_list("systems")
    additional = project.by_list("additional", "code")
    return Codes(
        reserved_participation=_one(lot.by_list("requirements").get("reserved-procurement")),
        reserved_execution=_one(lot.by_list("execution", "code").get("reserved-execution")),
        strategic=tuple(additional.get("strategic-procurement", ())),
        social_objectives=tuple(additional.get("social-objective", ())),
        accessibility=_one(additional.get("accessibility")),
        sme_suitable=ubl.boolean(project.text("sme")),
        variants=lot.text("variants"),
        framework=_one(systems.get("framework-agreement")),
        dynamic_purchasing=_one(systems.get("dps-usage")),
    )


def _one(codes: Sequence[str] | None) -> str | None:
    return codes[0] if codes else None


def _performance_terms(lot: Found, language: str) -> tuple[str, ...]:
    """Of the conditions; other requirements on performance (reserved, electronic invoices ...) have codes alone."""
    conditions = (one for one in lot.each("execution") if "conditions" in one.by_list("code"))
    return tuple(dict.fromkeys(text for one in conditions if (text := one.spoken("description", language))))


def _award_criteria(lot: Found, language: str) -> tuple[AwardCriterion, ...]:
    found = (
        (one.text("type"), one.spoken("name", language) or None, one.spoken("description", language) or None)
        for one in lot.each("award")
    )
    return tuple(
        AwardCriterion(type=kind, name=name, description=description)
        for kind, name, description in found
        if kind or name or description
    )


def buying_organisations(notice: Found) -> list[Found]:
    """The organisations that buy, in the notice's order: it names them by a technical id, or by that of one of their
    contact points.
    """
    by_id: dict[str, Found] = {}
    for organisation in notice.each("organisations"):
        for technical in organisation.codes("id") + organisation.codes("contact_id"):
            by_id.setdefault(technical, organisation)
    return [by_id[technical] for technical in notice.codes("buyer_id") if technical in by_id]


def _buyers(notice: Found, item: str, language: str) -> list[Buyer]:
    """The buyers in the notice's order, or a party's own name. At least one; raises InputError."""
    found = [_buyer(organisation, language) for organisation in buying_organisations(notice)]
    buyers = list(dict.fromkeys(buyer for buyer in found if buyer))
    if not buyers:
        name = notice.spoken("buyer_name", language)
        if not name:
            wanted = notice.text("buyer_id")
            raise InputError(item, "BT-500 buyer", f"is missing: no organisation has the id {wanted!r}")
        buyers = [Buyer(name=name)]
    return buyers


def _buyer(organisation: Found, language: str) -> Buyer | None:
    name = organisation.spoken("name", language)
    number = organisation.text("number")
    if not name:
        return None
    return Buyer(
        name=name,
        org_number=number.replace("-", "") if number else None,
        city=organisation.text("city"),
        nuts=organisation.text("nuts"),
    )


def _change_text(notice: Found, language: str) -> str:
    found = notice.each_spoken("changes", "description", language)
    return "\n".join(found + notice.each_spoken("reasons", "description", language))
