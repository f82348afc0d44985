"""``popsim leg``: the vein clinic's tests on one resolved leg."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from popsim.cli.output import json_option, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from popsim.legs.clinic import AmbulatoryPressure, Plethysmography
    from popsim.legs.devices import Device
    from popsim.legs.figures import Curve
    from popsim.legs.microscope import Microscope

    Decorated = TypeVar("Decorated", bound=Callable[..., Any])

WORDS = {
    "vv_ml": ("VV", "functional venous volume", "mL", 0),
    "vft90_s": ("VFT90", "time to fill to 90 %", "s", 1),
    "vfi_ml_s": ("VFI", "venous filling index", "mL/s", 2),
    "ev_ml": ("EV", "ejected by one tiptoe", "mL", 0),
    "ef_percent": ("EF", "ejection fraction", "%", 0),
    "rv_ml": ("RV", "residual volume after ten tiptoes", "mL", 0),
    "rvf_percent": ("RVF", "residual volume fraction", "%", 0),
    "standing_mmhg": ("standing", "pressure in a vein of the foot, standing", "mmHg", 0),
    "ambulatory_mmhg": ("AVP", "ambulatory venous pressure, ten tiptoes", "mmHg", 0),
    "rt90_s": ("RT90", "time to recover 90 % of the fall", "s", 1),
    "walking_3_mmhg": ("3 km/h", "pressure walking at 3 km/h", "mmHg", 0),
    "walking_6_mmhg": ("6 km/h", "pressure walking at 6 km/h", "mmHg", 0),
    "exercise_mmhg": ("exercise", "pressure in the exercise asked for", "mmHg", 0),
    "popliteal_reflux_s": ("popliteal", "reflux above the knee after a calf squeeze", "s", 1),
    "saphenous_reflux_s": ("saphenous", "reflux down the great saphenous vein", "s", 1),
    "perforator_reflux_s": ("perforators", "flow out through the perforators", "s", 1),
}
"""Short name, meaning, unit and decimals by JSON key."""
APG_KEYS = ("vv_ml", "vft90_s", "vfi_ml_s", "ev_ml", "ef_percent", "rv_ml", "rvf_percent")
TIPTOE_KEYS = ("standing_mmhg", "ambulatory_mmhg", "rt90_s")
AVP_KEYS = (*TIPTOE_KEYS, "walking_3_mmhg", "walking_6_mmhg")


@dataclass(frozen=True)
class Examined:
    """The leg asked for on the command line.

    Attributes:
        condition: names joined by ``+``.
        device: names joined by ``+``, or ``None``.
        stocking_mmhg: ankle pressure of a stocking.
    """

    condition: str
    device: str | None
    stocking_mmhg: float

    @classmethod
    def of(cls, condition: str, device: str | None = None, stocking_mmhg: float = 0.0) -> Examined:
        """What was asked for; a device may also stand among the conditions, as in ``foot-drop+afo``."""
        from popsim.legs.devices import told_apart  # noqa: PLC0415 - imports the compiler

        wrong, worn = told_apart(condition)
        return cls(wrong or "normal", "+".join(part for part in (worn, device) if part) or None, stocking_mmhg)

    def devices(self) -> tuple[Device, ...]:
        """What is worn."""
        from popsim.legs.devices import find_devices  # noqa: PLC0415

        return find_devices(self.device)

    def scope(self) -> Microscope:
        """The leg under the microscope, dressed."""
        from popsim.legs.conditions import leg_with  # noqa: PLC0415
        from popsim.legs.microscope import Microscope, shipped_constants  # noqa: PLC0415
        from popsim.legs.microscope_cycle import dressed  # noqa: PLC0415

        constants = shipped_constants()
        return Microscope(dressed(leg_with(self.condition, constants), self.devices(), self.stocking_mmhg, constants))

    def wearing(self, device: str | None, stocking_mmhg: float) -> Examined:
        """The same leg with more on."""
        return Examined.of(self.condition, "+".join(part for part in (self.device, device) if part), stocking_mmhg)

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return {"condition": self.condition, "device": self.device, "stocking_mmhg": self.stocking_mmhg}

    def __str__(self) -> str:
        stocking = f"stocking of {self.stocking_mmhg:g} mmHg" if self.stocking_mmhg else ""
        return " with ".join(part for part in (self.condition, self.device, stocking) if part)


def _leg_options(command: Decorated) -> Decorated:
    """Which leg: options that mean the same in every test."""
    for option in (
        click.option("--stocking", "stocking_mmhg", type=float, default=0.0, metavar="MMHG", help="Ankle pressure."),
        click.option("--device", metavar="NAME[+NAME...]", help="What is worn (see 'popsim leg conditions')."),
        click.option("--condition", default="normal", metavar="NAME[+NAME...]", help="What is wrong with the leg."),
    ):
        command = option(command)
    return command


_plot_option = click.option(
    "--plot", type=click.Path(path_type=Path), metavar="FILE", help="Also draw the curve: .svg, .html or .png."
)


@click.group("leg")
def leg() -> None:
    """Examine one leg: the vein clinic's tests on the resolved pump."""


