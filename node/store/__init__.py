"""One noun a file: its table and its queries. Nothing here commits."""
