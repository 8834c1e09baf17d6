"""How a test is marked, and what one says that is about no account; in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass

CHANNEL, TOPIC = "channel", "topic"


@dataclass(frozen=True, slots=True)
class Words:
    """What a language says."""

    mark: str
    """Stands before whatever is a test."""
    is_test: str
    subjects: Mapping[str, str]
    """By what is tested."""
    texts: Mapping[str, str]


WORDS: Mapping[str, Words] = {
    "en": Words(
        mark="[test] ",
        is_test="This is a test. Nothing is wrong, and nothing is to do.",
        subjects={CHANNEL: "{stack}: this channel works", TOPIC: "{stack}: messages arrive"},
        texts={
            CHANNEL: "What happens to your accounts will be told here.",
            TOPIC: "It was published to the topic of the stack, as what happens to your accounts is.",
        },
    ),
    "zh": Words(
        mark="【测试】",
        is_test="这是一条测试消息，一切正常，无需处理。",
        subjects={CHANNEL: "{stack}：此渠道可用", TOPIC: "{stack}：消息可以送达"},
        texts={
            CHANNEL: "账户的通知今后会发到这里。",
            TOPIC: "它发布到了堆栈的主题，与账户的通知走同一条路。",
        },
    ),
}


def text_of(what: str, language: str, stack: str) -> tuple[str, str]:
    """Subject and text of a test of something."""
    words = WORDS[language]
    return f"{words.mark}{words.subjects[what].format(stack=stack)}", f"{words.is_test}\n{words.texts[what]}"
