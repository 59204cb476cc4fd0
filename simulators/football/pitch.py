"""The pitch: its measures in metres, and its drawing for maps.

`x` is the distance from the goal line, `y` the lateral place, `z` the height; the origin is the
middle of the goal on the ground. A ball in the net has a negative `x`.
"""

from surrogate.backdrop import Arc, Backdrop, Label, Line

GOAL_WIDTH = 7.32  # between the inner edges of the posts (Laws of the Game, law 1)
GOAL_HEIGHT = 2.44  # from the ground to the lower edge of the bar
HALF_GOAL = GOAL_WIDTH / 2
POST_RADIUS = 0.06
PENALTY_AREA_DEPTH = 16.5
PENALTY_AREA_WIDTH = 40.32
GOAL_AREA_DEPTH = 5.5
GOAL_AREA_WIDTH = 18.32
PENALTY_SPOT = 11.0
ARC_RADIUS = 9.15
HALF_PITCH = 34.0  # from the middle to a touchline of a 68 m wide pitch
NET_DEPTH = 2.0

_ARC_START = 36.9  # degrees: where the arc leaves the penalty area, asin((16.5 - 11) / 9.15)


def _box(depth: float, width: float) -> Line:
    half = width / 2
    return Line(((-half, 0.0), (-half, depth), (half, depth), (half, 0.0)))


PITCH = Backdrop(
    across="y",
    up="x",
    title="the pitch, seen from above: the goal is at the foot",
    shapes=(
        Line(((-HALF_PITCH, 0.0), (HALF_PITCH, 0.0))),
        Line(((-HALF_PITCH, 0.0), (-HALF_PITCH, 40.0))),
        Line(((HALF_PITCH, 0.0), (HALF_PITCH, 40.0))),
        _box(PENALTY_AREA_DEPTH, PENALTY_AREA_WIDTH),
        _box(GOAL_AREA_DEPTH, GOAL_AREA_WIDTH),
        _box(-NET_DEPTH, GOAL_WIDTH),
        Arc((0.0, PENALTY_SPOT), 0.15),
        Arc((0.0, PENALTY_SPOT), ARC_RADIUS, _ARC_START, 180.0 - _ARC_START),
        Label((0.0, -NET_DEPTH / 2), "goal"),
    ),
)
