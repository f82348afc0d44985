"""Commands that plugins bring: found when somebody calls a name the core does not know."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import click

from popsim.errors import PopsimError


@lru_cache(maxsize=8)
def plugin_command(name: str) -> click.Command | None:
    """The command of this name that an installed plugin brings, if any; what it raises is told with its name."""
    from popsim.hooks import load_plugins  # noqa: PLC0415 - imports NumPy

    command = load_plugins().commands.get(name)
    return None if command is None else _Guarded(command)


class _Guarded(click.Command):
    """A stranger's command, whose faults are the stranger's."""

    def __init__(self, command: click.Command) -> None:
        super().__init__(command.name, help=command.help)
        self._command = command

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> click.Context:
        context = self._command.make_context(info_name, args, parent, **extra)
        context.command = self
        return context

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return self._command.invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, PopsimError, OSError):
            raise
        except (Exception, SystemExit) as cause:  # a stranger's code may raise anything
            text = " ".join(str(cause).split())
            raise PopsimError(f"plugin command {self.name}: raised {type(cause).__name__}: {text}") from cause
