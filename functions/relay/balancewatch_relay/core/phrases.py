"""The few words of the relay's own; all else is said by who published it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from balancewatch_relay.core.news import Language


class Phrase(StrEnum):
    TOP_UP = "top_up"
    LOOK = "look"
    MORE = "more"
    OTHERS = "others"
    OVER = "over"
    ALARM = "alarm"
    ALARM_OVER = "alarm_over"
    ALARM_BLIND = "alarm_blind"
    STACK_ALARM = "stack_alarm"
    STACK_ALARM_OVER = "stack_alarm_over"
    MESSAGE = "message"


PHRASES: Mapping[Language, Mapping[Phrase, str]] = {
    Language.EN: {
        Phrase.TOP_UP: "Top up",
        Phrase.LOOK: "Open the alarm",
        Phrase.MORE: "... and {count} more",
        Phrase.OTHERS: "{subject} (and {count} more)",
        Phrase.OVER: "The alarm is over.",
        Phrase.ALARM: "[critical] Alarm: {name}",
        Phrase.ALARM_OVER: "[resolved] Alarm: {name}",
        Phrase.ALARM_BLIND: "[warning] Alarm without data: {name}",
        Phrase.STACK_ALARM: "[critical] {stack}: {what}",
        Phrase.STACK_ALARM_OVER: "[resolved] {stack}: {what}",
        Phrase.MESSAGE: "Message",
    },
    Language.ZH: {
        Phrase.TOP_UP: "充值",
        Phrase.LOOK: "查看告警",
        Phrase.MORE: "……另有 {count} 条",
        Phrase.OTHERS: "{subject}（另有 {count} 条）",
        Phrase.OVER: "告警已解除。",
        Phrase.ALARM: "[紧急] 告警：{name}",
        Phrase.ALARM_OVER: "[已恢复] 告警：{name}",
        Phrase.ALARM_BLIND: "[警告] 告警缺少数据：{name}",
        Phrase.STACK_ALARM: "[紧急] {stack}：{what}",
        Phrase.STACK_ALARM_OVER: "[已恢复] {stack}：{what}",
        Phrase.MESSAGE: "消息",
    },
}


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """An alarm of the stack: what is wrong, and what is so once it is over."""

    wrong: str
    well: str
    act: str | None = None
    """What to do; None where the alarm's own description says it in this language."""


ALARMS: Mapping[str, Mapping[Language, AlarmWords]] = {
    "NoCompletedRun": {
        Language.EN: AlarmWords("no check is completed", "checks are completed again"),
        Language.ZH: AlarmWords(
            "连续四个周期没有完成检查",
            "检查已恢复",
            "余额偏低时将不会有任何通知。请查看函数日志中最新的错误；最常见的原因是账户密钥仍为空，"
            "或不是有效的 JSON。",
        ),
    },
    "FailedRuns": {
        Language.EN: AlarmWords("checks fail again and again", "checks succeed again"),
        Language.ZH: AlarmWords(
            "检查接连失败",
            "检查已恢复成功",
            "至少有一部分检查失败，通知可能延迟。请查看函数日志中最新的错误，其中写明了原因。",
        ),
    },
    "AbandonedRuns": {
        Language.EN: AlarmWords("a check was given up", "no check that was given up is left"),
        Language.ZH: AlarmWords(
            "有一次检查被放弃",
            "已没有被放弃的检查",
            "一次检查两次失败，或无法启动；下一次检查完成后即可弥补。请查看失败队列中的消息，处理后清空该队列。",
        ),
    },
    "AbandonedTeams": {
        Language.EN: AlarmWords("a team cannot be checked", "no team that could not be checked is left"),
        Language.ZH: AlarmWords(
            "有团队无法完成检查",
            "已没有无法检查的团队",
            "某个团队连续三次检查失败。请查看团队失败队列中的消息，其中写明了团队；最常见的原因是其密钥为空，"
            "或不是有效的 JSON。处理后清空该队列。",
        ),
    },
    "WaitingTeams": {
        Language.EN: AlarmWords("teams wait too long", "teams are checked in time again"),
        Language.ZH: AlarmWords(
            "团队等待检查的时间过长",
            "团队检查已恢复及时",
            "团队已等待三个周期，检查过迟。请调大参数 TeamsAtOnce 或 IntervalMinutes，"
            "并查看 Lambda 是否限流。",
        ),
    },
    "UndeliveredMessages": {
        Language.EN: AlarmWords("a message did not arrive", "no message that did not arrive is left"),
        Language.ZH: AlarmWords(
            "有消息未能送达",
            "已没有未送达的消息",
            "请查看未送达队列中的消息，修复其接收者，然后清空该队列。",
        ),
    },
}
"""By the alarm's logical id in the template."""


def say(language: Language, phrase: Phrase, **fields: str) -> str:
    return PHRASES[language][phrase].format(**fields)
