"""One verb a file, one public function.

`def verb(session, rulebook, *, …, actor, now)`: the first line asks whether this actor may, the
last writes the journal. Actions never commit: the caller has one `with node.transaction()`.
"""
