"""How the page looks: one sheet, whose names all begin with `bw`, for it may stand within another page."""

from balancewatch.core.markup import Markup
from balancewatch.core.palette import DARK, LIGHT, Palette, Theme

_LEVELS = ("ok", "warning", "critical", "empty", "unreachable", "unknown")

_SHEET = """
.bw{background:var(--bw-page);color:var(--bw-ink);box-sizing:border-box;padding:16px;
font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","PingFang SC","Microsoft YaHei",
"Noto Sans CJK SC",sans-serif;overflow-wrap:anywhere;-webkit-text-size-adjust:100%;min-height:100%}
.bw *{box-sizing:border-box;margin:0;padding:0;min-width:0}
.bw h1,.bw h2{color:inherit;font-weight:600}
.bw-title{font-size:20px}
.bw-name{font-size:16px;flex:1 1 auto}
.bw-faint{color:var(--bw-faint);font-size:13px}
.bw-head{display:grid;gap:6px;margin-bottom:16px}
.bw-badges,.bw-sums,.bw-legend{display:flex;flex-wrap:wrap;gap:6px 14px}
.bw-cards{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr))}
.bw-card{background:var(--bw-card);border:1px solid var(--bw-edge);border-radius:8px;padding:12px 14px;
display:flex;flex-direction:column;gap:6px;break-inside:avoid}
.bw-card-head{display:flex;gap:8px;align-items:flex-start;justify-content:space-between}
.bw-badge{border-radius:999px;padding:1px 10px;font-size:13px;font-weight:600;white-space:nowrap;flex:none}
.bw-amount{font-size:22px;font-weight:650;font-variant-numeric:tabular-nums}
.bw-trouble{color:var(--bw-unreachable);font-weight:600;font-size:14px}
.bw-lasts{font-size:14px}
.bw-curve{display:block;width:100%;height:auto;margin-top:auto;padding-top:4px}
.bw-label{font-size:12px;fill:var(--bw-faint)}
.bw-axis{stroke:var(--bw-edge);stroke-width:1}
.bw-past{fill:none;stroke:var(--bw-past);stroke-width:2;stroke-linejoin:round}
.bw-past-dot{fill:var(--bw-past)}
.bw-fan{fill:var(--bw-fan);stroke:var(--bw-fan-edge);stroke-width:1}
.bw-likely{fill:none;stroke:var(--bw-past);stroke-width:1.5;stroke-dasharray:5 4}
.bw-limit{stroke:var(--bw-limit);stroke-width:1.5;stroke-dasharray:1.5 3}
.bw-top-up{fill:var(--bw-ink)}
.bw-sample{width:24px;height:12px;margin-right:6px;vertical-align:-1px}
.bw-key{white-space:nowrap}
.bw-facts{display:grid;grid-template-columns:1fr 1fr;gap:6px 12px;font-size:13px}
.bw-time{white-space:nowrap}
.bw-fact{display:flex;flex-direction:column}
.bw-sums .bw-fact{flex-direction:row;flex-wrap:wrap;gap:0 8px}
.bw dt{color:var(--bw-faint)}
.bw dd{font-variant-numeric:tabular-nums}
.bw-foot{margin-top:14px;display:grid;gap:6px}
@media (max-width:420px){.bw{padding:10px}}
@media print{.bw{background:none}}
"""


def style(theme: Theme) -> Markup:
    """The sheet with the colours of the theme; `auto` has both."""
    match theme:
        case Theme.LIGHT:
            colours = _colours(".bw", LIGHT)
        case Theme.DARK:
            colours = _colours(".bw", DARK)
        case Theme.AUTO:
            dark = _colours(".bw", DARK)
            colours = f"{_colours('.bw', LIGHT)}@media (prefers-color-scheme:dark){{{dark}}}"
    badges = "".join(
        f".bw-badge-{level}{{color:var(--bw-{level});background:var(--bw-{level}-back)}}"
        f".bw-is-{level}{{border-left:{5 if level != 'ok' else 1}px solid var(--bw-edge)}}"
        for level in _LEVELS
    )
    return Markup(colours + "".join(_SHEET.splitlines()) + badges)


def _colours(selector: str, palette: Palette) -> str:
    return f"{selector}{{{''.join(f'--bw-{name}:{colour};' for name, colour in palette.items())}}}"
