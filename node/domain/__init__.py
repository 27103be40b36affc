"""The rules of the field as pure functions on values: no I/O, no framework, no federation."""
