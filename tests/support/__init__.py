"""What tests share: databases, clocks, builders, an in-process network."""
