"""What the README and the docs say of the program, from the program: `python -m tests.pages` writes it."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch
from zoneinfo import ZoneInfo

from rich.console import Console

from balancewatch import app
from balancewatch.adapters import catalogue
from balancewatch.core.account import MAIN, Language, Rules
from balancewatch.core.digest import digest, worst_first
from balancewatch.core.message import Message, compose
from balancewatch.core.phrases import REASONS
from balancewatch.core.profile import Profile
from balancewatch.core.reading import Balance, Exchange, Failure, Reason
from balancewatch.core.report import Report
from balancewatch.core.report_message import compose_report
from balancewatch.core.transitions import LEVEL_TRANSITIONS, REACH_TRANSITIONS
from balancewatch.core.verdict import Severity
from balancewatch_cli.accounts.edit import changes
from balancewatch_cli.accounts.page import show_edit
from balancewatch_cli.check import demo, embedded, past
from balancewatch_cli.check.folder import locked
from balancewatch_cli.check.screen import accounts_table, rows
from balancewatch_cli.doctor import command as doctor_command
from balancewatch_cli.doctor.facts import Alarm, Facts, Queue, Rights, Subscription, Texting
from balancewatch_cli.doctor.findings import findings
from balancewatch_cli.look import overview_page
from balancewatch_cli.replay.history import parse_history
from balancewatch_cli.replay.page import show
from balancewatch_cli.replay.replay import replay
from balancewatch_cli.status import ExitStatus
from tests.benchmarks.cost import page as cost_page
from tests.channel_page import preview, screens, what_arrives
from tests.examples import examples, many
from tests.gallery import ordinary, told
from tests.rights import rights
from tests.translation import parse
from tests.tutorial import command

ROOT = Path(__file__).parent.parent
_STATUSES = {
    Language.EN: {
        ExitStatus.OK: "every account is well",
        ExitStatus.WARNING: "an account is at `warning`",
        ExitStatus.CRITICAL: "an account is at `critical` or `empty`",
        ExitStatus.UNREACHABLE: "an account failed in this run, or counts as unreachable",
        ExitStatus.ERROR: "usage error, unreadable accounts, a misconfigured account, or a failed run",
    },
    Language.ZH: {
        ExitStatus.OK: "所有账户都正常",
        ExitStatus.WARNING: "有账户处于 `warning`",
        ExitStatus.CRITICAL: "有账户处于 `critical` 或 `empty`",
        ExitStatus.UNREACHABLE: "有账户在这次运行中失败，或者算作无法读取",
        ExitStatus.ERROR: "用法错误、账户文件无法读取、账户配置有误，或者运行失败",
    },
}
_STATUS_WORDS = {
    Language.EN: ("status", "when", "The worst wins, in the order 4, 2, 3, 1, 0."),
    Language.ZH: ("状态", "何时", "以最坏的为准，次序为 4、2、3、1、0。"),
}


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def _message(name: str, language: Language = Language.EN) -> Message:
    return compose(dict(examples(language))[name])


def _notification(language: Language = Language.EN) -> str:
    message = _message("low, in two days", language)
    return f"```text\nSubject: {message.subject}\n\n{message.email}```"


def _sms(language: Language = Language.EN) -> str:
    return f"```text\n{_message('critical, within hours', language).sms}\n```"


def _short(language: Language) -> str:
    """What is read first, as e-mail and as text message."""
    message = _message("low, in two days", language)
    lead, _, _ = message.email.partition("\n\n")
    sms = _message("critical, within hours", language).sms
    return f"```text\nSubject: {message.subject}\n\n{lead}\n\n{sms}\n```"


def _chat() -> str:
    """The first of the page on channels."""
    _, _, block = what_arrives().partition("\n\n")
    return block.partition("\n\n")[0]


def _json() -> str:
    """One field a line."""
    (told,) = json.loads(_message("low, in two days").payload)["notifications"]
    fields = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in told.items())
    return f'```json\n{{"notifications": [{{\n{fields}\n}}]}}\n```'


@cache
def _demo() -> str:
    """The accounts as `make run` shows them, on the same Tuesday each time: spending has its hours."""
    shown_at = datetime(2026, 11, 24, 4, tzinfo=UTC)
    clock = patch.object(app, "_now", lambda: shown_at)
    with TemporaryDirectory() as folder, locked(Path(folder)) as kept, demo.gateway() as address, clock:
        summary = embedded.run(demo.accounts(address), kept, past.states(shown_at)).summary
    accounts = rows(summary["accounts"] if summary else [])
    return _screen(96, lambda terminal: terminal.print(accounts_table(accounts, terminal.width)))


@cache
def _status() -> str:
    """What the command prints of accounts of every kind."""
    zone = ZoneInfo("Asia/Shanghai")
    return _screen(100, lambda terminal: terminal.print(overview_page.page(ordinary(), zone, terminal.width)))


def _screen(width: int, fill: Callable[[Console], None]) -> str:
    """What a terminal so wide shows."""
    terminal = Console(width=width, file=StringIO(), force_terminal=False)
    with terminal.capture() as shown:
        fill(terminal)
    text = "\n".join(line.rstrip() for line in shown.get().splitlines()).strip("\n")
    return f"```text\n{text}\n```"


def _account(name: str, threshold: int) -> str:
    """What `accounts add` and `accounts import` show before they save."""
    entry: Mapping[str, object] = {
        "name": name,
        "provider": "laozhang",
        "threshold": Decimal(threshold),
        "token": "not shown",
    }
    balance = Balance(Decimal("49.995818"), "USD", Exchange(datetime(2026, 11, 24, tzinfo=UTC), 301, 200))
    return _screen(96, lambda terminal: show_edit(terminal, changes(None, entry, ()), {name: balance}))


def _doctor() -> str:
    """What the doctor says of a stack whose mail nobody confirmed, an hour after its last run."""
    at = datetime(2026, 11, 24, 4, tzinfo=UTC)
    asked = Exchange(at, 301, 200)
    rule = next(iter(_laozhang().errors))
    facts = Facts(
        now=at,
        interval=timedelta(minutes=15),
        readings={
            "prod": Balance(Decimal("49.995818"), "USD", asked),
            "staging": Failure(Reason.UNAUTHORIZED, "Unauthorized", asked, rule.advice),
        },
        problems=(),
        checked_at=at - timedelta(minutes=14),
        schedule="ENABLED",
        rights={"the function": Rights(), "the widget": Rights()},
        subscriptions=(Subscription("email", "PendingConfirmation"), Subscription("sms", "arn:...")),
        texting=Texting(is_sandboxed=True, limit=Decimal(10)),
        alarms=[Alarm(f"alarm {number}", "OK", is_on=True) for number in range(4)],
        relay=None,
        channels=(),
        queues=(Queue("undelivered messages", "balancewatch-Undelivered", 0),),
    )
    return _screen(104, lambda terminal: doctor_command.show(terminal, findings(facts)))


def _laozhang() -> Profile:
    profile = catalogue.profile("laozhang")
    if profile is None:
        raise LookupError
    return profile


def _report(language: Language = Language.EN) -> str:
    """The weekly report of the same accounts."""
    message = compose_report(Report("0" * 24, MAIN, told(), language, ZoneInfo("Asia/Shanghai")))
    return f"```text\nSubject: {message.subject}\n\n{message.email}```"


@cache
def _replay() -> str:
    """What the README's command prints, of the example that it names."""
    profile = _laozhang()
    history = parse_history((ROOT / "docs/example-history.csv").read_bytes(), "USD")
    replayed = replay(history, Rules(threshold=Decimal(10)), profile)
    return _screen(92, lambda terminal: show(terminal, replayed))