@leg.command("apg")
@_leg_options
@_plot_option
@json_option
def apg(condition: str, device: str | None, stocking_mmhg: float, plot: Path | None, as_json: bool) -> None:
    """Air plethysmography: volumes the calf fills with, ejects and keeps, and the pressure in ten tiptoes."""
    from popsim.legs.clinic import air_plethysmography, tiptoe_pressure  # noqa: PLC0415

    asked = Examined.of(condition, device, stocking_mmhg)
    scope = asked.scope()
    found, pressure = air_plethysmography(scope), tiptoe_pressure(scope)
    values = {k: getattr(found, k) for k in APG_KEYS} | {k: getattr(pressure, k) for k in TIPTOE_KEYS}
    _tell(asked, values, as_json)
    if plot:
        _draw(plot, f"Air plethysmography: {asked}", "volume in the cuff, mL", [_apg_curve(str(asked), found)])


@leg.command("avp")
@_leg_options
@click.option("--exercise", metavar="NAME", help="Also the pressure in this exercise.")
@_plot_option
@json_option
def avp(
    condition: str, device: str | None, stocking_mmhg: float, exercise: str | None, plot: Path | None, as_json: bool
) -> None:
    """Ambulatory venous pressure in the foot: ten tiptoes, walking, and reflux after a squeeze."""
    from popsim.legs.clinic import ambulatory_pressure, posture_table, reflux_durations  # noqa: PLC0415

    asked = Examined.of(condition, device, stocking_mmhg)
    scope = asked.scope()
    found, reflux = ambulatory_pressure(scope), reflux_durations(scope)
    values = {k: getattr(found, k) for k in AVP_KEYS}
    if exercise:
        values["exercise_mmhg"] = posture_table(scope, (_known_exercise(scope, exercise),))[-1].ankle_mmhg
    values |= {
        "popliteal_reflux_s": reflux.popliteal_s,
        "saphenous_reflux_s": reflux.saphenous_s,
        "perforator_reflux_s": reflux.perforators_s,
    }
    _tell(asked, values, as_json)
    if plot:
        _draw(plot, f"Foot vein pressure: {asked}", "pressure, mmHg", [_avp_curve(str(asked), found)])


@leg.command("posture")
@_leg_options
@click.option("--exercise", multiple=True, metavar="NAME", help="Also this exercise; may be repeated.")
@json_option
def posture(condition: str, device: str | None, stocking_mmhg: float, exercise: tuple[str, ...], as_json: bool) -> None:
    """Pressure, pooled blood and flow, lying, raised, sitting, standing and walking."""
    from popsim.legs.anatomy import SEGMENTS  # noqa: PLC0415
    from popsim.legs.clinic import posture_table  # noqa: PLC0415
    from popsim.legs.microscope_cycle import rhythmic_pressure  # noqa: PLC0415

    asked = Examined.of(condition, device, stocking_mmhg)
    scope = asked.scope()
    worn = asked.devices()
    more = (*exercise, *(each.exercise for each in worn if each.exercise))
    names = tuple(_known_exercise(scope, name) for name in more)
    rows = posture_table(scope, names, rhythmic_pressure(worn, scope.constants))
    if as_json:
        shares = [dict(zip(SEGMENTS, r.shares, strict=True)) for r in rows]
        print_json(asked.facts() | {"rows": [asdict(r) | {"shares": s} for r, s in zip(rows, shares, strict=True)]})
        return
    click.echo(str(asked))
    columns = ("activity", "ankle mmHg", "pooled mL", "popliteal mL/s", *(f"{s} %" for s in SEGMENTS))
    print_table(
        columns,
        [
            (
                r.activity,
                f"{r.ankle_mmhg:.0f}",
                f"{r.pooled_ml:.0f}",
                f"{r.popliteal_ml_s:.2f}",
                *(f"{100 * s:.0f}" for s in r.shares),
            )
            for r in rows
        ],
        right=frozenset(columns[1:]),
    )


