"""The words of the messages, by language. A test holds the languages to the same keys and fields."""

from collections.abc import Mapping
from enum import StrEnum

from balancewatch.core.account import Language


class Phrase(StrEnum):
    """Everything that the messages say."""

    AT = "at"
    LOW = "low"
    LOW_CRITICAL = "low_critical"
    LOW_STILL = "low_still"
    LOW_STILL_CRITICAL = "low_still_critical"
    LOW_NO_LIMIT = "low_no_limit"
    LOW_RUNWAY = "low_runway"
    LOW_STILL_RUNWAY = "low_still_runway"
    LOW_ESTIMATED = "low_estimated"
    NOTHING_LEFT = "nothing_left"
    BLOCKED = "blocked"
    BLOCKED_UNKNOWN = "blocked_unknown"
    LASTS = "lasts"
    LASTS_UNKNOWN = "lasts_unknown"
    UNSTEADY = "unsteady"
    SPAN = "span"
    SPAN_ABOVE = "span_above"
    SPAN_BELOW = "span_below"
    HOUR = "hour"
    HOURS = "hours"
    DAY = "day"
    DAYS = "days"
    ACT_WARNING = "act_warning"
    ACT_WARNING_BY = "act_warning_by"
    ACT_CRITICAL = "act_critical"
    ACT_CRITICAL_BY = "act_critical_by"
    ACT_EMPTY = "act_empty"
    ACT_BLOCKED = "act_blocked"
    REFILLS = "refills"
    WELL = "well"
    WELL_UNLIMITED = "well_unlimited"
    TOPPED_UP = "topped_up"
    RISEN = "risen"
    EDITED = "edited"
    SPENDABLE = "spendable"
    SPENDS_LESS = "spends_less"
    ESTIMATE = "estimate"
    UNLIMITED = "unlimited"
    NEW_UNIT = "new_unit"
    UNREACHABLE = "unreachable"
    UNREACHABLE_STILL = "unreachable_still"
    LAST_KNOWN = "last_known"
    LAST_UNLIMITED = "last_unlimited"
    BY_NOW = "by_now"
    NEVER_READ = "never_read"
    REACHABLE = "reachable"
    HAS_LEFT = "has_left"
    HAS_UNLIMITED = "has_unlimited"
    NOT_SPENDABLE_NOW = "not_spendable_now"
    REMOVED = "removed"
    REMOVED_ADVICE = "removed_advice"
    NAMELESS = "nameless"
    NAMELESS_OVER = "nameless_over"
    DIGEST = "digest"
    DIGEST_SMS = "digest_sms"
    PART_LOW = "part_low"
    PART_UNREACHABLE = "part_unreachable"
    PART_WELL = "part_well"
    PART_REACHABLE = "part_reachable"
    PART_REMOVED = "part_removed"
    GROUP = "group"
    GROUP_MEMBER = "group_member"
    COMMA = "comma"
    TOP_UP_AT = "top_up_at"
    DETAILS = "details"
    SUBJECT_LEFT = "subject_left"
    SUBJECT_LASTS = "subject_lasts"
    SUBJECT_ESTIMATED = "subject_estimated"
    SUBJECT_BLOCKED = "subject_blocked"
    SUBJECT_UNREACHABLE = "subject_unreachable"
    SUBJECT_REACHABLE = "subject_reachable"
    SUBJECT_REMOVED = "subject_removed"
    SUBJECT_WELL = "subject_well"
    SUBJECT_NAMELESS = "subject_nameless"
    MARK_INFO = "mark_info"
    MARK_WARNING = "mark_warning"
    MARK_CRITICAL = "mark_critical"
    MARK_RESOLVED = "mark_resolved"
    D_ACCOUNT = "d_account"
    D_LEVEL = "d_level"
    D_LEVEL_LAST = "d_level_last"
    D_REMAINING = "d_remaining"
    D_ESTIMATE = "d_estimate"
    OWN_ESTIMATE = "own_estimate"
    D_RUNWAY = "d_runway"
    D_DAILY = "d_daily"
    A_DAY = "a_day"
    D_USED = "d_used"
    D_THRESHOLD = "d_threshold"
    D_CRITICAL = "d_critical"
    D_RUNWAY_LIMIT = "d_runway_limit"
    D_REASON = "d_reason"
    D_DETAIL = "d_detail"
    D_SINCE = "d_since"
    D_REQUEST_TIME = "d_request_time"
    D_HTTP_STATUS = "d_http_status"
    D_NOTIFICATION = "d_notification"


