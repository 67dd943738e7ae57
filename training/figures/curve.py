"""The learning curves of a run as a small SVG: python -m figures.curve LOG.jsonl OUT.svg"""

import json
import sys

WIDTH, HEIGHT, EDGE = 640, 260, 36
KEYS = {"cosine": "#1f6feb", "whole": "#1f6feb", "stretch": "#8250df", "early": "#bf3989"}


def main() -> None:
    rows = [json.loads(line) for line in open(sys.argv[1])]
    last = rows[-1]["step"]
    x = lambda step: EDGE + (WIDTH - 2 * EDGE) * step / last
    y = lambda value: HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * value
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11" role="img" aria-labelledby="title">'
             f'<title id="title">Learning curve: loss against the teacher by step, to step {last}</title>',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path d="M{EDGE} {y(tick):.0f}H{WIDTH - EDGE}" stroke="#ddd"/><text x="4" y="{y(tick) + 4:.0f}">{tick}</text>')
    for i, (key, colour) in enumerate((k, c) for k, c in KEYS.items() if k in rows[0]):
        points = " ".join(f"{x(r['step']):.1f},{y(r[key]):.1f}" for r in rows)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
                     f'<text x="{EDGE + 90 * i}" y="20" fill="{colour}">1 - cosine: {key}</text>')
    parts.append(f'<text x="{WIDTH - EDGE - 60}" y="{HEIGHT - 10}">step {last}</text></svg>')
    open(sys.argv[2], "w").write("\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
