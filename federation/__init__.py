"""The federation protocol as a library: knows no node, no web, no database."""
