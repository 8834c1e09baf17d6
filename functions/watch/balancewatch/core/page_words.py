"""The words of the page, by language; what messages say too is in the phrases."""

from collections.abc import Mapping
from enum import StrEnum

from balancewatch.core.account import Language


class Word(StrEnum):
    """Everything that only the page says."""

    ACCOUNTS = "accounts"
    CHECKED = "checked"
    NEVER_CHECKED = "never_checked"
    IN_ALL = "in_all"
    SPENT = "spent"
    NONE_YET = "none_yet"
    HOW_TO_BEGIN = "how_to_begin"
    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    EMPTY = "empty"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    UNLIMITED = "unlimited"
    LEFT = "left"
    LAST_KNOWN = "last_known"
    BY_NOW = "by_now"
    LASTS = "lasts"
    LASTS_UNKNOWN = "lasts_unknown"
    TOP_UP = "top_up"
    NO_TOP_UP = "no_top_up"
    READ = "read"
    TROUBLE = "trouble"
    SINCE = "since"
    BLOCKED = "blocked"
    CURVE = "curve"
    NO_CURVE = "no_curve"
    NOW = "now"
    DAYS_AGO = "days_ago"
    DAYS_AHEAD = "days_ahead"
    LEGEND_PAST = "legend_past"
    LEGEND_FAN = "legend_fan"
    LEGEND_LIKELY = "legend_likely"
    LEGEND_LIMIT = "legend_limit"
    LEGEND_TOP_UP = "legend_top_up"
    LEGEND_GAP = "legend_gap"
    NOT_ALL_DRAWN = "not_all_drawn"


_EN: Mapping[Word, str] = {
    Word.ACCOUNTS: "{count} accounts",
    Word.CHECKED: "checked {when}",
    Word.NEVER_CHECKED: "not checked yet",
    Word.IN_ALL: "left in all",
    Word.SPENT: "spent in 7 days",
    Word.NONE_YET: "No accounts yet",
    Word.HOW_TO_BEGIN: "Put your accounts into the secret of the stack; the next run shows them here.",
    Word.OK: "ok",
    Word.WARNING: "warning",
    Word.CRITICAL: "critical",
    Word.EMPTY: "empty",
    Word.UNREACHABLE: "cannot be read",
    Word.UNKNOWN: "never read",
    Word.UNLIMITED: "unlimited",
    Word.LEFT: "left",
    Word.LAST_KNOWN: "when it was last read",
    Word.BY_NOW: "About {amount} by now, at its usual spend.",
    Word.LASTS: "Lasts {span}",
    Word.LASTS_UNKNOWN: "How long it lasts cannot be said yet",
    Word.TOP_UP: "Last top-up",
    Word.NO_TOP_UP: "none seen",
    Word.READ: "Read",
    Word.TROUBLE: "Cannot be read: {reason}",
    Word.SINCE: "since {when}",
    Word.BLOCKED: "The provider says that it cannot be spent.",
    Word.CURVE: "Left in the last 14 days, from {first} to {last}, and what may be left in the next 7",
    Word.NO_CURVE: "Nothing was read in the last 14 days",
    Word.NOW: "now",
    Word.DAYS_AGO: "14 days ago",
    Word.DAYS_AHEAD: "in 7 days",
    Word.LEGEND_PAST: "what was left",
    Word.LEGEND_FAN: "what may be left: an 80 % range",
    Word.LEGEND_LIKELY: "likely",
    Word.LEGEND_LIMIT: "threshold",
    Word.LEGEND_TOP_UP: "top-up",
    Word.LEGEND_GAP: "a gap: it could not be read",
    Word.NOT_ALL_DRAWN: "The past is drawn for the {count} worst; `balancewatch report --html` draws all.",
}

_ZH: Mapping[Word, str] = {
    Word.ACCOUNTS: "{count} 个账户",
    Word.CHECKED: "查询于 {when}",
    Word.NEVER_CHECKED: "尚未查询",
    Word.IN_ALL: "合计余额",
    Word.SPENT: "近 7 天用量",
    Word.NONE_YET: "还没有账户",
    Word.HOW_TO_BEGIN: "请把账户写入堆栈的密钥；下一次运行后会显示在这里。",
    Word.OK: "正常",
    Word.WARNING: "警告",
    Word.CRITICAL: "紧急",
    Word.EMPTY: "用尽",
    Word.UNREACHABLE: "无法查询",
    Word.UNKNOWN: "从未查询成功",
    Word.UNLIMITED: "不限额度",
    Word.LEFT: "剩余",
    Word.LAST_KNOWN: "最近一次查询时",
    Word.BY_NOW: "按平时用量，现在约剩 {amount}。",
    Word.LASTS: "可用{span}",
    Word.LASTS_UNKNOWN: "尚无法估算可用多久",
    Word.TOP_UP: "最近充值",
    Word.NO_TOP_UP: "未见充值",
    Word.READ: "读取时间",
    Word.TROUBLE: "无法查询：{reason}",
    Word.SINCE: "始于 {when}",
    Word.BLOCKED: "服务商显示账户无法使用。",
    Word.CURVE: "近 14 天余额从 {first} 到 {last}，以及今后 7 天可能的余额",
    Word.NO_CURVE: "近 14 天没有读到余额",
    Word.NOW: "现在",
    Word.DAYS_AGO: "14 天前",
    Word.DAYS_AHEAD: "7 天后",
    Word.LEGEND_PAST: "过去的余额",
    Word.LEGEND_FAN: "可能的余额（80% 区间）",
    Word.LEGEND_LIKELY: "最可能",
    Word.LEGEND_LIMIT: "阈值",
    Word.LEGEND_TOP_UP: "充值",
    Word.LEGEND_GAP: "空白：未能查询",
    Word.NOT_ALL_DRAWN: "仅为最紧急的 {count} 个账户绘制历史；`balancewatch report --html` 绘制全部。",
}

WORDS: Mapping[Language, Mapping[Word, str]] = {Language.EN: _EN, Language.ZH: _ZH}
