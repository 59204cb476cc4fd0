"""Toy physics keeps what nature keeps, and agrees with what is known in closed form."""

import numpy as np
import pytest

from simulators.physics import bouncing, heat, orbit, oscillators, pendulum, projectile
from simulators.physics.integrate import leapfrog, runge_kutta
from surrogate.oracle import Simulator, simulate
from surrogate.outcome import Answer

EVERY: list[Simulator] = [
    bouncing.bouncing,
    heat.heat,
    orbit.orbit,
    oscillators.oscillators,
    pendulum.pendulum,
    projectile.projectile,
]


@pytest.mark.parametrize("toy", EVERY, ids=lambda toy: toy.name)
def test_every_toy_answers_all_over_its_space_and_alike_for_a_seed(toy: Simulator) -> None:
    units = np.random.default_rng(1).random((25, toy.space.dimension))
    answers = [simulate(toy, point, 5) for point in toy.space.decode(units)]
    assert all(isinstance(answer, Answer) for answer in answers)
    values = {a.values[toy.outcomes[0].name] for a in answers if isinstance(a, Answer)}
    assert len(values) > 1
    assert answers[:5] == [simulate(toy, point, 5) for point in toy.space.decode(units[:5])]


def test_runge_kutta_is_of_fourth_order() -> None:
    def error(steps: int) -> float:
        state = np.array([1.0])
        for _ in range(steps):
            state = runge_kutta(lambda x: -x, state, 1 / steps)
        return float(abs(state[0] - np.exp(-1)))

    assert error(10) / error(20) == pytest.approx(16, rel=0.1)


def test_leapfrog_runs_backwards_to_where_it_began() -> None:
    place, velocity = np.array([1.0, 0.0]), np.array([0.0, 1.1])
    for _ in range(500):
        place, velocity = leapfrog(orbit.gravity, place, velocity, 0.01)
    for _ in range(500):
        place, velocity = leapfrog(orbit.gravity, place, velocity, -0.01)
    np.testing.assert_allclose([*place, *velocity], [1.0, 0.0, 0.0, 1.1], atol=1e-10)


def test_without_air_a_throw_goes_as_far_as_galileo_says() -> None:
    path = projectile.flight(20.0, 30.0, drag_length=np.inf)
    assert path[-1, 0] == pytest.approx(400 * np.sin(np.pi / 3) / 9.81, rel=1e-4)
    total = np.sum(path[:-1, 2:] ** 2, axis=1) / 2 + 9.81 * path[:-1, 1]
    np.testing.assert_allclose(total, total[0], rtol=1e-12)


def test_air_takes_energy_at_every_step() -> None:
    path = projectile.flight(30.0, 45.0, drag_length=60.0)[:-1]
    total = np.sum(path[:, 2:] ** 2, axis=1) / 2 + 9.81 * path[:, 1]
    assert np.all(np.diff(total) < 0)


def test_each_bounce_keeps_its_share_of_energy() -> None:
    speeds = np.array([speed for _, speed in bouncing.bounces(2.0, 1.0, bounce=0.8)])
    np.testing.assert_allclose(speeds[1:] ** 2 / speeds[:-1] ** 2, 0.64, rtol=1e-12)
    assert speeds[0] == pytest.approx(np.sqrt(2 * 9.81))


def test_bounces_lie_in_a_geometric_row_with_a_known_end() -> None:
    places = [place for place, _ in bouncing.bounces(2.0, 1.0, bounce=0.8)]
    fall = np.sqrt(2 / 9.81)
    end = 2.0 * fall * (1 + 2 * 0.8 / (1 - 0.8))
    assert places[0] == pytest.approx(2.0 * fall)
    assert places[-1] == pytest.approx(end, abs=3e-3)  # it rolls below 1 mm/s


def test_a_free_pendulum_keeps_its_energy_and_its_small_period() -> None:
    path = pendulum.swing(2.0, 0.0, torque=0.0, friction=0.0, time=60.0)
    energies = [pendulum.energy(row) for row in path]
    np.testing.assert_allclose(energies, energies[0], atol=1e-6)
    small = pendulum.swing(0.01, 0.0, torque=0.0, friction=0.0, time=2 * np.pi)
    np.testing.assert_allclose(small[-1], [0.01, 0.0], atol=1e-4)


def test_a_motor_adds_energy_and_friction_takes_it() -> None:
    pumped = pendulum.swing(0.0, 0.1, torque=0.05, friction=0.0, time=10.0)
    assert pendulum.energy(pumped[-1]) > pendulum.energy(pumped[0]) + 0.05
    braked = [pendulum.energy(s) for s in pendulum.swing(2, 0, torque=0, friction=0.1, time=20)]
    assert np.all(np.diff(braked) <= 1e-12)


def test_coupled_oscillators_keep_their_energy() -> None:
    places, velocities = oscillators.swap(0.2, 0.1, time=200.0)
    total = oscillators.total_energy(0.2, 0.1, places, velocities)
    np.testing.assert_allclose(total, total[0], rtol=3e-4)


def test_equal_oscillators_swap_all_their_energy_at_the_beat() -> None:
    coupling = 0.02
    places, _ = oscillators.swap(coupling, 0.0, time=120.0)
    times = 0.02 * np.arange(len(places))
    fast = np.sqrt(1 + 2 * coupling)
    np.testing.assert_allclose(places[:, 0], (np.cos(times) + np.cos(fast * times)) / 2, atol=5e-3)


def test_an_orbit_keeps_energy_and_spin_on_its_way_in() -> None:
    place, velocity = orbit.nearest(0.5, 2.0)
    start, speed = np.array([-8.0, 2.0]), np.array([0.5, 0.0])
    assert orbit.energy(place, velocity) == pytest.approx(orbit.energy(start, speed), abs=1e-4)
    assert orbit.spin(place, velocity) == pytest.approx(orbit.spin(start, speed), rel=1e-9)
    assert np.linalg.norm(place) == pytest.approx(orbit.lowest(start, speed), rel=1e-3)


def test_a_circle_is_its_own_lowest_point_and_no_brake_means_no_capture() -> None:
    assert orbit.lowest(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(1.0)
    answer = simulate(orbit.orbit, {"offset": 2.0, "brake": 0.0}, 1)
    assert isinstance(answer, Answer)
    assert answer.values == {"captured": 0.0}


def test_an_insulated_rod_keeps_its_heat() -> None:
    x = np.linspace(0, 1, heat.CELLS)
    start = np.exp(-(((x - 0.3) / 0.1) ** 2))
    done = heat.diffused(start, diffusivity=0.5, time=0.3, insulated=True)
    weights = np.full(heat.CELLS, 1.0)
    weights[[0, -1]] = 0.5  # the trapezium rule
    assert weights @ done == pytest.approx(weights @ start, rel=1e-12)
    assert np.ptp(done) < 0.3 * np.ptp(start)


def test_a_sine_in_a_cold_rod_fades_at_its_own_rate() -> None:
    x = np.linspace(0, 1, heat.CELLS)
    done = heat.diffused(np.sin(np.pi * x), diffusivity=0.5, time=0.2, insulated=False)
    np.testing.assert_allclose(done, np.exp(-0.1 * np.pi**2) * np.sin(np.pi * x), atol=2e-4)
