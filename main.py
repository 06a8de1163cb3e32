"""Start COMODO from a clone: ``python main.py --demo``, or any ``comodo`` command."""

from __future__ import annotations

import sys

if sys.platform == "win32":  # there, importing torch after Qt fails to load its libraries
    import torch  # noqa: F401


def main() -> None:
    """``--demo [FOLDER]`` walks through everything; anything else is a ``comodo`` command."""
    from comodo_app.cli import main as comodo

    if sys.argv[1:2] == ["--demo"]:
        sys.argv[1:2] = ["demo"]
    comodo()


if __name__ == "__main__":
    main()
