"""A quarter of a car over a bump, as an FMU: python quarter_car.py builds quarter_car.fmu here.

Two masses in a column (body over spring and damper, wheel over tyre) at rest meet a sine-squared
bump of the road. Needs pythonfmu: pip install '.[examples]'; no compiler.
"""

from math import pi, sin
from pathlib import Path

from pythonfmu import Fmi2Causality, Fmi2Slave, Fmi2Variability, FmuBuilder, Real

BODY, WHEEL = 320.0, 40.0  # kg
SPRING, TYRE = 18e3, 180e3  # N/m
GRAVITY = 9.81
BUMP_FROM, BUMP_LENGTH = 0.5, 1.2  # m along the road
STEP = 5e-4  # s: a hundredth of the wheel's own period


class QuarterCar(Fmi2Slave):
    """In: speed and damping; out: the tyre's load on the road, and the body's acceleration."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.speed, self.damping, self.height = 10.0, 1500.0, 0.08
        self.load, self.acceleration = (BODY + WHEEL) * GRAVITY, 0.0
        self.state = (0.0, 0.0, 0.0, 0.0)  # body and wheel: places and velocities, from rest
        for name in ("speed", "damping", "height"):
            start, fixed = getattr(self, name), Fmi2Variability.fixed
            kind = Fmi2Causality.parameter
            self.register_variable(Real(name, causality=kind, variability=fixed, start=start))
        for name in ("load", "acceleration"):
            self.register_variable(Real(name, causality=Fmi2Causality.output))

    def do_step(self, time, step):
        count = max(round(step / STEP), 1)
        for k in range(count):
            self.advance(time + k * step / count, step / count)
        return True

    def advance(self, time, step):
        """One step of symplectic Euler: velocities first."""
        body, wheel, body_speed, wheel_speed = self.state
        strut = SPRING * (wheel - body) + self.damping * (wheel_speed - body_speed)
        tyre = TYRE * (self.road(time) - wheel)
        self.load = max((BODY + WHEEL) * GRAVITY + tyre, 0.0)  # a tyre doesn't pull
        self.acceleration = strut / BODY
        body_speed += step * self.acceleration
        wheel_speed += step * (self.load - (BODY + WHEEL) * GRAVITY - strut) / WHEEL
        places = body + step * body_speed, wheel + step * wheel_speed
        self.state = (*places, body_speed, wheel_speed)

    def road(self, time):
        share = (self.speed * time - BUMP_FROM) / BUMP_LENGTH
        return self.height * sin(pi * share) ** 2 if 0 < share < 1 else 0.0


if __name__ == "__main__":
    print("built", FmuBuilder.build_FMU(Path(__file__), dest=Path(__file__).parent))
