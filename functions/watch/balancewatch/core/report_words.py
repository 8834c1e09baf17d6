"""The words of the weekly report, by language; what messages say too is in the phrases."""

from collections.abc import Mapping
from enum import StrEnum

from balancewatch.core.account import Language


class Word(StrEnum):
    """Everything that only the report says."""

    SUBJECT = "subject"
    COUNT = "count"
    COUNT_ONE = "count_one"
    OF_TEAM = "of_team"
    OK = "ok"
    LOW = "low"
    EMPTY = "empty"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    WHEN = "when"
    SUMS = "sums"
    NO_SUMS = "no_sums"
    ACCOUNTS = "accounts"
    LINE = "line"
    IS_OK = "is_ok"
    IS_WARNING = "is_warning"
    IS_CRITICAL = "is_critical"
    IS_EMPTY = "is_empty"
    IS_UNREACHABLE = "is_unreachable"
    IS_UNKNOWN = "is_unknown"
    LEFT = "left"
    LEFT_ABOUT = "left_about"
    UNLIMITED = "unlimited"
    SPENT = "spent"
    LASTS = "lasts"
    MORE = "more"
    TOLD = "told"
    TOLD_LINE = "told_line"
    TOLD_NOTHING = "told_nothing"
    TOLD_LOW = "told_low"
    TOLD_WELL = "told_well"
    TOLD_UNREACHABLE = "told_unreachable"
    TOLD_REACHABLE = "told_reachable"
    END = "end"


_EN: Mapping[Word, str] = {
    Word.SUBJECT: "[info] weekly report: {counts}",
    Word.COUNT: "{count} accounts",
    Word.COUNT_ONE: "1 account",
    Word.OF_TEAM: "{accounts} of team {team}",
    Word.OK: "{count} ok",
    Word.LOW: "{count} low",
    Word.EMPTY: "{count} empty",
    Word.UNREACHABLE: "{count} cannot be read",
    Word.UNKNOWN: "{count} never read",
    Word.WHEN: "{counts}, on {when}.",
    Word.SUMS: "Left in all: {left}. Spent in 7 days: {spent}.",
    Word.NO_SUMS: "No balance is known.",
    Word.ACCOUNTS: "Accounts, the worst first",
    Word.LINE: "  {title} ({level}): {facts}",
    Word.IS_OK: "ok",
    Word.IS_WARNING: "warning",
    Word.IS_CRITICAL: "critical",
    Word.IS_EMPTY: "empty",
    Word.IS_UNREACHABLE: "cannot be read",
    Word.IS_UNKNOWN: "never read",
    Word.LEFT: "{amount} left",
    Word.LEFT_ABOUT: "about {amount} left by now",
    Word.UNLIMITED: "unlimited",
    Word.SPENT: "{amount} spent in 7 days",
    Word.LASTS: "lasts {span}",
    Word.MORE: "  and {count} more",
    Word.TOLD: "Last told of each account, in 7 days",
    Word.TOLD_LINE: "  {when}  {title}: {what}",
    Word.TOLD_NOTHING: "  Nothing.",
    Word.TOLD_LOW: "low ({level})",
    Word.TOLD_WELL: "well again",
    Word.TOLD_UNREACHABLE: "cannot be read",
    Word.TOLD_REACHABLE: "can be read again",
    Word.END: "This report comes once a week. Between two of them, no message means that nothing changed.",
}

_ZH: Mapping[Word, str] = {
    Word.SUBJECT: "[通知] 每周报告：{counts}",
    Word.COUNT: "{count} 个账户",
    Word.COUNT_ONE: "1 个账户",
    Word.OF_TEAM: "团队 {team} 的 {accounts}",
    Word.OK: "{count} 个正常",
    Word.LOW: "{count} 个余额偏低",
    Word.EMPTY: "{count} 个用尽",
    Word.UNREACHABLE: "{count} 个无法查询",
    Word.UNKNOWN: "{count} 个从未查询成功",
    Word.WHEN: "{counts}（{when}）。",
    Word.SUMS: "合计余额：{left}。近 7 天用量：{spent}。",
    Word.NO_SUMS: "尚无已知余额。",
    Word.ACCOUNTS: "账户（最紧急的在前）",
    Word.LINE: "  {title}（{level}）：{facts}",
    Word.IS_OK: "正常",
    Word.IS_WARNING: "警告",
    Word.IS_CRITICAL: "紧急",
    Word.IS_EMPTY: "用尽",
    Word.IS_UNREACHABLE: "无法查询",
    Word.IS_UNKNOWN: "从未查询成功",
    Word.LEFT: "余额 {amount}",
    Word.LEFT_ABOUT: "现在约剩 {amount}",
    Word.UNLIMITED: "不限额度",
    Word.SPENT: "近 7 天用了 {amount}",
    Word.LASTS: "可用{span}",
    Word.MORE: "  另有 {count} 个",
    Word.TOLD: "近 7 天内每个账户的最后通知",
    Word.TOLD_LINE: "  {when}  {title}：{what}",
    Word.TOLD_NOTHING: "  无。",
    Word.TOLD_LOW: "余额偏低（{level}）",
    Word.TOLD_WELL: "已恢复正常",
    Word.TOLD_UNREACHABLE: "无法查询",
    Word.TOLD_REACHABLE: "已可查询",
    Word.END: "本报告每周一次；其间没有消息，即没有变化。",
}

WORDS: Mapping[Language, Mapping[Word, str]] = {Language.EN: _EN, Language.ZH: _ZH}
