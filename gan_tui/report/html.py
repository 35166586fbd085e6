"""A report as one HTML file: no script, no network, light and dark."""

from collections.abc import Iterable, Sequence
from html import escape

from gan_tui import __version__
from gan_tui.report import svg
from gan_tui.report.comparison import Comparison
from gan_tui.report.facts import Facts
from gan_tui.report.pictures import Picture

STYLE = """\
:root{color-scheme:light dark;--ink:#1c2128;--muted:#5b6472;--line:#d5dae1;--page:#fff;
--good:#0f7f66;--info:#0b72b5;--warning:#9a6700;--bad:#c1121f}
@media(prefers-color-scheme:dark){:root{--ink:#e3e8ef;--muted:#9aa5b4;--line:#39414d;--page:#14181f;
--good:#62e6c3;--info:#5cc8ff;--warning:#f2c14e;--bad:#ff7b72}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1360px;padding:24px;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:24px;margin:0}h2{font-size:17px;margin:32px 0 8px}
p{margin:4px 0}.muted{color:var(--muted)}
h1+.wide,.muted+.wide{margin-top:16px}td:first-child{white-space:nowrap}
.verdict{border-left:4px solid;padding:8px 12px;margin:16px 0}
.good{color:var(--good)}.info{color:var(--info)}.warning{color:var(--warning)}.bad{color:var(--bad)}
.verdict span{color:var(--ink)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:16px}
.charts svg{width:100%;height:auto}
.pictures{display:flex;flex-wrap:wrap;gap:16px}
figure{margin:0}figure img{max-width:100%;width:400px;image-rendering:pixelated;display:block}
.film img{width:auto}
figcaption{color:var(--muted);font-size:13px}
.wide{overflow-x:auto}table{border-collapse:collapse}
td,th{text-align:left;padding:3px 16px 3px 0;border-bottom:1px solid var(--line);vertical-align:top}
td.number{text-align:right;font-variant-numeric:tabular-nums}
pre{overflow-x:auto;padding:12px;border:1px solid var(--line);font:13px/1.45 ui-monospace,monospace}
summary{cursor:pointer}
@media print{body{max-width:none}.charts svg{break-inside:avoid}}"""


def page(facts: Facts) -> str:
    """The report on one run."""
    body = [f"<h1>{escape(facts.name)}</h1>", f'<p class="muted">{escape(facts.title)} · {escape(facts.path)}</p>']
    if facts.verdict is not None:
        advice = f"<p>{escape(facts.advice)}</p>" if facts.advice else ""
        text = f"<p><b>{escape(facts.verdict.text)}</b></p>{advice}"
        body.append(f'<div class="verdict {escape(facts.verdict.level)}"><span>{text}</span></div>')
    body.append(_table([], [[escape(name), escape(value)] for name, value in facts.summary]))
    body += _pictures("Pictures", facts.pictures)
    if facts.film is not None:
        body += ["<h2>Film</h2>", f'<div class="wide film">{_figure(facts.film)}</div>']
    body += _charts([svg.draw(plot) for plot in facts.plots])
    if facts.measured:
        rows = [
            [escape(one.label), f"{one.newest:.4g}", "" if one.best is None else f"{one.best:.4g}", escape(one.meaning)]
            for one in facts.measured
        ]
        body += ["<h2>Quality of the samples</h2>", _table(["metric", "newest", "in best.pt", "what it is"], rows, numbers=(1, 2))]
    if facts.history:
        rows = [
            [f"{said.step:,}", f'<span class="{escape(said.what)}">{escape(said.what)}</span>', escape(said.text)] for said in facts.history
        ]
        body += ["<h2>What was said, and done</h2>", _table(["step", "", ""], rows, numbers=(0,))]
    if facts.settings:
        body += [
            "<h2>Settings that differ from the preset</h2>",
            _table(["setting", "here", "preset"], [list(map(escape, row)) for row in facts.settings]),
        ]
    if facts.everything:
        body.append(f"<details><summary>All settings</summary><pre>{escape(facts.everything)}</pre></details>")
    body += ["<h2>Commands</h2>", f"<pre>{escape(chr(10).join(facts.commands))}</pre>"]
    return _whole(facts.name, body)


def comparison_page(found: Comparison) -> str:
    """The report on several runs."""
    rows = [[escape(name), *map(escape, values)] for name, values in found.rows]
    body = [
        f"<h1>{escape(' · '.join(found.names))}</h1>",
        _table(["", *found.names], rows),
        *_pictures("Newest pictures", found.pictures),
        *_charts([svg.draw(plot) for plot in found.plots]),
    ]
    return _whole("comparison", body)


def _pictures(title: str, pictures: Sequence[Picture]) -> list[str]:
    return [f"<h2>{title}</h2>", f'<div class="pictures">{"".join(map(_figure, pictures))}</div>'] if pictures else []


def _figure(picture: Picture) -> str:
    caption = escape(picture.caption)
    return f'<figure><img alt="{caption}" src="{picture.uri}"><figcaption>{caption}</figcaption></figure>'


def _charts(drawn: Iterable[str]) -> list[str]:
    charts = [f"<div>{chart}</div>" for chart in drawn if chart]
    return ["<h2>Curves</h2>", f'<div class="charts">{"".join(charts)}</div>'] if charts else []


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Rows are HTML already; heads are text."""
    head = f"<tr>{''.join(f'<th>{escape(word)}</th>' for word in heads)}</tr>" if heads else ""
    body = "".join(f"<tr>{''.join(_cell(cell, number=place in numbers) for place, cell in enumerate(row))}</tr>" for row in rows)
    return f'<div class="wide"><table>{head}{body}</table></div>'


def _cell(content: str, *, number: bool) -> str:
    return f'<td class="number">{content}</td>' if number else f"<td>{content}</td>"


def _whole(title: str, body: Iterable[str]) -> str:
    # Nothing may be loaded, whatever a name or a text says: that is said to the browser as well.
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    head = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)} · gan-tui</title>'
        f"<style>{STYLE}\n{svg.STYLE}</style></head><body>"
    )
    return "\n".join([head, *body, f'<p class="muted">gan-tui {__version__}</p></body></html>', ""])