def _providers() -> str:
    rows = []
    for slug in catalogue.slugs():
        profile = catalogue.profile(slug)
        if profile is not None:
            needs = [f"`params.{name}`" for name, _ in profile.parameters]
            needs += ["`base_url`"] * (not profile.base_url) + ["`unit`"] * (not profile.answer.tells_unit)
            also = ", ".join(needs) or "-"
            rows.append((f"`{slug}`", profile.title, profile.credential, profile.where, also))
    table = _table(("provider", "who", "token", "where it is", "also needed"), rows)
    summary = f"<summary><b>All {len(rows)} providers</b>, and which token each wants</summary>"
    return f"<details>{summary}\n\n{table}\n\n</details>"


def _transitions() -> str:
    rows = [
        (row.told, row.true, row.tell) for table in (LEVEL_TRANSITIONS, REACH_TRANSITIONS) for row in table
    ]
    gone = ("known", "not in the secret any more", "`removed`, at once; then it is forgotten")
    return _table(("people last heard", "what is true", "what is told"), [*rows, gone])


_REASONS_HEAD = {
    Language.EN: ("reason", "meaning", "told after"),
    Language.ZH: ("原因", "含义", "何时通知"),
}


def _reasons(language: Language = Language.EN) -> str:
    return _table(
        _REASONS_HEAD[language],
        [
            (
                f"`{reason}`",
                REASONS[language][reason],
                _patience(Rules().failures_before(reason), language),
            )
            for reason in Reason
        ],
    )


def _patience(failures: int, language: Language) -> str:
    if language is Language.ZH:
        return "1 次失败" if failures == 1 else f"连续 {failures} 次失败"
    return "1 run" if failures == 1 else f"{failures} runs in a row"


def _settings() -> str:
    """A table for each group of parameters, in the order in which they are asked for."""
    template = parse(ROOT / "template.yaml")
    found = template["Parameters"]
    tables = []
    for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]:
        rows = [
            (f"`{name}`", f"`{each['Default']}`" if each["Default"] else "empty", each["Description"])
            for name in group["Parameters"]
            for each in (found[name],)
        ]
        tables.append(f"{group['Label']['default']}:\n\n{_table(('parameter', 'default', 'meaning'), rows)}")
    return "\n\n".join(tables)