@leg.command("day")
@_leg_options
@click.option("--day", "name", default="office", show_default=True, metavar="NAME", help="office, flight or ward.")
@_plot_option
@json_option
def day(condition: str, device: str | None, stocking_mmhg: float, name: str, plot: Path | None, as_json: bool) -> None:
    """One leg through an example day, bout by bout."""
    from popsim.legs.clinic_day import day_curve, day_means, leg_day  # noqa: PLC0415

    asked = Examined.of(condition, device, stocking_mmhg)
    rows = leg_day(asked.scope(), name)
    pooled, pressure = day_means(rows)
    if as_json:
        bouts = [asdict(r) for r in rows]
        print_json(asked.facts() | {"day": name, "pooled_ml": pooled, "ankle_mmhg": pressure, "bouts": bouts})
    else:
        click.echo(f"{asked}: mean of the day {pooled:.0f} mL pooled, {pressure:.0f} mmHg at the ankle")
        columns = ("starts", "minutes", "activity", "pooled mL", "ankle mmHg")
        print_table(
            columns,
            [(r.starts, str(r.minutes), r.activity, f"{r.pooled_ml:.0f}", f"{r.ankle_mmhg:.0f}") for r in rows],
            right=frozenset(columns) - {"starts", "activity"},
        )
    if plot:
        _draw(plot, f"A day ({name}): {asked}", "pooled blood, mL", [day_curve(str(asked), rows)], "hours since 04:00")


@leg.command("conditions")
@json_option
def conditions(as_json: bool) -> None:
    """List conditions, devices and exercises by name."""
    from popsim.legs.conditions import CONDITIONS  # noqa: PLC0415
    from popsim.legs.devices import DEVICES  # noqa: PLC0415
    from popsim.legs.exercises import exercises  # noqa: PLC0415
    from popsim.legs.microscope import shipped_constants  # noqa: PLC0415

    constants = shipped_constants()
    known = [
        ("condition", c.name, f"{c.label} ({c.kind}; {c.place})", c.values(constants)) for c in CONDITIONS.values()
    ]
    known += [("device", d.name, d.label, {}) for d in DEVICES.values()]
    known += [("exercise", e.name, e.label, {}) for e in exercises(constants).values()]
    if as_json:
        print_json([{"kind": k, "name": n, "label": label, "traits": traits} for k, n, label, traits in known])
        return
    print_table(
        ("kind", "name", "what", "changes"),
        [(k, n, label, ", ".join(f"{t} {v:g}" for t, v in traits.items())) for k, n, label, traits in known],
    )


@leg.command("compare")
@click.argument("names", nargs=-1, metavar="[NAME[+NAME...]]...")
@click.option("--device", metavar="NAME", help="Compare each leg without and with this device.")
@click.option("--stocking", "stocking_mmhg", type=float, default=0.0, metavar="MMHG", help="... or this stocking.")
@_plot_option
@json_option
def compare(names: tuple[str, ...], device: str | None, stocking_mmhg: float, plot: Path | None, as_json: bool) -> None:
    """All tests side by side for several legs, such as 'normal foot-drop foot-drop+afo'."""
    from popsim.legs.clinic import air_plethysmography, ambulatory_pressure  # noqa: PLC0415
    from popsim.legs.conditions import CONDITIONS  # noqa: PLC0415

    legs = [Examined.of(name) for name in names or CONDITIONS]
    if device or stocking_mmhg:
        legs = [each for bare in legs for each in (bare, bare.wearing(device, stocking_mmhg))]
    rows: list[dict[str, Any]] = []
    curves: list[Curve] = []
    for asked in legs:
        scope = asked.scope()
        volumes, pressures = air_plethysmography(scope), ambulatory_pressure(scope)
        values = {k: getattr(volumes, k) for k in APG_KEYS} | {k: getattr(pressures, k) for k in AVP_KEYS}
        rows.append(asked.facts() | values)
        curves.append(_avp_curve(str(asked), pressures))
    if as_json:
        print_json(rows)
    else:
        keys = (*APG_KEYS, *AVP_KEYS)
        columns = ("leg", *(f"{WORDS[k][0]} {WORDS[k][2]}" for k in keys))
        body = [(str(a), *(_number(k, r[k]) for k in keys)) for a, r in zip(legs, rows, strict=True)]
        print_table(columns, body, right=frozenset(columns[1:]))
    if plot:
        _draw(plot, "Foot vein pressure, ten tiptoes", "pressure, mmHg", curves)