_EN: Mapping[Phrase, str] = {
    Phrase.AT: "{title} at {provider}",
    Phrase.LOW: "{who} has {amount} left, at or below its threshold of {limit}.",
    Phrase.LOW_CRITICAL: "{who} has {amount} left, at or below its critical threshold of {limit}.",
    Phrase.LOW_STILL: "{who} is still low: {amount} left; its threshold is {limit}.",
    Phrase.LOW_STILL_CRITICAL: "{who} is still low: {amount} left; its critical threshold is {limit}.",
    Phrase.LOW_NO_LIMIT: "{who} has {amount} left.",
    Phrase.LOW_RUNWAY: "{who} has {amount} left, and at its usual spend that lasts {span}.",
    Phrase.LOW_STILL_RUNWAY: "{who} is still low: {amount} left, and at its usual spend that lasts {span}.",
    Phrase.LOW_ESTIMATED: "{who} cannot be read; at its usual spend about {amount} is left by now.",
    Phrase.NOTHING_LEFT: "{who} has nothing left: {amount}.",
    Phrase.BLOCKED: "{who} cannot be spent, though {amount} is left: the provider says that it is disabled.",
    Phrase.BLOCKED_UNKNOWN: "{who} cannot be spent: the provider says that it is used up or disabled.",
    Phrase.LASTS: "At its usual spend it lasts {span}.",
    Phrase.LASTS_UNKNOWN: "How long it lasts cannot be said yet: there is not enough history.",
    Phrase.UNSTEADY: "Its spend is unsteady, so this is a rough guess.",
    Phrase.SPAN: "between {early} and {late}",
    Phrase.SPAN_ABOVE: "more than {early}",
    Phrase.SPAN_BELOW: "less than {late}",
    Phrase.HOUR: "{number} hour",
    Phrase.HOURS: "{number} hours",
    Phrase.DAY: "{number} day",
    Phrase.DAYS: "{number} days",
    Phrase.ACT_WARNING: "Top up soon.",
    Phrase.ACT_WARNING_BY: "Top up before {when}.",
    Phrase.ACT_CRITICAL: "Top up now.",
    Phrase.ACT_CRITICAL_BY: "Top up now: it may be empty by {when}.",
    Phrase.ACT_EMPTY: "Calls fail or are about to: top up now.",
    Phrase.ACT_BLOCKED: "Calls fail until the provider enables it: look at its console.",
    Phrase.REFILLS: "It refills on {when}.",
    Phrase.WELL: "{who} is well again: {amount} left.",
    Phrase.WELL_UNLIMITED: "{who} is well again: it is unlimited.",
    Phrase.TOPPED_UP: "It was topped up by {rise}.",
    Phrase.RISEN: "It has risen by {rise}.",
    Phrase.EDITED: "The rule was changed, and by it the balance is not low.",
    Phrase.SPENDABLE: "It can be spent again.",
    Phrase.SPENDS_LESS: "It spends less than before.",
    Phrase.ESTIMATE: "It could be read again: the estimate was too low.",
    Phrase.UNLIMITED: "It has no limit any more.",
    Phrase.NEW_UNIT: "Its unit has changed, and in the new one it is not low.",
    Phrase.UNREACHABLE: "{who} cannot be read: {reason}.",
    Phrase.UNREACHABLE_STILL: "{who} still cannot be read: {reason}.",
    Phrase.LAST_KNOWN: "Last known: {amount} left on {when}.",
    Phrase.LAST_UNLIMITED: "When it was last read, on {when}, it was unlimited.",
    Phrase.BY_NOW: "At its usual spend about {amount} is left by now.",
    Phrase.NEVER_READ: "It was never read so far.",
    Phrase.REACHABLE: "{who} can be read again.",
    Phrase.HAS_LEFT: "It has {amount} left.",
    Phrase.HAS_UNLIMITED: "It is unlimited.",
    Phrase.NOT_SPENDABLE_NOW: "The provider says that it cannot be spent.",
    Phrase.REMOVED: "{who} is no longer watched.",
    Phrase.REMOVED_ADVICE: "It is not in the list of accounts any more. If that was not meant, add it again.",
    Phrase.NAMELESS: "Entries in the list of accounts have no usable name and are not watched.",
    Phrase.NAMELESS_OVER: "All entries in the list of accounts have usable names again.",
    Phrase.DIGEST: "{count} messages: {parts}",
    Phrase.DIGEST_SMS: "{summary}. {titles}",
    Phrase.PART_LOW: "{count} low",
    Phrase.PART_UNREACHABLE: "{count} cannot be read",
    Phrase.PART_WELL: "{count} well again",
    Phrase.PART_REACHABLE: "{count} can be read again",
    Phrase.PART_REMOVED: "{count} no longer watched",
    Phrase.GROUP: "{count} accounts at {host} cannot be read: {reason}.",
    Phrase.GROUP_MEMBER: "  {title} (last known: {amount})",
    Phrase.COMMA: ", ",
    Phrase.TOP_UP_AT: "Top up: {url}",
    Phrase.DETAILS: "Details",
    Phrase.SUBJECT_LEFT: "{title}: {amount} left",
    Phrase.SUBJECT_LASTS: "{title}: {amount} left, lasts {span}",
    Phrase.SUBJECT_ESTIMATED: "{title}: about {amount} left, by estimate",
    Phrase.SUBJECT_BLOCKED: "{title}: cannot be spent",
    Phrase.SUBJECT_UNREACHABLE: "{title}: cannot be read ({reason})",
    Phrase.SUBJECT_REACHABLE: "{title}: can be read again",
    Phrase.SUBJECT_REMOVED: "{title}: no longer watched",
    Phrase.SUBJECT_WELL: "{title}: well again",
    Phrase.SUBJECT_NAMELESS: "accounts without a usable name",
    Phrase.MARK_INFO: "info",
    Phrase.MARK_WARNING: "warning",
    Phrase.MARK_CRITICAL: "critical",
    Phrase.MARK_RESOLVED: "resolved",
    Phrase.D_ACCOUNT: "Account",
    Phrase.D_LEVEL: "Level",
    Phrase.D_LEVEL_LAST: "Level when last read",
    Phrase.D_REMAINING: "Remaining",
    Phrase.D_ESTIMATE: "Estimated now",
    Phrase.OWN_ESTIMATE: "{amount} (balancewatch's own estimate: what was bought, less what was spent)",
    Phrase.D_RUNWAY: "Lasts",
    Phrase.D_DAILY: "Usual spend",
    Phrase.A_DAY: "{amount} a day",
    Phrase.D_USED: "Used",
    Phrase.D_THRESHOLD: "Threshold",
    Phrase.D_CRITICAL: "Critical at",
    Phrase.D_RUNWAY_LIMIT: "Low within",
    Phrase.D_REASON: "Reason",
    Phrase.D_DETAIL: "What came",
    Phrase.D_SINCE: "Failing since",
    Phrase.D_REQUEST_TIME: "Request time",
    Phrase.D_HTTP_STATUS: "HTTP status",
    Phrase.D_NOTIFICATION: "Notification",
}

