"""HTTP: the API, the pages and the federation's door."""
