"""The dot plot: a line for each program, changes in % on one scale, the grey band what two equal things differ by."""

from html import escape

# Question to (short name, colour, shape), in the order of the legend. Colours tell apart for the colour-blind too
# (Okabe and Ito), and shapes without any.
MARKS = {
    "sized free": ("sized free", "#0072b2", "circle"),
    "sized free, by the seam": ("extended calls by the seam", "#0072b2", "square"),
    "extended calls, no caches": ("extended calls by the seam", "#0072b2", "square"),
    "no realloc": ("no realloc: allocate, copy, free", "#56b4e9", "square"),
    "weak and checked": ("weak and checked call", "#e69f00", "diamond"),
    "weak and checked, by the seam": ("weak binding of the seam", "#e69f00", "triangle"),
    "in another library": ("call in another library", "#009e73", "triangle"),
    "two heaps of one make": ("two heaps of one make", "#d55e00", "circle"),
    "two heaps, against one jemalloc": ("two heaps, glibc the other", "#cc79a7", "square"),
}
WIDTH, NAME, GAP, LINE, TOP = 1180, 190, 24, 30, 64


class Panel:
    """One scale: a figure's changes from -reach to +reach %."""

    def __init__(self, title, left, width, reach, band):
        self.title, self.left, self.width, self.reach, self.band = title, left, width, reach, band

    def x(self, percent):
        inside = max(-self.reach, min(self.reach, percent))
        return self.left + self.width * (inside + self.reach) / (2 * self.reach)

    def scale(self, bottom):
        step = self.reach / 3
        parts = [f'<text class="title" x="{self.left + self.width / 2:.1f}" y="22">{escape(self.title)}, change in %</text>',
                 f'<rect class="band" x="{self.x(-self.band):.1f}" y="{TOP - 14}" '
                 f'width="{max(1.0, self.x(self.band) - self.x(-self.band)):.1f}" height="{bottom - TOP + 14}"/>']
        for tick in range(-3, 4):
            x = self.x(tick * step)
            parts.append(f'<line class="{"zero" if tick == 0 else "grid"}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 14}" y2="{bottom}"/>')
            label = "0" if tick == 0 else f"{tick * step:+g}"
            parts.append(f'<text class="tick" x="{x:.1f}" y="{TOP - 20}">{label}</text>')
        return parts

    def mark(self, percent, y, question, hint, low=None, high=None):
        _, colour, shape = MARKS[question]
        x = self.x(percent)
        parts = [f"<g><title>{escape(hint)}</title>"]
        undecided = low is not None and low <= 0 <= high
        if low is not None:
            parts.append(f'<line x1="{self.x(low):.1f}" x2="{self.x(high):.1f}" y1="{y}" y2="{y}" stroke="{colour}" '
                         f'stroke-width="1.5" opacity="{0.35 if undecided else 1}"/>')
        fill = "none" if undecided else colour
        style = f'fill="{fill}" stroke="{colour}" stroke-width="1.5"'
        if shape == "circle":
            parts.append(f'<circle cx="{x:.1f}" cy="{y}" r="4.5" {style}/>')
        else:
            points = {"square": [(-4, -4), (4, -4), (4, 4), (-4, 4)], "diamond": [(0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)],
                      "triangle": [(0, -5), (5, 4), (-5, 4)]}[shape]
            parts.append(f'<polygon points="{" ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in points)}" {style}/>')
        if abs(percent) > self.reach:
            anchor, dx = ("end", -8) if percent > 0 else ("start", 8)
            parts.append(f'<text class="beyond" x="{x + dx:.1f}" y="{y - 6}" text-anchor="{anchor}">{percent:+.0f} %</text>')
        parts.append("</g>")
        return parts


def reach(values):
    """The smallest scale of 1.5, 3, 6, ... % that holds nine tenths of the values."""
    ordered = sorted(abs(value) for value in values)
    most = ordered[int(0.9 * (len(ordered) - 1))] if ordered else 1
    for scale in (1.5, 3, 6, 12, 24, 48):
        if most <= scale:
            return scale
    return 96


def draw(lines, bands):
    """The SVG. `lines` are (program, language, effects); `bands` is the width of A/A by figure, in %."""
    figures = (("instructions", "Instructions"), ("peak", "Peak memory"), ("cpu", "CPU time"))
    width = (WIDTH - NAME - 2 * GAP - 10) / 3
    bottom = TOP + LINE * len(lines) + 4
    parts = []
    panels = {}
    for index, (figure, title) in enumerate(figures):
        values = [value for _, _, effects in lines for effect in effects if effect.question in MARKS
                  for value in [value_of(effect, figure)[0]] if value is not None]
        panels[figure] = Panel(title, NAME + index * (width + GAP), width, reach(values), bands[figure])
        parts += panels[figure].scale(bottom)
    for number, (program, language, effects) in enumerate(lines):
        y = TOP + LINE * number + 12
        parts.append(f'<text class="program" x="0" y="{y - 1}">{escape(program)}</text>'
                     f'<text class="language" x="0" y="{y + 10}">{escape(language)}</text>'
                     f'<line class="row" x1="{NAME}" x2="{WIDTH - 10}" y1="{y}" y2="{y}"/>')
        for figure, panel in panels.items():
            # Marks of the same place lie over each other: each question has its height on the line.
            shown = [effect for effect in effects if effect.question in MARKS]
            for effect in shown:
                value, low, high = value_of(effect, figure)
                if value is not None:
                    slot = list(dict.fromkeys(mark[0] for mark in MARKS.values())).index(MARKS[effect.question][0]) - 4
                    hint = f"{program}: {effect.base} → {effect.way}: {value:+.2f} %" + (f" [{low:+.1f}..{high:+.1f}]" if low is not None else "")
                    parts += panel.mark(value, y + 2.6 * slot, effect.question, hint, low, high)
    x, y = 0, bottom + 26
    seen = set()
    for short, colour, shape in MARKS.values():
        if short in seen:
            continue
        seen.add(short)
        if x + 34 + 6.4 * len(short) > WIDTH:
            x, y = 0, y + 22
        mark = Panel("", x + 8, 0, 1, 0)
        question = next(key for key, value in MARKS.items() if value[0] == short)
        parts += mark.mark(0, y - 4, question, short)
        parts.append(f'<text class="legend" x="{x + 18}" y="{y}">{escape(short)}</text>')
        x += 34 + 6.4 * len(short)
    parts.append(f'<rect class="band" x="{x}" y="{y - 10}" width="14" height="12"/><text class="legend" x="{x + 20}" y="{y}">A/A</text>')
    return (f'<svg viewBox="0 0 {WIDTH} {y + 12}" role="img" aria-label="Changes in per cent, a line for each program">'
            + "".join(parts) + "</svg>")


def value_of(effect, figure):
    """The change of a figure, and the ends of its interval if it has one."""
    if figure == "instructions":
        if effect.instructions is None:
            return None, None, None
        # Programs with threads or clocks differ from run to run; those that do not have no interval.
        return effect.instructions, effect.instructions - effect.spread, effect.instructions + effect.spread
    change = effect.changes[figure]
    return (None, None, None) if change is None else (change.percent, change.low, change.high)
