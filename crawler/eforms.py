"""eForms notice XML to Notice (pure). BT and OPP numbers are eForms' own; the XPaths are those of its SDK."""

import re
from typing import Any

from pydantic import ValidationError

from config.errors import InputError
from crawler import ubl
from crawler.ubl import Element, codes, first, nodes, text
from register.models import OPEN_ENDED_YEAR, AwardCriterion, Buyer, Codes, Lot, Money, Notice, Place

X = "/*/ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/efext:EformsExtension"
ROOTS = {"ContractNotice", "ContractAwardNotice", "PriorInformationNotice"}
PADDED = re.compile(r"^0+[1-9]\d*-\d{4}$")
CLOSED_FORMS = {"result", "cont-modif", "completion", "dir-awa-pre", "bri"}


def read(data: bytes, *, origin: str = "ted", item: str = "notice", number: str | None = None) -> Notice:
    """Read one notice. item: what it is called in errors; number: its publication number where the XML has none.

    Raises InputError with the field that is wrong.
    """
    root = ubl.parse(data, item)
    name = root.tag.rsplit("}", 1)[-1] if isinstance(root.tag, str) else ""
    if name not in ROOTS:
        raise InputError(item, None, f"is no notice for tenders: its root element is {name!r}")
    language = text(root, "/*/cbc:NoticeLanguageCode") or "SWE"
    type_code = first(root, "/*/cbc:NoticeTypeCode")
    project = first(root, "/*/cac:ProcurementProject")
    head: dict[str, Any] = _project(project, language)
    notice_id = text(root, "/*/cbc:ID[@schemeName='notice-id']") or text(root, "/*/cbc:ID")
    version = text(root, "/*/cbc:VersionID")
    changes = first(root, f"{X}/efac:Changes")
    reasons = codes(changes, "efac:ChangeReason/cbc:ReasonCode") if changes is not None else ()
    form_type = (type_code.get("listName") if type_code is not None else None) or ""
    lots = _lots(root, head, language)
    number = publication_number(text(root, f"{X}/efac:Publication/efbc:NoticePublicationID") or number)
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
        return Notice(
            publication_number=number or f"{notice_id}-{version or '01'}",
            origin=origin,
            form_type=form_type,
            notice_type=(type_code.text or "").strip() if type_code is not None else "",
            subtype=text(root, f"{X}/efac:NoticeSubType/cbc:SubTypeCode") or "",
            procedure_id=text(root, "/*/cbc:ContractFolderID"),
            notice_id=notice_id,
            version=version,
            changes_notice=text(changes, "efbc:ChangedNoticeIdentifier") if changes is not None else None,
            change_reason="cancel" if "cancel" in reasons else next(iter(reasons), None),
            change_description=_change_text(changes, language),
            legal_basis=text(root, "/*/cbc:RegulatoryDomain"),
            procedure=text(root, "/*/cac:TenderingProcess/cbc:ProcedureCode"),
            language=ubl.LANGUAGES.get(language.upper(), language.lower()[:2]),
            title=head["title"] or lots[0]["title"],
            description=head["description"],
            buyer=_buyer(root, item, language),
            nature=head["nature"],
            cpv=head["cpv"],
            places=head["places"],
            value=head["value"],
            published=ubl.day(text(root, f"{X}/efac:Publication/efbc:PublicationDate"))
            or ubl.day(text(root, "/*/cbc:IssueDate")),
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


def _project(project: Element | None, language: str) -> dict[str, Any]:
    """What the procedure and each lot have in common: BT-21, 24, 262, 263, 23, 27, 5071, 5131, 728."""
    if project is None:
        return {"title": "", "description": "", "cpv": (), "nature": None, "value": None, "places": ()}
    return {
        "title": ubl.in_language(nodes(project, "cbc:Name"), language),
        "description": ubl.in_language(nodes(project, "cbc:Description"), language),
        "cpv": _cpv(project),
        "nature": text(project, "cbc:ProcurementTypeCode"),
        "value": _money(first(project, "cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount")),
        "places": _places(project, language),
    }


def _cpv(project: Element) -> tuple[str, ...]:
    found = codes(project, "cac:MainCommodityClassification/cbc:ItemClassificationCode")
    found += codes(project, "cac:AdditionalCommodityClassification/cbc:ItemClassificationCode")
    digits = (code.split("-")[0].strip() for code in found)
    return tuple(dict.fromkeys(code for code in digits if code.isdigit() and len(code) == 8))


def _money(amount: Element | None) -> Money | None:
    number = ubl.decimal(amount.text) if amount is not None else None
    return Money(amount=number, currency=amount.get("currencyID", "SEK")) if number and amount is not None else None


def _places(project: Element, language: str) -> tuple[Place, ...]:
    found = []
    for location in nodes(project, "cac:RealizedLocation"):
        place = Place(
            nuts=text(location, "cac:Address/cbc:CountrySubentityCode"),
            city=text(location, "cac:Address/cbc:CityName"),
            country=text(location, "cac:Address/cac:Country/cbc:IdentificationCode"),
            description=ubl.in_language(nodes(location, "cbc:Description"), language) or None,
        )
        if place != Place():
            found.append(place)
    return tuple(dict.fromkeys(found))


def _lots(root: Element, head: dict[str, Any], language: str) -> list[dict[str, Any]]:
    elements = nodes(root, "/*/cac:ProcurementProjectLot[cbc:ID/@schemeName='Lot' or cbc:ID/@schemeName='Part']")
    lots = [_lot(element, head, language) for element in elements]
    if not lots and head["title"]:
        # Notices on a buyer profile, and some national ones, have no lots: the whole stands for one.
        fields = ("title", "description", "nature", "cpv", "places", "value")
        lots = [{"id": "LOT-0000", **{field: head[field] for field in fields}}]
    if len(lots) == 1 and lots[0]["value"] is None:
        lots[0]["value"] = head["value"]
    # A notice may repeat a lot's id by mistake; both are kept, told apart.
    seen: dict[str, int] = {}
    for lot in lots:
        seen[lot["id"]] = seen.get(lot["id"], 0) + 1
        if seen[lot["id"]] > 1:
            lot["id"] = f"{lot['id']}#{seen[lot['id']]}"
    return lots


def _lot(element: Element, head: dict[str, Any], language: str) -> dict[str, Any]:
    project = first(element, "cac:ProcurementProject")
    own = _project(project, language)
    process = "cac:TenderingProcess"
    terms = "cac:TenderingTerms"
    deadline = _deadline(element, "cac:TenderSubmissionDeadlinePeriod") or _deadline(
        element, "cac:ParticipationRequestReceptionPeriod"
    )
    systems = {
        system.get("listName", ""): (system.text or "").strip()
        for system in nodes(element, f"{process}/cac:ContractingSystem/cbc:ContractingSystemTypeCode")
    }
    dynamic = systems.get("dps-usage")
    period = first(project, "cac:PlannedPeriod") if project is not None else None
    start = ubl.day(text(period, "cbc:StartDate")) if period is not None else None
    end = ubl.day(text(period, "cbc:EndDate")) if period is not None else None
    measure = first(period, "cbc:DurationMeasure") if period is not None else None
    stated = ubl.months(measure.text, measure.get("unitCode")) if measure is not None else None
    in_system = dynamic not in (None, "", "none")
    far = deadline is not None and deadline.year >= OPEN_ENDED_YEAR
    return {
        "id": text(element, "cbc:ID") or "LOT-0000",
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
        "question_deadline": ubl.day(text(element, f"{process}/cac:AdditionalInformationRequestPeriod/cbc:EndDate")),
        "codes": _codes(element, project, systems),
        "performance_terms": ubl.each_in_language(
            element,
            f"{terms}/cac:ContractExecutionRequirement[cbc:ExecutionRequirementCode/@listName='conditions']",
            "cbc:Description",
            language,
        ),
        "selection_criteria": ubl.each_in_language(
            element, f"{terms}/ext:UBLExtensions//efac:SelectionCriteria", "cbc:Description", language
        ),
        "award_criteria": _award_criteria(element, language),
        "strategic_description": "\n".join(
            ubl.each_in_language(
                element, "cac:ProcurementProject/cac:ProcurementAdditionalType", "cbc:ProcurementType", language
            )
        ),
        "notes": (note,)
        if project is not None and (note := ubl.in_language(nodes(project, "cbc:Note"), language))
        else (),
        "documents_url": text(
            element, f"{terms}/cac:CallForTendersDocumentReference/cac:Attachment/cac:ExternalReference/cbc:URI"
        ),
    }


def _deadline(element: Element, period: str) -> Any:
    at = first(element, f"cac:TenderingProcess/{period}")
    return ubl.instant(text(at, "cbc:EndDate"), text(at, "cbc:EndTime")) if at is not None else None


def _codes(element: Element, project: Element | None, systems: dict[str, str]) -> Codes:
    """BT-71, 736, 06, 775, 754, 726, 63, 765, 766."""

    def extra(list_name: str) -> tuple[str, ...]:
        path = f"cac:ProcurementAdditionalType/cbc:ProcurementTypeCode[@listName='{list_name}']"
        return codes(project, path) if project is not None else ()

    qualification = "cac:TenderingTerms/cac:TendererQualificationRequest/cac:SpecificTendererRequirement"
    execution = "cac:TenderingTerms/cac:ContractExecutionRequirement"
    return Codes(
        reserved_participation=text(
            element, f"{qualification}/cbc:TendererRequirementTypeCode[@listName='reserved-procurement']"
        ),
        reserved_execution=text(element, f"{execution}/cbc:ExecutionRequirementCode[@listName='reserved-execution']"),
        strategic=extra("strategic-procurement"),
        social_objectives=extra("social-objective"),
        accessibility=next(iter(extra("accessibility")), None),
        sme_suitable=ubl.boolean(text(project, "cbc:SMESuitableIndicator")) if project is not None else None,
        variants=text(element, "cac:TenderingTerms/cbc:VariantConstraintCode"),
        framework=systems.get("framework-agreement"),
        dynamic_purchasing=systems.get("dps-usage"),
    )


def _award_criteria(element: Element, language: str) -> tuple[AwardCriterion, ...]:
    path = "cac:TenderingTerms/cac:AwardingTerms/cac:AwardingCriterion/cac:SubordinateAwardingCriterion"
    found = [
        AwardCriterion(
            type=text(criterion, "cbc:AwardingCriterionTypeCode"),
            name=ubl.in_language(nodes(criterion, "cbc:Name"), language) or None,
            description=ubl.in_language(nodes(criterion, "cbc:Description"), language) or None,
        )
        for criterion in nodes(element, path)
    ]
    return tuple(criterion for criterion in found if criterion != AwardCriterion())


def _buyer(root: Element, item: str, language: str) -> Buyer:
    """The first buyer: its organisation by technical id, else the party's own name."""
    party = "/*/cac:ContractingParty/cac:Party"
    technical = text(root, f"{party}/cac:PartyIdentification/cbc:ID")
    for company in nodes(root, f"{X}/efac:Organizations/efac:Organization/efac:Company"):
        if technical and technical in codes(company, "cac:PartyIdentification/cbc:ID"):
            name = ubl.in_language(nodes(company, "cac:PartyName/cbc:Name"), language)
            if not name:
                break
            number = text(company, "cac:PartyLegalEntity/cbc:CompanyID")
            return Buyer(
                name=name,
                org_number=number.replace("-", "") if number else None,
                city=text(company, "cac:PostalAddress/cbc:CityName"),
                nuts=text(company, "cac:PostalAddress/cbc:CountrySubentityCode"),
            )
    name = text(root, f"{party}/cac:PartyName/cbc:Name") or ""
    if not name:
        raise InputError(item, "BT-500 buyer", f"is missing: no organisation has the id {technical!r}")
    return Buyer(name=name)


def _change_text(changes: Element | None, language: str) -> str:
    if changes is None:
        return ""
    found = ubl.each_in_language(changes, "efac:Change", "efbc:ChangeDescription", language)
    found += ubl.each_in_language(changes, "efac:ChangeReason", "efbc:ReasonDescription", language)
    return "\n".join(found)
