"""One's own simulator in a dozen lines: does a thrown ball clear the wall?"""

from math import cos, radians, tan

from surrogate import Binary, Campaign, Goal, Real, Space, simulator


@simulator(
    space=Space({"speed": Real(5, 25, unit="m/s"), "angle": Real(10, 80, unit="deg")}),
    outcome=Binary("cleared"),
)
def throw(point, *, rng):
    angle, speed = radians(point["angle"]), point["speed"] + rng.normal(0, 0.5)
    return 15 * tan(angle) - 9.81 * 15**2 / (2 * (speed * cos(angle)) ** 2) > 4.0


with Campaign.create("wall", throw, goal=Goal.boundary(0.5), store="wall.db", seed=1) as wall:
    wall.run(runs=100, workers=2)
    print(wall.predict([{"speed": 18, "angle": 45}]), *wall.sweet_spots(), sep="\n")
