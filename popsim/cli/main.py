"""``popsim``: the group of commands, and what becomes of errors.

Nothing heavy is imported here, so that ``popsim --help`` answers at once; a command's module is imported when the
command is called.

Exit codes: 0 fine, 1 a fault of popsim itself, 2 something the user can mend, 130 stopped by the user, 141 the reader
of the output went away.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, NamedTuple

import click

from popsim import __version__
from popsim.errors import PopsimError, did_you_mean

USER_ERROR, FAULT, STOPPED, NO_READER = 2, 1, 130, 141


class Entry(NamedTuple):
    """Where a command is, and its line in the help."""

    module: str
    attribute: str
    summary: str


COMMANDS: dict[str, Entry] = {
    "run": Entry("popsim.cli.run", "command", "Run a scenario."),
    "scenarios": Entry("popsim.cli.scenarios", "command", "List the scenarios that come with popsim."),
    "validate-scenario": Entry("popsim.cli.validate_scenario", "command", "Check a scenario without running it."),
    "validate": Entry("popsim.cli.validate", "command", "Compare the model with published results."),
    "fit": Entry("popsim.cli.fit", "command", "Fit constants to published results."),
    "schema": Entry("popsim.cli.schema", "command", "Print the JSON Schema of scenario files."),
    "plugins": Entry("popsim.cli.plugins", "command", "List the installed plugins and their parameters."),
    "plugin": Entry("popsim.cli.plugin", "plugin", "Make a plugin of your own, and check it."),
    "evidence": Entry("popsim.cli.evidence", "command", "List the numbers the model rests on."),
    "dashboard": Entry("popsim.cli.dashboard", "command", "Look at results in the browser."),
    "pack": Entry("popsim.cli.pack", "command", "Pack runs into one file."),
    "verify": Entry("popsim.cli.verify", "command", "Check that runs are complete and undamaged."),
    "leg": Entry("popsim.cli.leg", "leg", "Examine one leg."),
    "import-diaries": Entry("popsim.cli.import_diaries", "command", "Check and import time-use diaries."),
    "import-stays": Entry("popsim.cli.import_stays", "command", "Check and import hospital stays."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and turns errors into sentences and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of a first visit."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of this name, if there is one; what the core lacks a plugin may have."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return _of_plugins(cmd_name)
        command: click.Command = getattr(import_module(entry.module), entry.attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command called; a misspelt one gets the closest name."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and _of_plugins(name) is None:
            raise click.UsageError(f"no such command {name!r}{did_you_mean(name, COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; that the reader of its output goes away, as ``head`` does, is no error."""
        try:
            super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _let_go_of_output()
            ctx.exit(NO_READER)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run and exit; every way out has its exit code."""
        extra["standalone_mode"] = False
        try:
            code = super().main(*args, **extra)
        except click.ClickException as error:
            error.show()
            code = USER_ERROR
        except PopsimError as error:
            code = _say(str(error), USER_ERROR)
        except (click.Abort, KeyboardInterrupt):
            code = _say("stopped", STOPPED)
        except OSError as error:
            code = _say(_os_sentence(error), USER_ERROR)
        except Exception as error:  # the last resort: whatever it is, the user gets a sentence
            code = _report_fault(error)
        sys.exit(code if isinstance(code, int) else 0)


def _of_plugins(name: str) -> click.Command | None:
    from popsim.cli.plugin_commands import plugin_command  # noqa: PLC0415 - loads every plugin

    return plugin_command(name)


def _say(text: str, code: int) -> int:
    click.echo(text, err=True)
    return code


def _os_sentence(error: OSError) -> str:
    what = error.strerror or str(error)
    return f"{error.filename}: {what}" if error.filename else what


def _let_go_of_output() -> None:
    """What is left in the buffer must not raise again when Python closes it."""
    import os  # noqa: PLC0415 - rarely needed

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report_fault(error: Exception) -> int:
    import tempfile  # noqa: PLC0415 - rarely needed
    import traceback  # noqa: PLC0415

    with tempfile.NamedTemporaryFile(
        "w", prefix="popsim-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"popsim {__version__}, Python {sys.version}\n{sys.argv}\n\n")
        traceback.print_exception(error, file=file)
    return _say(
        f"popsim failed: {type(error).__name__}: {error}\n"
        f"This is a fault of popsim {__version__}, not of your files. Please report it together with {file.name}",
        FAULT,
    )


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="First steps: popsim run office, then popsim dashboard.",
)
@click.version_option(__version__, prog_name="popsim", message="%(prog)s %(version)s")
def cli() -> None:
    """How whole populations use the venous pump in their legs, and what pooling blood does to them."""


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    cli.main(prog_name="popsim")
