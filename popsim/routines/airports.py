"""Flight times from airport codes: great-circle distance at one overall speed, plus taxi, climb and approach."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from popsim.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

EARTH_RADIUS_KM = 6371.0


@lru_cache(maxsize=1)
def _airports() -> dict[str, dict[str, Any]]:
    import airportsdata  # noqa: PLC0415  read only where a route is named: eight thousand airports

    return {code: dict(place) for code, place in airportsdata.load("IATA").items()}


def check_route(route: str) -> str:
    """Return the route in capitals (``LHR-SIN``).

    Raises:
        ValueError: when it is not two different known IATA codes joined by a hyphen.
    """
    codes = [code.strip().upper() for code in route.split("-")]
    if len(codes) != 2 or codes[0] == codes[1]:
        raise ValueError(f"expected two different airports such as 'LHR-SIN' (got {route!r})")
    for code in codes:
        if code not in _airports():
            raise ValueError(f"no airport has the IATA code {code!r}{_meant(code)}")
    return "-".join(codes)


def _meant(given: str) -> str:
    """Suggest the airports of a city or an ICAO code given instead, else the closest code."""
    named = sorted(code for code, place in _airports().items() if given in (place["icao"], place["city"].upper()))
    if named:
        return f"; did you mean {' or '.join(map(repr, named[:8]))}?"
    return did_you_mean(given, _airports())


def great_circle_km(route: str) -> float:
    """Shortest distance over the sphere between both airports, km (haversine formula)."""
    (lat_1, lon_1), (lat_2, lon_2) = (
        (math.radians(_airports()[code]["lat"]), math.radians(_airports()[code]["lon"]))
        for code in check_route(route).split("-")
    )
    half = math.sin((lat_2 - lat_1) / 2) ** 2 + math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half))


def block_hours(route: str, evidence: Mapping[str, float]) -> float:
    """Hours from gate to gate: distance over ``trips.flight_speed_kmh`` plus ``trips.flight_ground_min``.

    Raises:
        InputError: when the route cannot be flown without a stop, or names no known airports.
    """
    try:
        distance = great_circle_km(route)
    except ValueError as wrong:
        raise InputError(str(wrong), key="route") from None
    hours = distance / evidence["trips.flight_speed_kmh"] + evidence["trips.flight_ground_min"] / 60
    if hours > 24:
        raise InputError(
            f"{route} would take {hours:.0f} hours; give the flights between stops one by one", key="route"
        )
    return hours