@leg.command("targets")
@click.option(
    "--markdown", type=click.Path(path_type=Path), metavar="FILE", help="Write the table as a page of documentation."
)
@json_option
def targets(markdown: Path | None, as_json: bool) -> None:
    """Hold the leg against every published range: shipped constants and the ensemble."""
    from popsim.evidence.registry import Evidence  # noqa: PLC0415
    from popsim.legs.clinic_ensemble import Ensemble, target_rows  # noqa: PLC0415
    from popsim.legs.clinic_targets_page import targets_page  # noqa: PLC0415

    ensemble = Ensemble.load()
    rows = target_rows(Evidence.load(), ensemble)
    if markdown:
        markdown.write_text(targets_page(rows, len(ensemble)), encoding="utf-8")
        click.echo(f"wrote {markdown}")
        return
    if as_json:
        print_json([asdict(r) | {"met": r.target.met(r.value)} for r in rows])
        return
    columns = ("group", "quantity", "published", "unit", "leg", "ensemble mean", "5 to 95 %", "inside %", "")
    body = [
        (
            r.target.group,
            r.target.quantity,
            f"{r.target.low:g} to {r.target.high:g}",
            r.target.unit,
            f"{r.value:.3g}",
            f"{r.mean:.3g}",
            f"{r.low:.3g} to {r.high:.3g}",
            f"{100 * r.inside:.0f}",
            "" if r.target.met(r.value) else "outside",
        )
        for r in rows
    ]
    print_table(columns, body, right=frozenset({"leg", "ensemble mean", "inside %"}))
    click.echo(f"{sum(r.target.met(r.value) for r in rows)} of {len(rows)} inside the published range")


@leg.command("parameters")
@click.option(
    "--markdown", type=click.Path(path_type=Path), required=True, metavar="FILE", help="Page of documentation to write."
)
def parameters(markdown: Path) -> None:
    """Write every constant of the leg, with unit, grade and source, as a page of documentation."""
    from popsim.evidence.registry import Evidence  # noqa: PLC0415
    from popsim.legs.clinic_parameters_page import parameters_page  # noqa: PLC0415

    markdown.write_text(parameters_page(Evidence.load()), encoding="utf-8")
    click.echo(f"wrote {markdown}")


def _tell(asked: Examined, values: dict[str, float], as_json: bool) -> None:
    if as_json:
        print_json(asked.facts() | values)
        return
    click.echo(str(asked))
    rows = [(WORDS[k][0], _number(k, v), WORDS[k][2], WORDS[k][1]) for k, v in values.items()]
    print_table(("", "value", "unit", ""), rows, right=frozenset({"value"}))


def _number(key: str, value: float) -> str:
    return f"{value:.{WORDS[key][3]}f}"


def _known_exercise(scope: Microscope, name: str) -> str:
    from popsim.legs.exercises import find_exercise  # noqa: PLC0415

    return find_exercise(name, scope.constants).name


def _apg_curve(name: str, found: Plethysmography) -> Curve:
    from popsim.legs.figures import Curve  # noqa: PLC0415

    return Curve(name, found.time_s, found.cuff_ml)


def _avp_curve(name: str, found: AmbulatoryPressure) -> Curve:
    from popsim.legs.figures import Curve  # noqa: PLC0415

    return Curve(name, found.time_s, found.ankle_mmhg)


def _draw(path: Path, title: str, y_label: str, curves: Sequence[Curve], x_label: str = "seconds") -> None:
    from popsim.legs.figures import Picture, write_picture  # noqa: PLC0415

    write_picture(Picture(title, x_label, y_label, curves), path)
