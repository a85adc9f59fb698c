"""`anbudslots matches why-not` and `what-if`: what stopped near misses, and what a change of profile would bring."""

import click

from anbudslots.context import App, echo_rows, json_option, note, pass_app, progress_bar
from matcher import counterfactual, encoder, explanation, in_use, index, matching, profile, signals
from matcher.counterfactual import Change, NearMiss
from matcher.encoder import Encoder
from matcher.index import LotIndex
from matcher.profile import Profile
from register import enterprises, findings, notices
from register.database import Register
from register.models import Enterprise

STOPS = {
    "place": "platsen är utanför ert område",
    "size": "uppdraget är större än ert största avtal",
    "never": "det liknar något ni skriver att ni aldrig gör",
    "refused": "det liknar något ni har tackat nej till",
    "work": "arbetet passar bara delvis",
}


@click.command("why-not")
@click.argument("enterprise")
@click.option("--top", type=click.IntRange(1), default=20, show_default=True)
@click.option("--include-closed", is_flag=True, help="Also notices whose time is over.")
@json_option
@pass_app
def why_not(app: App, enterprise: str, top: int, include_closed: bool, as_json: bool) -> None:
    """List near misses of ENTERPRISE: its work, but below the line of the letter, with what stopped each.

    Example: anbudslots matches why-not asf-1
    """
    with app.writing() as register:
        own, built, _ = _load(app, register, enterprise, closed=include_closed)
        ranker = in_use.ranker(register)
    values = signals.matrix(own, built)
    line = app.settings.digest.floor
    misses = counterfactual.near_misses(values, ranker, line=line, top=top)
    echo_rows(
        [_miss(built, miss) for miss in misses],
        ["score", "score_if", "publication_number", "lot", "title", "buyer", "stopped_by"],
        as_json=as_json,
        empty="No near misses: what fits is in the letters, and nothing else is close.",
    )


def _miss(built: LotIndex, miss: NearMiss) -> dict[str, object]:
    notice, lot = built.notices[miss.at], built.lots[miss.at]
    return {
        "score": round(miss.score, 3),
        "score_if": round(miss.score_if, 3),
        "publication_number": notice.publication_number,
        "lot": lot.id,
        "title": notice.title,
        "buyer": notice.buyer.name,
        "stopped_by": "; ".join(STOPS[stop] for stop in miss.stops or ("work",)),
    }


@click.command("what-if")
@click.argument("enterprise")
@click.option("--include-closed", is_flag=True, help="Also notices whose time is over, such as last year's.")
@json_option
@pass_app
def what_if(app: App, enterprise: str, include_closed: bool, as_json: bool) -> None:
    """List single changes of ENTERPRISE's profile and the tenders that each would bring over the letter's line.

    Example: anbudslots matches what-if asf-1 --include-closed
    """
    with app.writing() as register:
        own, built, model = _load(app, register, enterprise, closed=include_closed)

        def rebuild(changed: Enterprise) -> Profile:
            return profile.build(changed, model, built.analyser, register=register, lessons=own.lessons)

        line = app.settings.digest.floor
        found = counterfactual.changes(own, built, in_use.ranker(register), rebuild, line=line)
    echo_rows(
        [_change(built, change) for change in found],
        ["if", "tenders", "examples"],
        as_json=as_json,
        empty="No single change of the profile would bring a further tender.",
    )


def _change(built: LotIndex, change: Change) -> dict[str, object]:
    words = {
        "place": f"om ni levererar till {change.what}",
        "size": f"om ni klarar {explanation.crowns(float(change.what)) if change.kind == 'size' else ''} per år",
        "capability": f"om ni även utför {change.what.lower()}",
    }
    return {
        "if": words[change.kind],
        "tenders": len(change.gained),
        "examples": "; ".join(counterfactual.told(change.gained[:3], built)),
    }


def _load(app: App, register: Register, identity: str, *, closed: bool) -> tuple[Profile, LotIndex, Encoder]:
    """The profile, and the index of the lots that it may see."""
    enterprise = enterprises.get(register, identity)
    model = encoder.load(app.settings.model, app.data / "model", note)
    whole = list(notices.current(register, closed=None if closed else False))
    members = matching.allowed_notices(enterprise, whole, app.now, closed=closed)
    with progress_bar("encoding") as bar:
        built = index.build(members, findings.everything(register), model, register=register, progress=bar)
    lessons = matching.taught(register, identity)
    return profile.build(enterprise, model, built.analyser, register=register, lessons=lessons), built, model
