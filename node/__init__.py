"""One node of the federation: the same program at every tier."""
