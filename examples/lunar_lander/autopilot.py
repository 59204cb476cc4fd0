"""Where the lander starts, and the autopilot under test: lunar_lander.toml names both."""

LEAST = 0.08  # rad: smaller corrections of the tilt are not worth fuel
NOTHING, LEFT, MAIN, RIGHT = range(4)  # what the environment's four actions fire


def place(environment, point):
    """Start to the side of the pad, and drifting; all three bodies move as one."""
    lander = environment.unwrapped
    for body in (lander.lander, *lander.legs):
        body.position = (body.position.x + point["side"], body.position.y)
        body.linearVelocity = (point["drift"], -2.0)


def act(observation, point):
    """Lean against way and drift, and brake where it sinks faster than the height allows."""
    x, y, vx, vy, tilt, turn, left_leg, right_leg = observation
    if left_leg and right_leg:
        return MAIN if vy < -0.1 else NOTHING
    lean = max(-0.45, min(0.45, 0.55 * x + 1.1 * vx))
    if vy < -0.12 - 0.45 * max(y, 0.0) and abs(tilt) < 0.7:
        return MAIN
    wanted = lean - tilt - 2.0 * turn
    if abs(wanted) < LEAST:
        return NOTHING
    return LEFT if wanted > 0 else RIGHT
