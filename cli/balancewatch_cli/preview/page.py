"""The forms of a notification, as people read them."""

import json
from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from balancewatch.core.account import Language
from balancewatch_cli.preview.forms import Shown
from balancewatch_cli.terminal import heading

_LANGUAGES = {Language.EN: "English", Language.ZH: "Chinese"}


def show(console: Console, forms: Sequence[Shown], made_up: Sequence[str], *, is_urgent: bool) -> None:
    """Print all forms; the JSON, of which only the words differ by language, once."""
    for each in forms:
        said, language = each.message, _LANGUAGES[each.language]
        _show(console, f"E-mail ({language})", f"Subject: {said.subject}\n\n{said.email.strip()}")
        taken, most = each.sms_size
        only = "" if is_urgent else "; only what is critical is sent"
        _show(
            console,
            f"Text message ({language})",
            said.sms,
            f"one segment, {taken} of {most} characters{only}",
        )
        for form in each.chats:
            _show(console, f"{form.services} ({language})", form.text)
    payload = json.loads(forms[0].message.payload)
    _show(console, "Queues and HTTP", json.dumps(payload, indent=2, ensure_ascii=False))
    if made_up:
        console.print(Text(f"Made up, since it is not so or not known: {', '.join(made_up)}.", "dim"))


def _show(console: Console, title: str, text: str, note: str = "") -> None:
    console.print(heading(title, note))
    console.print(Padding(Text(text, overflow="fold"), (0, 0, 1, 2), expand=False))
