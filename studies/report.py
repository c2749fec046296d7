"""The page and the table of what has been measured and proven."""

import html
import json
from dataclasses import dataclass

from studies import figures, picture
from studies.model import Unusable

PANELS = (
    ("instructions", "instructions"),
    ("peak", "peak memory"),
    ("faults", "page faults"),
    ("cpu", "CPU time"),
)


@dataclass(frozen=True)
class Effect:
    """What one pair of one row came to.

    `instructions` is in %, None where they were not counted; `spread` is what equal counts differ by, in %;
    each of `changes` is a figures.Change, or None where there are too few rounds.
    """

    row: dict
    question: str
    base: str
    way: str
    instructions: float | None
    spread: float
    changes: dict


def rows(folder):
    """The records, the rows in the order in which the study measures them."""
    from studies.main import ORDER
    files = {file.stem: file for file in folder.glob("*.json")}
    if not files:
        raise Unusable(f"nothing is measured in {folder}: run ./study --quick.")
    order = [name for name in ORDER if name in files] + sorted(set(files) - set(ORDER))
    return [json.loads(files[name].read_text()) for name in order]


def proven(row, name):
    way = row["ways"].get(name, {})
    return "proof" in way


def count(way):
    """The instructions of a way; None where nothing was counted."""
    counts = way.get("instructions")
    return figures.settled(counts) if counts else None


def net(row, name):
    """Instructions without those that starting takes; None where nothing was counted or the way is not proven."""
    way = row["ways"].get(name, {})
    if not proven(row, name) or not way.get("instructions"):
        return None
    return count(way) - way.get("start", 0)


def effects(row):
    """The pairs of a row whose both ways are proven; a way that is not is never counted."""
    found = []
    for question, base, way in row["pairs"]:
        if not (proven(row, base) and proven(row, way)):
            continue
        first, second = net(row, base), net(row, way)
        found.append(Effect(row, question, base, way,
                            figures.exact(first, second) if first and second else None, spread(row) or 0.0,
                            changes(row, base, way)))
    return found


def changes(row, base, way):
    """The changes of memory, faults and time from the rounds that have both ways."""
    both = [rounds for rounds in row.get("rounds", []) if base in rounds and way in rounds]
    return {figure: figures.change([rounds[base][figure] for rounds in both], [rounds[way][figure] for rounds in both])
            for figure in ("peak", "faults", "cpu")}


def spread(row):
    """What equal counts differ by, in %: those of the first way; None where there are not two."""
    counts = row["ways"][row["first"]].get("instructions", [])
    return 100 * (max(counts) / min(counts) - 1) if len(counts) > 1 else None


def band(all_rows, figure):
    """How wide A/A is over all rows, in %: the 90th percentile of |change| of equal things in one round."""
    spread = []
    for row in all_rows:
        for rounds in row.get("rounds", []):
            if "A/A" in rounds and row.get("first") in rounds:
                spread.append(abs(figures.exact(rounds[row["first"]][figure], rounds["A/A"][figure])))
    spread.sort()
    return spread[int(0.9 * len(spread))] if spread else 0.0


def number(effect):
    """Instructions in %, marked where they are within what the program differs by from run to run."""
    if effect.instructions is None:
        return ""
    return ("≈ " if abs(effect.instructions) <= effect.spread else "") + f"{effect.instructions:+.2f}"


def changed(value):
    if value is None:
        return ""
    return f"{value.percent:+.1f} [{value.low:+.1f}..{value.high:+.1f}]" if value.decided else f"≈ [{value.low:+.1f}..{value.high:+.1f}]"


def table(folder):
    """Markdown, a table for each question."""
    all_rows = [row for row in rows(folder) if any(map(measured, effects(row)))]
    return tables(all_rows) + law_table(all_rows)


def measured(effect):
    """Whether there is any figure of a pair."""
    return effect.instructions is not None or any(effect.changes.values())


def by_question(all_rows):
    found = {}
    for row in all_rows:
        for effect in effects(row):
            found.setdefault(effect.question, []).append(effect)
    return dict(sorted(found.items(), key=lambda item: QUESTIONS.index(item[0]) if item[0] in QUESTIONS else 99))


QUESTIONS = [
    "sized free", "sized free beside glibc", "sized free, by the seam", "extended calls, no caches",
    "the size known, not asked", "no realloc",
    "weak and checked", "weak and checked, by the seam", "in another library", "a seam at all", "static", "optimised across the seam",
    "two heaps of one make", "two heaps, against one jemalloc", "two heaps, against one glibc", "a heap of its own over malloc",
    "thread caches of the seam", "which allocator", "the shim alone",
]


