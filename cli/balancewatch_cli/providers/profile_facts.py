"""What a profile says of itself, as plain values for the terminal and for programs."""

from collections.abc import Mapping

from balancewatch.core.notification import Json
from balancewatch.core.profile import Auth, Profile, RequestRules

CONFIDENCE: Mapping[str, str] = {
    "A": "the provider's own documentation was read",
    "B": "two independent programs agree",
    "C": "one program does it so, and no documentation was found: doubtful",
    "D": "hearsay: doubtful",
}


def listed(profile: Profile) -> dict[str, Json]:
    """What a list shows."""
    return {
        "provider": profile.name,
        "title": profile.title,
        "credential": profile.credential,
        "confidence": profile.confidence,
    }


def facts(profile: Profile) -> dict[str, Json]:
    """All that a person needs to use it."""
    units: Json = None
    if profile.units is not None:
        units = {
            "url": f"{profile.base_url or '{base_url}'}{profile.units.path}",
            "cases": list(dict.fromkeys(case.unit for case in profile.units.cases)),
        }
    return {
        **listed(profile),
        "confidence_means": CONFIDENCE[profile.confidence],
        "where": profile.where,
        "aliases": list(profile.aliases),
        "requests": [_request(profile, name, rules) for name, rules in profile.requests.items()],
        "needs": [*needs(profile)],
        "parameters": [
            {
                "name": name,
                "help": each.help,
                "type": each.type.value,
                "default": each.default,
                "required": each.default is None,
                "secret": each.secret,
            }
            for name, each in profile.parameters
        ],
        "unit": profile.answer.unit,
        "unit_in_answer": None if profile.answer.unit_at is None else profile.answer.unit_at.place.at.source,
        "units": units,
        "estimate": profile.estimate,
        "documentation": profile.documentation,
        "top_up_url": profile.top_up_url,
    }


def needs(profile: Profile) -> list[str]:
    """The fields that an account must have besides its name, provider and token."""
    wanted = [f"params.{name}" for name, each in profile.parameters if each.default is None]
    if profile.base_url is None:
        wanted.append("base_url")
    if not profile.answer.tells_unit:
        wanted.append("unit")
    return wanted


def _request(profile: Profile, name: str, rules: RequestRules) -> dict[str, Json]:
    pairs = [*rules.query]
    if rules.auth.kind == "query":
        pairs.append((rules.auth.name, rules.auth.template))
    query = "&".join(f"{key}={value}" for key, value in pairs)
    return {
        "name": name,
        "method": rules.method,
        "url": f"{profile.base_url or '{base_url}'}{rules.path}{'?' if query else ''}{query}",
        "auth": auth_words(rules.auth),
        "headers": dict(rules.headers),
        "body": "JSON" if rules.json is not None else "form" if rules.form else None,
        "pages": rules.next is not None,
    }


def auth_words(auth: Auth) -> str:
    """How the credential travels."""
    match auth.kind:
        case "header":
            return f"header {auth.name}: {auth.template}"
        case "query":
            return f"in the URL, as {auth.name}"
        case "basic":
            return f"HTTP Basic, {auth.template}"
        case "none":
            return "as the body or a header says"
