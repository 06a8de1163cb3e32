"""How it is distilled: a recipe by name, or every parameter by hand."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from PySide6.QtCore import Signal

from comodo_app.distillation.recipes import Recipe
from comodo_app.errors import ComodoError
from comodo_app.recordings.windows import WindowGrid
from comodo_app.session.run_values import Wish
from comodo_app.students.named import OWN, student_named
from comodo_app.students.spec import StudentSpec
from comodo_app.ui.pages.distill.recipe_fields import (
    FIELDS,
    GRID,
    PRESETS,
    RECIPE,
    STUDENT,
    default_of,
    preset,
)
from comodo_app.ui.pages.distill.recipe_form import RecipeForm
from comodo_app.ui.widgets import Chip, KeyValueRow, Panel, Segmented, text


class RecipeCard(Panel):
    """`changed` whenever the wish is another one."""

    changed = Signal()

    def __init__(self, grid: WindowGrid) -> None:
        self._lock = Chip("Fixed during a run", "plain", "lock")
        super().__init__("Recipe", "", self._lock)
        self._lock.hide()
        self._grid = grid
        self.choice = Segmented(PRESETS, "Recipe")
        self.choice.choose("comodo+")
        self.body.addWidget(self.choice)
        self._rows = {
            name: KeyValueRow(name)
            for name in ("Window", "Instance queue", "Epochs, batch", "Temperatures", "Losses")
        }
        for row in self._rows.values():
            self.body.addWidget(row)
        self.error = text("", "small")
        self.error.setWordWrap(True)
        self.error.setProperty("tone", "err")
        self.error.hide()
        self.body.addWidget(self.error)
        self.form = RecipeForm({field.name: default_of(field, grid) for field in FIELDS})
        self.form.hide()
        self.body.addWidget(self.form)
        self._wish = Wish(preset("comodo+"), grid=grid)
        self._n_windows = 0
        self.choice.chosen.connect(self._choose)
        self.form.changed.connect(self._edited)
        self._redraw()

    @property
    def wish(self) -> Wish:
        """What is set up; the student's architecture is another card's."""
        return self._wish

    def show_wish(self, wish: Wish) -> None:
        """Set up as in an earlier run."""
        self._wish = wish
        key = wish.recipe.name if wish.recipe.name in dict(PRESETS) else "custom"
        plain = wish == Wish(preset(key), grid=self._grid, student=wish.student)
        blocked = self.choice.blockSignals(True)
        self.choice.choose(key if plain and key != "custom" else "custom")
        self.choice.blockSignals(blocked)
        self.form.show_values(_flat(wish))
        self._redraw()
        self.changed.emit()

    def use_grid(self, grid: WindowGrid) -> None:
        """Start from other windows than those of the settings."""
        before, self._grid = self._grid, grid
        for name in ("window_s", "stride_s"):
            self.form.edits[name].set_default(getattr(grid, name))
        if self._wish.grid == before and grid != before:
            self._wish = replace(self._wish, grid=grid)
            self.form.show_values(_flat(self._wish))
            self._redraw()
            self.changed.emit()

    def show_windows(self, n_windows: int) -> None:
        """Training windows there are: queue, batch and epochs follow them."""
        self._n_windows = n_windows
        self._redraw()

    def lock(self, locked: bool) -> None:
        """Read-only while a run goes on."""
        self._lock.setVisible(locked)
        self.choice.setEnabled(not locked)
        self.form.setEnabled(not locked)

    def _choose(self, key: str) -> None:
        self.error.hide()
        if key == "custom":
            self.form.show_values(_flat(self._wish))
            self._edited()
        else:
            self._wish = Wish(preset(key), self._wish.student, self._grid)
        self._redraw()
        self.changed.emit()

    def _edited(self) -> None:
        values = self.form.values()
        by_group = {
            group: {f.name: values[f.name] for f in FIELDS if f.group == group}
            for group in (RECIPE, GRID, STUDENT)
        }
        try:
            self._wish = Wish(
                self._wish.recipe.with_settings(name="custom", **by_group[RECIPE]),
                replace(self._wish.student, **by_group[STUDENT]),
                WindowGrid(**by_group[GRID]),
                int(values["seed"]),
                int(values["n_clusters"]) or None,
            )
        except ComodoError as error:
            self.error.setText(str(error))
            self.error.show()
            return
        self.error.hide()
        self._redraw()
        self.changed.emit()

    def _redraw(self) -> None:
        custom = self.choice.key == "custom"
        self.form.setVisible(custom)
        wish, recipe = self._wish, self._wish.recipe
        grid = wish.grid
        overlap = "no overlap" if grid.stride_s >= grid.window_s else f"every {grid.stride_s:g} s"
        shown = {
            "Window": f"{grid.window_s:g} s, {overlap}",
            "Instance queue": _queue(recipe, self._n_windows),
            "Epochs, batch": _epochs(recipe, self._n_windows),
            "Temperatures": f"teacher {recipe.tau_teacher:g}, student {recipe.tau_student:g}",
            "Losses": _losses(recipe),
        }
        for name, row in self._rows.items():
            row.set(shown[name])
            row.setVisible(not custom)


def _flat(wish: Wish) -> dict[str, Any]:
    values = asdict(wish.recipe) | asdict(wish.grid)
    values |= {"sample_rate_hz": wish.student.sample_rate_hz, "seed": wish.seed}
    values |= {"embedding_dim": wish.student.embedding_dim, "n_clusters": wish.n_clusters or 0}
    return values


def _queue(recipe: Recipe, n_windows: int) -> str:
    if n_windows == 0:
        return f"up to {recipe.queue_size}"
    return f"{recipe.fitted_queue_size(n_windows)} · follows the data"


def _epochs(recipe: Recipe, n_windows: int) -> str:
    try:
        return f"{recipe.fitted_epochs(n_windows)}, {recipe.fitted_batch_size(n_windows)}"
    except ComodoError:
        return f"{recipe.epochs}, {recipe.batch_size}"


def _losses(recipe: Recipe) -> str:
    named = (
        ("COMODO", recipe.comodo_weight),
        ("cosine", recipe.cosine_weight),
        ("InfoNCE", recipe.info_nce_weight),
    )
    return " + ".join(name for name, weight in named if weight > 0)


def student_of(wish: Wish, student: str) -> StudentSpec:
    """The student that a wish trains: an own architecture, or a model of the catalogue.

    A pretrained one has the embedding size that suits its published weights.
    """
    spec, window_s = wish.student, wish.grid.window_s
    if student in OWN:
        return replace(spec, architecture=student, window_s=window_s)
    return student_named(student, sample_rate_hz=spec.sample_rate_hz, window_s=window_s)


def plain_student(spec: StudentSpec) -> StudentSpec:
    """What of a student is set up by the recipe: rate, window and, for own ones, size."""
    if spec.architecture in OWN:
        return spec
    return StudentSpec(sample_rate_hz=spec.sample_rate_hz, window_s=spec.window_s)
