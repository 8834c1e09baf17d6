"""The length of a short message: one segment, in the alphabet that its characters need.

3GPP TS 23.038: 160 characters of the 7-bit alphabet (some take two), else 70 UTF-16 units.
"""

_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE = frozenset("^{}\\[~]|€\f")
_MOST_7_BIT = 160
_MOST_UTF_16 = 70


def fits(text: str) -> bool:
    """Whether the text goes as one segment."""
    taken, most = measured(text)
    return taken <= most


def measured(text: str) -> tuple[int, int]:
    """How many units it takes, and how many one segment has, in the alphabet that it needs."""
    if all(char in _ALPHABET or char in _DOUBLE for char in text):
        return sum(1 + (char in _DOUBLE) for char in text), _MOST_7_BIT
    return len(text.encode("utf-16-be")) // 2, _MOST_UTF_16


def cut(text: str, *, mark: str = "...") -> str:
    """The text, or as much of its start as one segment takes."""
    if fits(text):
        return text
    kept = text[:_MOST_7_BIT]
    while kept and not fits(kept + mark):
        kept = kept[:-1]
    return kept + mark
