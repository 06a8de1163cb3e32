"""Start COMODO from a clone: the window, ``--demo``, or any ``comodo`` command."""

from __future__ import annotations

import sys

if sys.platform == "win32":  # there, importing torch after Qt fails to load its libraries
    import torch  # noqa: F401


def main() -> None:
    """Without arguments the window; ``--demo [FOLDER]`` the demo; else a ``comodo`` command.

    The demo opens the window where there is a screen, and runs in the terminal where there is none
    (or with ``--terminal``).
    """
    from comodo_app.cli import main as comodo
    from comodo_app.cli.screen import has_screen, why_no_window

    words = sys.argv[1:]
    if not words and has_screen():
        sys.argv[1:] = ["gui"]
    elif words[:1] == ["--demo"]:
        rest = [word for word in words[1:] if word != "--terminal"]
        terminal = "--terminal" in words or any(word.startswith("-") for word in rest)
        problem = why_no_window() if has_screen() and not terminal else ""
        if problem:
            print(f"{problem}\nThe demo runs in the terminal instead.", file=sys.stderr)
        if has_screen() and not terminal and not problem:
            sys.argv[1:] = ["gui", "--demo", *rest]
        else:
            sys.argv[1:] = ["demo", *rest]
    comodo()


if __name__ == "__main__":
    main()