_ZH: Mapping[Phrase, str] = {
    Phrase.AT: "{title}（{provider}）",
    Phrase.LOW: "{who}余额 {amount}，已达到或低于阈值 {limit}。",
    Phrase.LOW_CRITICAL: "{who}余额 {amount}，已达到或低于紧急阈值 {limit}。",
    Phrase.LOW_STILL: "{who}余额仍偏低：{amount}，阈值 {limit}。",
    Phrase.LOW_STILL_CRITICAL: "{who}余额仍偏低：{amount}，紧急阈值 {limit}。",
    Phrase.LOW_NO_LIMIT: "{who}余额 {amount}。",
    Phrase.LOW_RUNWAY: "{who}余额 {amount}，按平时用量可用{span}。",
    Phrase.LOW_STILL_RUNWAY: "{who}余额仍偏低：{amount}，按平时用量可用{span}。",
    Phrase.LOW_ESTIMATED: "{who}无法查询；按平时用量估算，现在约剩 {amount}。",
    Phrase.NOTHING_LEFT: "{who}余额已用尽：{amount}。",
    Phrase.BLOCKED: "{who}尚有 {amount}，但无法使用：服务商显示账户已停用。",
    Phrase.BLOCKED_UNKNOWN: "{who}无法使用：服务商显示额度用尽或账户已停用。",
    Phrase.LASTS: "按平时用量可用{span}。",
    Phrase.LASTS_UNKNOWN: "历史数据不足，尚无法估算可用多久。",
    Phrase.UNSTEADY: "用量不稳定，此估算较粗略。",
    Phrase.SPAN: " {early} 至 {late}",
    Phrase.SPAN_ABOVE: " {early}以上",
    Phrase.SPAN_BELOW: "不到 {late}",
    Phrase.HOUR: "{number} 小时",
    Phrase.HOURS: "{number} 小时",
    Phrase.DAY: "{number} 天",
    Phrase.DAYS: "{number} 天",
    Phrase.ACT_WARNING: "请尽快充值。",
    Phrase.ACT_WARNING_BY: "请在 {when} 前充值。",
    Phrase.ACT_CRITICAL: "请立即充值。",
    Phrase.ACT_CRITICAL_BY: "请立即充值：最早 {when} 用尽。",
    Phrase.ACT_EMPTY: "调用已经或即将失败，请立即充值。",
    Phrase.ACT_BLOCKED: "在服务商恢复账户之前调用会失败，请查看其控制台。",
    Phrase.REFILLS: "额度将于 {when} 恢复。",
    Phrase.WELL: "{who}已恢复正常：余额 {amount}。",
    Phrase.WELL_UNLIMITED: "{who}已恢复正常：不限额度。",
    Phrase.TOPPED_UP: "已充值 {rise}。",
    Phrase.RISEN: "余额增加了 {rise}。",
    Phrase.EDITED: "规则已修改，按新规则余额并不低。",
    Phrase.SPENDABLE: "现在可以继续使用。",
    Phrase.SPENDS_LESS: "用量比之前减少了。",
    Phrase.ESTIMATE: "已重新查询到余额：此前的估算偏低。",
    Phrase.UNLIMITED: "现在不限额度。",
    Phrase.NEW_UNIT: "单位已改变，按新单位计算余额并不低。",
    Phrase.UNREACHABLE: "{who}无法查询：{reason}。",
    Phrase.UNREACHABLE_STILL: "{who}仍无法查询：{reason}。",
    Phrase.LAST_KNOWN: "最近一次余额：{amount}（{when}）。",
    Phrase.LAST_UNLIMITED: "最近一次查询（{when}）时不限额度。",
    Phrase.BY_NOW: "按平时用量估算，现在约剩 {amount}。",
    Phrase.NEVER_READ: "至今从未查询成功。",
    Phrase.REACHABLE: "{who}已可正常查询。",
    Phrase.HAS_LEFT: "余额 {amount}。",
    Phrase.HAS_UNLIMITED: "不限额度。",
    Phrase.NOT_SPENDABLE_NOW: "服务商显示账户无法使用。",
    Phrase.REMOVED: "{who}不再受监控。",
    Phrase.REMOVED_ADVICE: "账户列表中已没有它；如非本意，请重新加入。",
    Phrase.NAMELESS: "账户列表中有条目没有可用的名称，未被监控。",
    Phrase.NAMELESS_OVER: "账户列表中的所有条目都有可用的名称了。",
    Phrase.DIGEST: "{count} 条消息：{parts}",
    Phrase.DIGEST_SMS: "{summary}。{titles}",
    Phrase.PART_LOW: "{count} 个余额偏低",
    Phrase.PART_UNREACHABLE: "{count} 个无法查询",
    Phrase.PART_WELL: "{count} 个已恢复正常",
    Phrase.PART_REACHABLE: "{count} 个已可查询",
    Phrase.PART_REMOVED: "{count} 个不再受监控",
    Phrase.GROUP: "{host} 的 {count} 个账户无法查询：{reason}。",
    Phrase.GROUP_MEMBER: "  {title}（最近余额：{amount}）",
    Phrase.COMMA: "、",
    Phrase.TOP_UP_AT: "充值：{url}",
    Phrase.DETAILS: "详情",
    Phrase.SUBJECT_LEFT: "{title}：余额 {amount}",
    Phrase.SUBJECT_LASTS: "{title}：余额 {amount}，可用{span}",
    Phrase.SUBJECT_ESTIMATED: "{title}：估算约剩 {amount}",
    Phrase.SUBJECT_BLOCKED: "{title}：无法使用",
    Phrase.SUBJECT_UNREACHABLE: "{title}：无法查询（{reason}）",
    Phrase.SUBJECT_REACHABLE: "{title}：已可查询",
    Phrase.SUBJECT_REMOVED: "{title}：不再受监控",
    Phrase.SUBJECT_WELL: "{title}：已恢复正常",
    Phrase.SUBJECT_NAMELESS: "账户列表中名称不可用的条目",
    Phrase.MARK_INFO: "通知",
    Phrase.MARK_WARNING: "警告",
    Phrase.MARK_CRITICAL: "紧急",
    Phrase.MARK_RESOLVED: "已恢复",
    Phrase.D_ACCOUNT: "账户",
    Phrase.D_LEVEL: "级别",
    Phrase.D_LEVEL_LAST: "最近级别",
    Phrase.D_REMAINING: "余额",
    Phrase.D_ESTIMATE: "现估余额",
    Phrase.OWN_ESTIMATE: "{amount}（balancewatch 自行估算：已购额度减去已用）",
    Phrase.D_RUNWAY: "可用时间",
    Phrase.D_DAILY: "平时用量",
    Phrase.A_DAY: "每天 {amount}",
    Phrase.D_USED: "已用",
    Phrase.D_THRESHOLD: "阈值",
    Phrase.D_CRITICAL: "紧急阈值",
    Phrase.D_RUNWAY_LIMIT: "可用时间阈值",
    Phrase.D_REASON: "原因",
    Phrase.D_DETAIL: "返回信息",
    Phrase.D_SINCE: "失败始于",
    Phrase.D_REQUEST_TIME: "查询时间",
    Phrase.D_HTTP_STATUS: "HTTP 状态",
    Phrase.D_NOTIFICATION: "通知编号",
}

