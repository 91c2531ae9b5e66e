"""The points of places in the embedded index, found by distance. A connection in, points out."""

import math
import sqlite3
from typing import Final

EARTH_RADIUS_KM: Final = 6371.0
MAX_NEAR_POINTS: Final = 5000


def find_points_near(
    connection: sqlite3.Connection, lat: float, lon: float, radius_km: float
) -> list[tuple[float, float]]:
    """Return the points of places in the index within the radius, the nearest first, at most `MAX_NEAR_POINTS`."""
    degrees = math.degrees(radius_km / EARTH_RADIUS_KM)
    band = connection.execute(
        "SELECT lat, lon FROM points WHERE lat BETWEEN ? AND ?", (lat - degrees, lat + degrees)
    ).fetchall()
    near = ((_distance_km(lat, lon, *point), point) for point in band)
    return [point for distance, point in sorted(near) if distance <= radius_km][:MAX_NEAR_POINTS]


def _distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance (haversine)."""
    north, east = math.radians(other_lat - lat) / 2, math.radians(other_lon - lon) / 2
    chord = math.sin(north) ** 2 + math.cos(math.radians(lat)) * math.cos(math.radians(other_lat)) * math.sin(east) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))
