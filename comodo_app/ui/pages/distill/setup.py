"""The left column: teacher, student, recipe, data; together they are what a run is started with."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from comodo_app.errors import ComodoError
from comodo_app.jobs.grids import kept_grid
from comodo_app.jobs.memory import memory_bytes
from comodo_app.jobs.speeds import known_speed, steps_key
from comodo_app.jobs.teacher_sources import BUILTIN_TEACHER
from comodo_app.recordings.windows import WindowGrid
from comodo_app.session.run_values import Wish
from comodo_app.session.session import Session
from comodo_app.ui.numbers import size
from comodo_app.ui.pages.distill.data_card import DataCard
from comodo_app.ui.pages.distill.format import about
from comodo_app.ui.pages.distill.model_cards import StudentCard, TeacherCard
from comodo_app.ui.pages.distill.recipe_card import RecipeCard, plain_student, student_of
from comodo_app.ui.theme import themes

COUNTING = "Counting the windows…"
WIDTH = 368
_ASK_AFTER_MS = 200


class Setup(QScrollArea):
    """`changed` after a change of the wish or of what is known of the data."""

    changed = Signal()
    fix_requested = Signal()
    teacher_requested = Signal()  # to change it
    models_requested = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._visible_once = False
        self._chosen: tuple[str, str, str] = ("", "", "")
        settings = session.settings
        grid = WindowGrid(settings.window_s, settings.stride_s)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Setup")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(12)
        self.teacher, self.student = TeacherCard(), StudentCard()
        self.recipe, self.data = RecipeCard(grid), DataCard()
        for card in (self.teacher, self.student, self.recipe, self.data):
            column.addWidget(card)
        column.addStretch(1)
        self.setWidget(inside)
        self._ask = QTimer(self)
        self._ask.setSingleShot(True)
        self._ask.setInterval(_ASK_AFTER_MS)
        self._ask.timeout.connect(self._ask_now)
        reads = session.learning.reads
        self.recipe.changed.connect(self._wish_changed)
        self.student.changed.connect(self._student_chosen)
        self.data.fix_requested.connect(self.fix_requested)
        self.teacher.change_requested.connect(self.teacher_requested)
        self.teacher.get_requested.connect(self.models_requested)
        self.student.get_requested.connect(self.models_requested)
        session.choice.changed.connect(self._choice_changed)
        reads.plan_changed.connect(self._show)
        reads.facts_changed.connect(self._show)
        session.library.changed.connect(self._ask.start)
        session.project_changed.connect(self._take_grid)
        session.learning.changed.connect(self._show)
        themes().changed.connect(self._set_width)
        self._set_width()
        self._take_grid()  # the page may be made after its project was opened
        self._show()

    @property
    def wish(self) -> Wish:
        """What a run would be started with."""
        wish, choice = self.recipe.wish, self._session.choice
        student = student_of(wish, self.student.student)
        return replace(wish, student=student, teacher=choice.teacher)

    def show_wish(self, wish: Wish) -> None:
        """Set up as in an earlier run."""
        spec = wish.student
        self._session.choice.choose_teacher(wish.teacher)
        self._session.choice.choose_student(spec.pretrained or spec.architecture)
        self.recipe.show_wish(replace(wish, student=plain_student(spec), teacher=BUILTIN_TEACHER))

    def lock(self, locked: bool) -> None:
        """Read-only while a run goes on."""
        self.recipe.lock(locked)
        self.student.lock(locked)
        self.teacher.lock(locked)

    def came_into_view(self) -> None:
        """From now on the student's cost is worth measuring, which loads torch."""
        self._visible_once = True
        self._session.models.ask()
        self._ask.start()

    def estimate_s(self) -> float | None:
        """Seconds that a run will take as far as was measured; None if nothing was."""
        reads = self._session.learning.reads
        if reads.plan is None or reads.plan_teacher != self._session.choice.teacher:
            return None
        train = self._train_s()
        if train is None:
            return None
        plan = reads.plan
        if plan.uncached_video_s <= 0:
            return train
        if plan.video_per_s is None:
            return None
        return train + plan.uncached_video_s / plan.video_per_s

    def why_not(self) -> str:
        """Why no run can be started with this; empty if one can."""
        said = self._session.learning.why_not()
        reads = self._session.learning.reads
        missing = self._session.choice.missing
        if said or missing:
            return said or missing
        if reads.plan_error:
            return reads.plan_error
        if reads.plan is None or reads.planning:
            return COUNTING
        asked = (self.wish.grid, self._session.choice.teacher)
        if (reads.plan.grid, reads.plan_teacher) != asked:
            return COUNTING
        try:
            reads.plan.require_enough(self.wish.recipe)
        except ComodoError as error:
            return str(error)
        if reads.plan.free_disk_bytes < self._disk_bytes():
            return f"Not enough disk: {size(self._disk_bytes())} are needed."
        return ""

    def _set_width(self) -> None:
        self.setFixedWidth(themes().current.px(WIDTH) + 12)

    def _take_grid(self) -> None:
        """A project goes on with the windows it was last used with."""
        project, settings = self._session.project, self._session.settings
        kept = kept_grid(project) if project is not None else None
        self.recipe.use_grid(kept or WindowGrid(settings.window_s, settings.stride_s))

    def _student_chosen(self) -> None:
        self._session.choice.choose_student(self.student.student)
        self._wish_changed()

    def _choice_changed(self) -> None:
        """Another teacher or student, or one that has come or gone."""
        choice = self._session.choice
        blocked = self.student.blockSignals(True)
        self.student.choose(choice.student)
        self.student.blockSignals(blocked)
        chosen = (choice.teacher, choice.student, choice.missing)
        if chosen != self._chosen:
            self._chosen = chosen
            self._ask.start()
        self._show()

    def _wish_changed(self) -> None:
        self._show()
        self._ask.start()

    def _ask_now(self) -> None:
        if self._session.project is None:
            return
        wish, reads = self.wish, self._session.learning.reads
        # Windows are counted with the built-in teacher where the chosen one is not here.
        missing = self._session.choice.teacher_is_missing
        reads.ask_plan(wish.grid, wish.seed, BUILTIN_TEACHER if missing else wish.teacher)
        if self._visible_once:
            reads.ask_facts(wish.student, self._batch())

    def _batch(self) -> int:
        reads, recipe = self._session.learning.reads, self.wish.recipe
        n = reads.plan.windows_of("train") if reads.plan is not None else 0
        try:
            return recipe.fitted_batch_size(n) if n else recipe.batch_size
        except ComodoError:
            return recipe.batch_size

    def _train_s(self) -> float | None:
        reads, wish = self._session.learning.reads, self.wish
        project = self._session.project
        if reads.plan is None or project is None:
            return None
        n = reads.plan.windows_of("train")
        try:
            steps = wish.recipe.fitted_epochs(n) * wish.recipe.steps_per_epoch(n)
        except ComodoError:
            return None
        kept = known_speed(project, steps_key(wish.student, self._batch()))
        if kept:
            return steps / kept
        facts = reads.facts
        if facts is None or facts.student != wish.student:
            return None
        # Measured on the student alone; head, losses and evaluations cost about as much again.
        return steps * facts.s_per_step * 2.0

    def _disk_bytes(self) -> float:
        reads = self._session.learning.reads
        if reads.plan is None:
            return 0.0
        plan, facts = reads.plan, reads.facts
        embeddings = plan.uncached_video_s / plan.grid.stride_s * plan.teacher_dim * 4
        # Student, its best so far, and two moments of the optimiser; then the student itself.
        weights = 6 * facts.file_bytes if facts is not None else 0
        return embeddings + weights + 1e6

    def _memory_bytes(self) -> float:
        plan, wish = self._session.learning.reads.plan, self.wish
        if plan is None:
            return 0.0
        n = plan.windows_of("train") + plan.windows_of("validation")
        windows = n * (wish.student.n_samples * 6 + plan.teacher_dim) * 4
        # Read by recording, joined, and split by role: three copies at the most.
        return memory_bytes() + 3.0 * windows

    def _needs(self) -> str:
        if self._session.learning.reads.plan is None:
            return ""
        seconds = self.estimate_s()
        time = about(seconds) if seconds is not None else "time not known before it was measured"
        parts = [time, f"{size(self._disk_bytes())} disk"]
        if memory_bytes():
            parts.insert(1, f"{size(self._memory_bytes())} memory")
        return "Needs " + " · ".join(parts)

    def _show(self) -> None:
        reads = self._session.learning.reads
        choice = self._session.choice
        self.teacher.show_choice(choice)
        same = reads.plan_teacher == choice.teacher
        self.teacher.show_plan(reads.plan if same else None, choice.card)
        self.student.show_models(self._session.models, missing=choice.student_is_missing)
        self.student.show_student(self.wish.student, reads.facts)
        self.recipe.show_windows(reads.plan.windows_of("train") if reads.plan is not None else 0)
        self.data.show_plan(reads.plan, self._needs(), reads.plan_error)
        self.changed.emit()
