"""When does hydrogen with oxygen explode? Cantera's kinetics, and the second explosion limit.

At low pressure a branching chain runs away; above the limit H + O2 + M -> HO2 + M takes the
carrier of the chain; hotter, it explodes again. Needs Cantera: pip install '.[examples]'
"""

import cantera

from surrogate import Binary, Campaign, Goal, Infeasible, Real, Space, simulator

WITHIN = 1.0  # s of waiting
HOTTER = 300.0  # K of rise that nobody would call anything but an explosion


@simulator(
    space=Space(
        {
            "temperature": Real(650, 950, unit="K"),
            "pressure": Real(1e2, 1e6, unit="Pa", scale="log"),
        }
    ),
    outcome=Binary("explodes"),
)
def vessel(point, *, rng):
    mixture = cantera.Solution("h2o2.yaml")  # comes with Cantera
    mixture.TPX = point["temperature"], point["pressure"], "H2:2, O2:1"
    reactor = cantera.IdealGasReactor(mixture, clone=False)
    network = cantera.ReactorNet([reactor])
    try:
        while network.time < WITHIN and reactor.T - point["temperature"] < HOTTER:
            network.step()
    except cantera.CanteraError as problem:
        return Infeasible(f"the integrator gave up: {problem}")
    return reactor.T - point["temperature"] >= HOTTER


with Campaign.create("hydrogen", vessel, goal=Goal.boundary(0.5), store="hydrogen.db") as limits:
    limits.run(runs=80, workers=2)
    pressures = (1e3, 1e4, 1e5)
    points = [{"temperature": 800, "pressure": pressure} for pressure in pressures]
    for pressure, chance in zip(pressures, limits.predict(points).mean, strict=True):
        print(f"at 800 K and {pressure:7,.0f} Pa it explodes with probability {chance:.2f}")
