"""Tables of benchmarks: means ± sd over seeds, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comodo_app.evaluation.metrics import MeanSd

_PLAIN = {"median rank": 0, "steps": 0, "seconds": 0}


def learning_table(figures: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    """Rows: arms. Columns: figures, in % unless they count something; mean ± sd over seeds."""
    columns = list(dict.fromkeys(k for runs in figures.values() for run in runs for k in run))
    lines = [
        "| arm | " + " | ".join(columns) + " |",
        "|---|" + "---:|" * len(columns),
    ]
    for arm, runs in figures.items():
        cells = []
        for column in columns:
            values = [run[column] for run in runs if column in run]
            scale, digits = (1.0, 0) if column in _PLAIN else (100.0, 1)
            cells.append(MeanSd.of(values).text(scale=scale, digits=digits) if values else "–")
        lines.append(f"| {arm} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
