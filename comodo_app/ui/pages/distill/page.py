"""The Distill page: setup at the left, the run at the right, runs in the header."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedLayout, QWidget

from comodo_app.jobs.student_files import RunSettings
from comodo_app.session.notices import Banner, Tone
from comodo_app.session.run_values import Wish
from comodo_app.session.run_view import RunState, RunView
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.base import Badge, Page
from comodo_app.ui.pages.distill.format import about, windows
from comodo_app.ui.pages.distill.recipe_fields import recipe_label
from comodo_app.ui.pages.distill.run_area import RunArea
from comodo_app.ui.pages.distill.setup import COUNTING, Setup
from comodo_app.ui.pages.distill.teacher_sheet import TeacherSheet
from comodo_app.ui.widgets import EmptyState, button
from comodo_app.ui.widgets.confirm import Confirm

_TICK_MS = 500
MISSING = "missing-model"


class DistillPage(Page):
    """Shows the session's runs and passes wishes to it."""

    name = "distill"
    title = "Distill"

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__(session, actions)
        self.setup_ = Setup(session)
        self.area = RunArea(session)
        self.empty = EmptyState(
            "distill",
            "Pair at least one recording",
            "Open Recordings",
            lambda: self.go_requested.emit("recordings"),
        )
        self._full = QWidget()
        row = QHBoxLayout(self._full)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(4)  # the setup keeps room for its scroll bar
        row.addWidget(self.setup_)
        row.addWidget(self.area, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._full)
        self.run_menu = button("Runs", self._pop_menu, icon_name="clock")
        self.run_menu.setAccessibleName("Choose a run")
        self.new_run = button("New run", self.show_start, icon_name="plus")
        self._teachers: TeacherSheet | None = None
        self._told = ""  # what is missing, as the banner says it
        self._chosen: tuple[int, ...] = ()
        self._starting = True  # whether the start is shown instead of a run
        self._start_when_counted = False
        # Many changes come together: shown once, when all have come.
        self._show_later = QTimer(self)
        self._show_later.setSingleShot(True)
        self._show_later.setInterval(0)
        self._show_later.timeout.connect(self._show)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._refresh_times)
        self._connect()
        self._register(actions)
        self._project_changed()

    def header_widgets(self) -> list[QWidget]:
        """Run menu and New run."""
        return [self.run_menu, self.new_run]

    def regions(self) -> list[QWidget]:
        """Setup, run."""
        return [self.setup_, self.area]

    def came_into_view(self) -> None:
        """Ask what there is to learn from."""
        self.setup_.came_into_view()
        self._show()
        self._tell_missing()

    def hideEvent(self, event: QHideEvent) -> None:
        """What is missing is told only where it is needed."""
        super().hideEvent(event)
        self._tell_missing()

    def show_start(self) -> None:
        """Set up another run; what is going on goes on."""
        if self.session.learning.busy:
            return
        self.session.learning.forget()
        self._starting, self._chosen = True, ()
        self.setup_.came_into_view()
        self._show()

    def show_run(self, run_id: int) -> None:
        """Show a past run."""
        self._choose((run_id,))

    @property
    def view(self) -> RunView | None:
        """The run that is shown; None at the start and while several are compared."""
        learning = self.session.learning
        if learning.live is not None and (learning.busy or not self._chosen):
            return learning.live
        if len(self._chosen) == 1:
            return learning.reads.past.get(self._chosen[0])
        return None

    def _connect(self) -> None:
        session, learning = self.session, self.session.learning
        session.project_changed.connect(self._project_changed)
        session.choice.changed.connect(self._tell_missing)
        session.library.changed.connect(self._show_later.start)
        learning.changed.connect(self._show_later.start)
        learning.live_changed.connect(self._live_changed)
        learning.curves_changed.connect(self.area.curves_changed)
        learning.sight_changed.connect(self.area.curves_changed)
        learning.reads.past_changed.connect(lambda _: self._show_later.start())
        learning.predictions.changed.connect(self._show_later.start)
        self.setup_.changed.connect(self._show_later.start)
        self.setup_.teacher_requested.connect(self._change_teacher)
        self.setup_.models_requested.connect(lambda: self.go_requested.emit("models"))
        self.setup_.fix_requested.connect(lambda: self.go_requested.emit("recordings"))
        area, head = self.area, self.area.head
        area.start.start_requested.connect(self._start)
        area.start.predict_requested.connect(self._predict)
        head.pause_requested.connect(learning.pause)
        head.resume_requested.connect(learning.resume)
        head.keep_requested.connect(learning.stop_and_keep)
        head.cancel_requested.connect(self._ask_cancel)
        head.continue_requested.connect(lambda: self._continue())
        head.again_requested.connect(lambda: self._again_with(self._shown_id()))
        head.repeat_requested.connect(self._continue)
        head.discard_requested.connect(lambda: self._ask_delete(self._shown_id()))
        head.review_requested.connect(lambda: self.go_requested.emit("review"))
        head.renamed.connect(lambda name: learning.rename(self._shown_id(), name))
        area.runs.chosen.connect(self._choose)
        area.runs.delete_requested.connect(self._ask_delete)
        area.runs.again_requested.connect(self._again_with)

    def _register(self, actions: Actions) -> None:
        actions.on("distill.start", self._start, self)
        actions.on("distill.pause", self._pause_or_resume, self)
        actions.on("distill.keep", self.session.learning.stop_and_keep, self)
        actions.on("distill.cancel", self._ask_cancel, self)
        actions.on("distill.new", self.show_start, self)
        actions.on("distill.predict", self._predict, self)

    def _shown_id(self) -> int:
        return self.view.run_id if self.view is not None else 0

    def _start(self) -> None:
        reason = self.setup_.why_not()
        # Clicked while the windows are being counted anew: a click is not lost, it waits for them.
        self._start_when_counted = reason == COUNTING
        if not reason:
            self._starting, self._chosen = False, ()
            self.session.learning.start(self.setup_.wish)

    def _start_if_asked(self) -> None:
        if self._start_when_counted and self.setup_.why_not() != COUNTING:
            self._start()

    def _pause_or_resume(self) -> None:
        learning = self.session.learning
        if learning.live is not None and learning.busy:
            paused = learning.live.state is RunState.PAUSED
            learning.resume() if paused else learning.pause()

    def _continue(self, start_at: str = "") -> None:
        if (view := self.view) is not None:
            self._chosen = ()
            self.session.learning.continue_run(view, start_at)

    def _again_with(self, run_id: int) -> None:
        """Set up as that run was; starting is the person's part."""
        for found in (row for row in self.session.learning.runs if row.id == run_id):
            kept = RunSettings.from_json(found.settings_json)
            wish = Wish(kept.recipe, kept.student, kept.grid, kept.seed, teacher=kept.teacher)
            self.setup_.show_wish(wish)
        self.show_start()

    def _change_teacher(self) -> None:
        if self._teachers is None:
            self._teachers = TeacherSheet(self.window(), self.session)
            self._teachers.models_requested.connect(lambda: self.go_requested.emit("models"))
        self._teachers.choose(self.setup_.wish.grid)

    def _tell_missing(self) -> None:
        """A banner while the page is shown and the chosen teacher or student is not here."""
        words = self.session.choice.missing if self.isVisible() else ""
        if words == self._told:
            return
        self._told = words
        if words:
            go = partial(self.go_requested.emit, "models")
            self.session.show_banner(Banner(MISSING, words, Tone.WARN, "Open Models", go))
        else:
            self.session.dismiss_banner(MISSING)

    def _predict(self) -> None:
        run = self.session.learning.predictions.latest_run()
        if run is not None:
            self.session.learning.predict_all(run.id)

    def _ask_cancel(self) -> None:
        learning = self.session.learning
        view = learning.live
        if view is None or not learning.busy:
            return
        done = f"{view.step} of {view.n_steps} steps are done. " if view.step else ""
        keep = (("Stop and keep", "", learning.stop_and_keep),) if view.stage == "distil" else ()
        Confirm(
            self,
            f"Discard {view.name or 'this run'}?",
            f"{done}Its student, its checkpoint and its timelines are deleted. Recordings, "
            "embeddings and names stay.",
            ("Keep running", "", None),
            *keep,
            ("Discard run", "danger", learning.cancel_and_discard),
        )

    def _ask_delete(self, run_id: int) -> None:
        entry = next((e for e in self.session.learning.entries if e.row.id == run_id), None)
        if entry is None:
            return
        Confirm(
            self,
            f"Delete {entry.name}?",
            "Its student, its checkpoint and its timelines are deleted. Recordings, embeddings, "
            "names and corrections stay.",
            ("Keep it", "", None),
            ("Delete run", "danger", lambda: self._delete(run_id)),
        )

    def _delete(self, run_id: int) -> None:
        self._chosen = tuple(i for i in self._chosen if i != run_id)
        self._starting = self._starting or not self._chosen
        self.session.learning.reads.discard(run_id)

    def _choose(self, ids: tuple[int, ...]) -> None:
        self._chosen = ids
        if not self.session.learning.busy:
            self.session.learning.forget()
        self._starting = not ids
        for run_id in ids:
            if run_id not in self.session.learning.reads.past:
                self.session.learning.reads.look_at(run_id)
        self._show()

    def _pop_menu(self) -> None:
        menu = QMenu(self)
        for entry in reversed(self.session.learning.entries):
            a = entry.agreement
            said = f" · {a.agreement:.0%} agreement" if a is not None else ""
            words = f"{entry.name} · {recipe_label(entry.row.recipe)}{said}"
            action = menu.addAction(words)
            action.triggered.connect(lambda _=False, i=entry.row.id: self._choose((i,)))
        if not menu.actions():
            menu.addAction("No run yet").setEnabled(False)
        menu.popup(self.run_menu.mapToGlobal(self.run_menu.rect().bottomLeft()))

    def _project_changed(self) -> None:
        self._chosen, self._starting = (), True
        self._show()

    def _live_changed(self) -> None:
        learning = self.session.learning
        if learning.busy:
            self._starting, self._chosen = False, ()
            self._tick.start()
        else:
            self._tick.stop()
            if learning.live is None and not self._chosen:
                self._starting = True
        self._show()

    def _show(self) -> None:
        session, learning = self.session, self.session.learning
        paired = any(r.video is not None and r.imu is not None for r in session.library.rows)
        self._stack.setCurrentWidget(self._full if paired or learning.entries else self.empty)
        busy = learning.busy
        self.setup_.lock(busy)
        self.new_run.setEnabled(not busy)
        self.run_menu.setVisible(bool(learning.entries))
        self.area.runs.show_runs(learning.entries, learning.reads.past)
        if not busy:
            learning.reads.look_at_all([e.row.id for e in learning.entries])
        self._start_if_asked()
        self.area.start.show_state(self._summary(), self.setup_.why_not())
        run = learning.predictions.latest_run() if not busy else None
        unseen = learning.predictions.unseen(run.id) if run is not None else ()
        waiting = 0 if learning.predictions.job_id else len(unseen)
        self.area.start.offer_predictions(waiting)
        view = self.view
        if view is not None and not (self._starting and not busy):
            self.area.show_run(view, can_start=not busy)
            self.area.runs.select((view.run_id,))
        elif len(self._chosen) > 1:
            known = [learning.reads.past[i] for i in self._chosen if i in learning.reads.past]
            self.area.show_compared(known)
            self.area.runs.select(self._chosen)
        else:
            self.area.show_start(with_runs=bool(learning.entries))
        self._offer_actions(busy)
        self._tell(view if busy else None)

    def _refresh_times(self) -> None:
        self.area.tick()
        self._tell(self.session.learning.live)

    def _offer_actions(self, busy: bool) -> None:
        actions, reason = self.actions_, self.setup_.why_not()
        actions.set_enabled("distill.start", not reason, reason)
        for name in ("distill.pause", "distill.cancel"):
            actions.set_enabled(name, busy, "No run is going on")
        live = self.session.learning.live
        training = busy and live is not None and live.stage == "distil"
        actions.set_enabled("distill.keep", training, "No student is being trained")
        actions.set_enabled("distill.new", not busy, "A run is going on")
        offered = not self.area.start.predict.isHidden()
        actions.set_enabled("distill.predict", offered, "Every recording has its timeline")

    def _tell(self, view: RunView | None) -> None:
        self.run_menu.setText(view.name if view is not None and view.name else "Runs")
        self.subtitle_changed.emit("no labels needed")
        entry = self.session.jobs.entry(self.session.learning.job_id)
        ring = entry.share or 0.0 if view is not None and entry is not None else None
        self.badge_changed.emit(Badge(ring=ring))

    def _summary(self) -> str:
        plan = self.session.learning.reads.plan
        if plan is None:
            return ""
        seconds = self.setup_.estimate_s()
        time = f", {about(seconds).replace('≈', 'about')} on this computer" if seconds else ""
        return f"{windows(plan.windows_of('train'))}{time}"
