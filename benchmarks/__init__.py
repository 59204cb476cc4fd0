"""The figures of the README: `python -m benchmarks NAME [--quick] [--seeds N] [--json]`."""