def _statuses(language: Language = Language.EN) -> str:
    status, when, order = _STATUS_WORDS[language]
    table = _table((status, when), [(str(int(each)), _STATUSES[language][each]) for each in ExitStatus])
    return f"{table}\n\n{order}"


def add_a_provider(text: str) -> str:
    """The page with what its command prints."""
    with TemporaryDirectory() as folder:
        _, printed, _ = command(text, Path(folder), "ok")
    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    return _filled(text, "try", "\n".join(["```text", *lines, "```"]))


BLOCKS: Mapping[str, Callable[[], str]] = {
    "notification": _notification,
    "sms": _sms,
    "chinese": partial(_short, Language.ZH),
    "chat": _chat,
    "json": _json,
    "demo": _demo,
    "replay": _replay,
    "status": _status,
    "account": partial(_account, "prod", 20),
    "doctor": _doctor,
    "report": _report,
    "providers": _providers,
    "transitions": _transitions,
    "reasons": _reasons,
    "settings": _settings,
    "statuses": _statuses,
    "cost": cost_page.short,
}
_CHINESE: Mapping[str, Callable[[], str]] = {
    **{name: block for name, block in BLOCKS.items() if name != "chinese"},
    "english": partial(_short, Language.EN),
    **{
        name: partial(block, Language.ZH)
        for name, block in (
            ("notification", _notification),
            ("sms", _sms),
            ("report", _report),
            ("reasons", _reasons),
            ("statuses", _statuses),
        )
    },
}


def readme(text: str) -> str:
    """The README with every generated block as it should be."""
    return _all_filled(text, BLOCKS)


def chinese_readme(text: str) -> str:
    """The Chinese README: in Chinese where the program has the words, else as in the other."""
    return _all_filled(text, _CHINESE)


def _all_filled(text: str, blocks: Mapping[str, Callable[[], str]]) -> str:
    for name, block in blocks.items():
        text = _filled(text, name, block())
    return text


def _filled(text: str, name: str, block: str) -> str:
    begin, end = f"<!-- begin: {name} -->\n", f"<!-- end: {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise LookupError(name)
    return f"{before}{begin}{block}\n{end}{after}"


def notifications() -> str:
    """The page of all messages, in every language."""
    parts = [
        "# Notifications\n",
        "Every kind of message, as e-mail, and as text message where one is sent.\n",
        "`make docs` writes this page.\n",
    ]
    for language, title in ((Language.EN, "English"), (Language.ZH, "Chinese")):
        parts.append(f"## {title}\n")
        for name, notification in examples(language):
            message = compose(notification)
            words = f"Subject: {message.subject}\n\n{message.email}"
            if notification.severity is Severity.CRITICAL:
                words += f"\nSMS: {message.sms}\n"
            parts.append(f"### {name[0].upper()}{name[1:]}\n\n```text\n{words}```\n")
        message = digest(worst_first(many(language)))
        words = f"Subject: {message.subject}\n\n{message.email}\nSMS: {message.sms}\n"
        parts.append(f"### Many at once\n\n```text\n{words}```\n")
        parts.append(f"### The weekly report\n\n{_report(language)}\n")
    return "\n".join(parts)


def _rights() -> str:
    rows = []
    for right in rights():
        actions = ", ".join(f"`{action}`" for action in right.actions)
        only = f", only where {right.condition}" if right.condition else ""
        when = f" ({right.when})" if right.when else ""
        may = f"{'never ' if right.is_denial else ''}{actions} on {right.on}{only}"
        rows.append((f"{right.who}{when}", may, f"`{right.sid}`: {right.why}"))
    return _table(("who", "may", "why"), rows)


def _exceptions() -> str:
    resources = parse(ROOT / "template.yaml")["Resources"]
    rows = [
        (f"`{name}`", f"`{skip['id']}`", skip["comment"])
        for name, resource in resources.items()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", ())
    ]
    return _table(("resource", "check", "why it does not hold here"), rows)


def security(text: str) -> str:
    """The page for reviewers, with every permission and every exception of the auditors."""
    return _filled(_filled(text, "rights", _rights()), "exceptions", _exceptions())


def channels(text: str) -> str:
    """The page with what the command prints, and what arrives in each service."""
    return _all_filled(text, {"channels": screens, "arrives": what_arrives, "preview": preview})


PAGES: Mapping[str, Callable[[str], str]] = {
    "README.md": readme,
    "README.zh.md": chinese_readme,
    "docs/notifications.md": lambda _: notifications(),
    "docs/first-ten-minutes.md": lambda text: _all_filled(
        text, {"demo": _demo, "account": partial(_account, "production", 100)}
    ),
    "docs/add-a-provider.md": add_a_provider,
    "docs/security.md": security,
    "docs/channels.md": channels,
    "docs/cost.md": lambda text: _all_filled(text, cost_page.BLOCKS),
}


def main() -> None:
    """Write every page as it should be."""
    for name, page in PAGES.items():
        path = ROOT / name
        before = path.read_text("utf-8") if path.exists() else ""
        path.write_text(page(before), "utf-8")


if __name__ == "__main__":
    main()
