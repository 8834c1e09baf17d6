"""The Lambda entry point behind the dashboard's widget: all accounts as a page. It only reads.

CloudWatch calls it with the viewer's rights and shows the HTML that it returns; scripts are not allowed. An
event with `describe` asks for Markdown that says what the widget is.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from aws_lambda_powertools import Logger

from balancewatch.adapters.metrics import SERVICE
from balancewatch.aws import Clients
from balancewatch.core.markup import classed, text
from balancewatch.core.outside import OutsideError
from balancewatch.core.page import Manner, fragment
from balancewatch.core.palette import Theme
from balancewatch.kept import kept_in
from balancewatch.settings import WidgetSettings, widget_settings
from balancewatch.survey import Kept, survey

CURVES = 50
"""The past of so many accounts is drawn: each is a query, and people wait for the answer."""

DESCRIPTION = """\
## balancewatch: all accounts

For every account of the stack, the worst first: balance, threshold, how long it lasts, the last top-up, the
last 14 days and what may be left in the next 7. It reads the stack's table and nothing else.

### Widget parameters

None. Light or dark is as your console is.
"""

_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Parts:
    """What is made once and used by every look."""

    settings: WidgetSettings
    logger: Logger
    kept: Kept


def handler(event: Mapping[str, object], _context: object) -> str:
    """The page as HTML; what the widget is, where that is asked."""
    if "describe" in event:
        return DESCRIPTION
    made = parts()
    settings = made.settings
    now = datetime.now(UTC)  # noqa: TID251  # the shell reads the clock
    try:
        overview = survey(made.kept, settings.stack, now, CURVES)
    except OutsideError as error:
        made.logger.error("not shown", extra={"error": str(error)})  # noqa: TRY400  # a traceback says no more
        return classed("p", "bw", text(f"The accounts cannot be shown: {error}."))
    return fragment(overview, Manner(settings.language, settings.timezone, theme_of(event), CURVES))


def theme_of(event: Mapping[str, object]) -> Theme:
    """The console's theme, as the event says it."""
    match event:
        case {"widgetContext": {"theme": "dark"}}:
            return Theme.DARK
        case {"widgetContext": {"theme": "light"}}:
            return Theme.LIGHT
        case _:
            return Theme.AUTO


@cache
def parts() -> Parts:
    """Made at the first look and kept."""
    settings = widget_settings()
    client = Clients().make("dynamodb", attempts=3, connections=_CONNECTIONS)
    return Parts(
        settings=settings,
        logger=Logger(service=SERVICE, location=None, use_rfc3339=True),
        kept=kept_in(client, settings.table),
    )