def tables(all_rows):
    text = []
    for question, found in by_question(all_rows).items():
        text.append(f"\n**{question}**\n\n| program | from | to | instructions % | peak memory % | faults % | CPU time % |\n"
                    "|---|---|---|---|---|---|---|\n")
        for effect in filter(measured, found):
            text.append(f"| {effect.row['title']} | {effect.base} | {effect.way} | {number(effect)} | "
                        f"{changed(effect.changes['peak'])} | {changed(effect.changes['faults'])} | {changed(effect.changes['cpu'])} |\n")
    text.append("\n**A/A, and the calls**\n\n| program | instructions M | A/A instructions % | A/A peak % | A/A CPU % | calls of the family | per 1000 instructions |\n"
                "|---|---|---|---|---|---|---|\n")
    for row in all_rows:
        differ, others = spread(row), changes(row, row["first"], "A/A")
        calls, per = density(row)
        text.append(f"| {row['title']} | {millions(row)} | {'' if differ is None else f'{differ:.4f}'} | {changed(others['peak'])} | "
                    f"{changed(others['cpu'])} | {calls or ''} | {'' if per is None else f'{per:.2f}'} |\n")
    return "".join(text)


def millions(row):
    counted = count(row["ways"].get(row.get("first"), {}))
    return f"{counted / 1e6:.1f}" if counted else ""


def density(row):
    """Calls of malloc's family, and how many of them there are in a thousand instructions."""
    counted = row.get("calls", {}).get("family")
    if not counted:
        return None, None
    calls = counted["allocated"] + counted["freed"] + counted["grown"]
    instructions = count(row["ways"].get(row.get("first"), {}))
    return calls, 1000 * calls / instructions if instructions else None


ANSWERS = (
    ("What do the extended calls buy?",
     ("sized free", "sized free, by the seam", "extended calls, no caches", "no realloc")),
    ("What does weak linking cost?", ("weak and checked", "weak and checked, by the seam", "in another library")),
    ("When do two heaps hurt, and by how much?",
     ("two heaps of one make", "two heaps, against one jemalloc", "two heaps, against one glibc")),
)


def middle(values):
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def summary(question, found):
    """One sentence of figures about a question: the least, the middle and the greatest change of the larger programs."""
    parts = []
    found = [effect for effect in found if effect.row["name"] != "micro"]
    counted = [effect.instructions for effect in found if effect.instructions is not None]
    if counted:
        programs = len({effect.row["name"] for effect in found if effect.instructions is not None})
        parts.append(f"instructions {min(counted):+.2f} to {max(counted):+.2f} %, the middle {middle(counted):+.2f} % "
                     f"({programs} program{'s' if programs > 1 else ''})")
    for figure, name in (("peak", "peak memory"), ("cpu", "CPU time")):
        judged = [effect.changes[figure] for effect in found if effect.changes[figure] is not None]
        decided = [change.percent for change in judged if change.decided]
        if decided:
            parts.append(f"{name} {min(decided):+.1f} to {max(decided):+.1f} % where decided, {len(decided)} of {len(judged)} pairs")
        elif judged:
            parts.append(f"{name} undecided in all {len(judged)} pairs")
    return f"{question}: {'; '.join(parts)}." if parts else ""


def law(all_rows):
    """The law, tested: (question, instructions a call in the micro program's pairs, points (calls a thousand, measured %, predicted %,
    title, way)). Instructions a call, times calls an instruction, is the change that the micro program predicts.
    """
    found = []
    for question in LAWFUL:
        costs, points = {}, []
        for row in all_rows:
            calls = shim_calls(row)
            for effect in effects(row) if calls else ():
                first = net(row, effect.base)
                if effect.question != question or effect.instructions is None:
                    continue
                if row["name"] == "micro":
                    costs[effect.base, effect.way] = effect.instructions / 100 * first / calls
                else:
                    points.append((1000 * calls / first, effect.instructions, row["title"], effect.base, effect.way))
        if costs and points:
            usual = next(iter(costs.values()))
            found.append((question, list(costs.values()), [(x, y, costs.get((base, way), usual) * x / 10, title, way)
                                                           for x, y, title, base, way in points]))
    return found


LAWFUL = ("sized free", "sized free, by the seam", "weak and checked", "weak and checked, by the seam", "in another library",
          "two heaps of one make")


def shim_calls(row):
    """The calls that the varied functions get: those of the shim, or of the family where there is no shim."""
    counted = row.get("calls", {}).get("shim") or row.get("calls", {}).get("family")
    return counted["allocated"] + counted["freed"] + counted["grown"] if counted else None


def law_table(all_rows):
    """Markdown: what the law predicts beside what was measured, and how much of it a line through the points explains."""
    text = []
    for question, costs, points in law(all_rows):
        if all(x == 0 for x, *_ in points):
            continue
        share = figures.explained([(predicted, y) for _, y, predicted, _, _ in points])
        text.append(f"\n**{question}**: {' and '.join(f'{cost:+.2f}' for cost in costs)} instructions a call in the micro program, "
                    f"which {f'explain {100 * share:.0f} % of the squares of' if share > 0 else 'do not explain'} the programs\n\n"
                    "| program | to | calls per 1000 instructions | measured % | predicted % |\n|---|---|---|---|---|\n")
        text += [f"| {title} | {way} | {x:.2f} | {y:+.2f} | {predicted:+.2f} |\n" for x, y, predicted, title, way in points]
    return "".join(text)


STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d9dee3; --band: #b9c0c8; --back: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4ae; --line: #333b44; --band: #59636e; --back: #14181c; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); max-width: 1200px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem } h2 { font-size: 1.15rem; margin: 2rem 0 .4rem } p.sub, td.soft { color: var(--soft) }
svg { width: 100%; height: auto; display: block; margin: 1rem 0 } svg text { fill: var(--ink); font-size: 11px }
svg .title { font-size: 14px; font-weight: 600; text-anchor: middle } svg .tick { text-anchor: middle; fill: var(--soft) }
svg .program { font-size: 12.5px } svg .language, svg .beyond { font-size: 9.5px; fill: var(--soft) } svg .legend { font-size: 12px }
svg .grid, svg .row { stroke: var(--line); stroke-width: .7 } svg .zero { stroke: var(--soft); stroke-width: 1 } svg .band { fill: var(--band); opacity: .45 }
table { border-collapse: collapse; font-size: 13px; margin: .4rem 0 1rem; display: block; overflow-x: auto } th, td { text-align: left; padding: .18rem .7rem .18rem 0; border-bottom: 1px solid var(--line); white-space: nowrap }
th { font-weight: 600 } td.n { font-variant-numeric: tabular-nums; text-align: right } details summary { cursor: pointer; font-weight: 600; margin-top: .6rem }
"""


def as_html(markdown):
    """The tables and paragraphs that this module writes, as HTML."""
    out, header = [], False
    for line in markdown.splitlines() + [""]:
        if line.startswith("|---"):
            continue
        if line.startswith("| "):
            cells = [html.escape(cell.strip()) for cell in line.strip("|").split("|")]
            if not header:
                out.append("<table>")
            tag = "td" if header else "th"
            out.append("<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>")
            header = True
            continue
        if header:
            out.append("</table>")
            header = False
        if line.startswith("**"):
            head, _, rest = line[2:].partition("**")
            out.append(f"<h3>{html.escape(head[:1].upper() + head[1:])}</h3>" + (f"<p>{html.escape(rest.lstrip(': '))}</p>" if rest else ""))
    return "".join(out)


def page(folder):
    """Writes one self-contained page beside the figures and returns its path."""
    all_rows = [row for row in rows(folder) if any(map(measured, effects(row)))]
    if not all_rows:
        raise Unusable(f"no pair of ways is proven and measured in {folder}: run ./study --quick.")
    questions = by_question(all_rows)
    lines = [(row["title"], row["language"], effects(row)) for row in all_rows]
    differ = sorted(spread(row) for row in all_rows if spread(row) is not None)
    bands = {"instructions": middle(differ) if differ else 0.0} | {
        figure: band(all_rows, figure) for figure in ("peak", "cpu")}
    answers = []
    for heading, parts in ANSWERS:
        sentences = [summary(question, questions[question]) for question in parts if question in questions]
        answers.append(f"<h2>{html.escape(heading)}</h2><ul>" + "".join(f"<li>{html.escape(s[:1].upper() + s[1:])}</li>" for s in sentences if s) + "</ul>")
    processors = sorted({row.get("processor", "unknown") for row in all_rows})
    rounds = sorted({len(row.get("rounds", [])) for row in all_rows})
    text = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>What one heap, sized free and the form of the call do to larger programs</title><style>{STYLE}</style></head><body>
<h1>What one heap, sized free and the form of the call do to larger programs</h1>
<p class="sub">{len(all_rows)} programs at fixed work, {sum(len(row['ways']) for row in all_rows)} ways to run them, each proven before it counts.
Instructions: QEMU, the same on every machine. Memory, faults, CPU time: the kernel's, {' to '.join(map(str, sorted({rounds[0], rounds[-1]})))} interleaved rounds, on {html.escape(', '.join(processors))}.</p>
{''.join(answers)}
<h2>One line a program</h2>
{picture.draw(lines, bands)}
<p class="sub">Changes in %. Left of zero is less, and better. A hollow mark is undecided: its 95 % interval holds zero. The grey band is A/A:
nine tenths of all pairs of equal runs differ by less. Two counts of the same way differ by {differ[0] if differ else 0:.4f} to
{differ[-1] if differ else 0:.2f} %, the middle {bands['instructions']:.4f} %: narrower than a line; where it is more, the mark has an interval.</p>
<h2>The law</h2>
<p>Instructions a call, times calls per instruction, predict a program.</p>
{as_html(law_table(all_rows))}
<details><summary>All pairs</summary>{as_html(tables(all_rows))}</details>
</body></html>
"""
    file = folder / "study.html"
    beside = folder / "study.html.new"
    beside.write_text(text)
    beside.rename(file)
    return file
