"""More machines than one: a campaign on the workers of a Dask cluster, here two on loopback.

Slurm and Kubernetes are a matter of where the scheduler is; see dask_workers.md.
"""

from distributed import LocalCluster

from surrogate import Campaign, Goal, Number, Real, Space, simulator


@simulator(
    space=Space({"width": Real(0.5, 2, unit="m"), "height": Real(0.5, 2, unit="m")}),
    outcome=Number("sag", unit="mm"),
)
def beam(point, *, rng):
    return 4.0 / (point["width"] * point["height"] ** 3) + rng.normal(0, 0.05)


if __name__ == "__main__":  # Dask's workers import this file too
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Campaign.create("beam", beam, goal=Goal.boundary(2.0), store="beam.db", seed=1) as study,
    ):
        print(study.run(runs=40, workers=cluster.scheduler_address).message)
        print("by", *sorted({run.worker for run in study.runs()}))
        print(study.predict([{"width": 1, "height": 1.25}]))
