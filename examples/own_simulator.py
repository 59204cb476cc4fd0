"""One's own simulator in a dozen lines: does a thrown ball clear the wall?"""

from surrogate import Binary, Campaign, Goal, Real, Space, simulator


@simulator(
    space=Space({"speed": Real(5, 25, unit="m/s"), "angle": Real(10, 80, unit="deg")}),
    outcome=Binary("cleared"),
)
def throw(point, *, rng):
    from math import cos, radians, tan

    angle, speed = radians(point["angle"]), point["speed"] + rng.normal(0, 0.5)
    height = 15 * tan(angle) - 9.81 * 15**2 / (2 * (speed * cos(angle)) ** 2)
    return height > 4.0


if __name__ == "__main__":
    with Campaign.create("wall", throw, goal=Goal.boundary(0.5), store="wall.db", seed=1) as wall:
        wall.run(runs=100, workers=2)
        print(wall.predict([{"speed": 18, "angle": 45}]))
        for spot in wall.sweet_spots(level=0.5):
            print(spot)
