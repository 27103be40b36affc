"""What `cur` does, one family of commands a file; the words typed are in `__main__.py`."""