PHRASES: Mapping[Language, Mapping[Phrase, str]] = {Language.EN: _EN, Language.ZH: _ZH}

REASONS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "misconfigured": "its entry in the list of accounts is wrong",
        "unauthorized": "the provider does not accept the token",
        "forbidden": "the token may not read the balance",
        "not_found": "nothing answers at that address",
        "rejected": "the provider refuses the request",
        "rate_limited": "the provider says that it is asked too often",
        "server_error": "the provider has an error of its own",
        "timeout": "no answer came in time",
        "dns": "the host name cannot be looked up",
        "tls": "the connection is not secure",
        "connection": "no connection comes about",
        "redirected": "the address sends callers elsewhere",
        "blocked_address": "the address is not a public one",
        "too_large": "the answer is too large",
        "bad_answer": "the answer cannot be understood",
        "implausible": "the balance fell too far at once to be believed",
        "internal": "balancewatch itself has an error",
    },
    Language.ZH: {
        "misconfigured": "账户列表中的条目有误",
        "unauthorized": "服务商不接受该令牌",
        "forbidden": "令牌无权读取余额",
        "not_found": "该地址没有应答",
        "rejected": "服务商拒绝了请求",
        "rate_limited": "服务商提示请求过于频繁",
        "server_error": "服务商自身出错",
        "timeout": "未能按时收到应答",
        "dns": "无法解析主机名",
        "tls": "连接不安全",
        "connection": "无法建立连接",
        "redirected": "该地址跳转到了别处",
        "blocked_address": "该地址不是公网地址",
        "too_large": "应答过大",
        "bad_answer": "无法理解应答内容",
        "implausible": "余额骤降，难以相信",
        "internal": "balancewatch 自身出错",
    },
}
