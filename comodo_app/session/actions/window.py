"""Actions of the whole window."""

from comodo_app.session.actions.model import PAGES, ActionSpec

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("project.new", "New project…", ("Ctrl+N",), menu="File", icon="plus"),
    ActionSpec("project.open", "Open project…", ("Ctrl+O",), menu="File", icon="folder"),
    ActionSpec("project.demo", "Open the demo", menu="File", icon="spark"),
    ActionSpec("project.close", "Close project", ("Ctrl+W",), menu="File"),
    ActionSpec("recordings.add", "Add recordings…", ("Ctrl+Shift+O",), menu="File", icon="import"),
    ActionSpec("recordings.add-folder", "Add a folder of recordings…", menu="File", icon="folder"),
    ActionSpec("review.export", "Export timelines", ("Ctrl+E",), menu="File", icon="export"),
    ActionSpec("app.quit", "Quit", ("Ctrl+Q",), menu="File"),
    ActionSpec("edit.undo", "Undo", ("Ctrl+Z",), menu="Edit", icon="undo"),
    ActionSpec("edit.redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), menu="Edit", icon="redo"),
    ActionSpec("edit.filter", "Filter this page", ("Ctrl+F",), menu="Edit", icon="search"),
    *(
        ActionSpec(f"go.{page}", title, (f"Ctrl+{n}",), menu="View", icon=page)
        for n, (page, title) in enumerate(PAGES[:-1], start=1)
    ),
    ActionSpec("go.settings", "Settings", ("Ctrl+,",), menu="View", icon="settings"),
    ActionSpec("app.models", "Models…", ("Ctrl+Shift+M",), menu="View", icon="layers"),
    ActionSpec("view.palette", "Search or run…", ("Ctrl+K",), menu="View", icon="search"),
    ActionSpec("view.jobs", "Jobs", ("Ctrl+J",), menu="View", icon="layers"),
    ActionSpec("view.inspector", "Inspector", ("Ctrl+I",), menu="View"),
    ActionSpec("view.larger", "Larger", ("Ctrl++", "Ctrl+="), menu="View", icon="zoom-in"),
    ActionSpec("view.smaller", "Smaller", ("Ctrl+-",), menu="View", icon="zoom-out"),
    ActionSpec("view.normal", "Normal size", ("Ctrl+0",), menu="View"),
    ActionSpec("view.full-screen", "Full screen", ("F11",), menu="View"),
    ActionSpec("view.theme", "Switch light and dark", menu="View", icon="sun"),
    ActionSpec("view.next-region", "Next region", ("F6",), menu="View"),
    ActionSpec("view.previous-region", "Previous region", ("Shift+F6",), menu="View"),
    ActionSpec("help.keys", "Keys", ("?", "F1"), menu="Help", icon="keyboard"),
    ActionSpec("help.notifications", "Notifications", menu="Help", icon="info"),
    ActionSpec("help.log", "Show the log", menu="Help", icon="file"),
    ActionSpec("help.about", "About and licences", menu="Help", icon="help"),
)
