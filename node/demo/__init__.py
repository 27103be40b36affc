"""The demo: a vertical to look at, played on one machine from a seed.

`python3 dev demo` starts eight live nodes, each its own `cur run` process, and one player that
speaks for all other regions and districts as nodes of the same program. Nothing here is imported
by the product; whatever the demo does, it does through the doors everybody else uses, except that
the residents of the live nodes' past are written in bulk.
"""
