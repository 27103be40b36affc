"""Measurements: `python3 dev bench [NAME ...] [--quick] [--markdown]`.

Each module has one `run(quick) -> Figures`. Speeds are given as medians of several runs and as
ratios to a stated floor measured in the same minute on the same machine: a ratio can be compared
between machines, requests per second cannot. Never collected by pytest.
"""
