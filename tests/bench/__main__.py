"""`python3 dev bench [NAME ...] [--quick] [--markdown]`: print the measurements asked for."""

from __future__ import annotations

import argparse
import importlib
import time

from rich.console import Console

from tests.bench.figures import Figures, machine

# In the order they are printed; one module each.
NAMES = (
    *("intake", "statements", "top_query", "directive_readiness"),
    *("inbox",),
    *("lifecycle", "lifecycle_fall"),
    *("danger", "redaction", "footprint"),
)


def measure(name: str, *, quick: bool) -> Figures:
    # Imported one by one: a measurement must not carry the others' modules in its memory.
    module = importlib.import_module(f"tests.bench.{name}")
    figures: Figures = module.run(quick)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="all when none is named")
    parser.add_argument("--quick", action="store_true", help="one short run each: does it work?")
    parser.add_argument("--markdown", action="store_true", help="tables for the README")
    asked = parser.parse_args()
    console = Console()
    told = Console(stderr=True)
    line = f"Machine: {machine()}"
    if asked.markdown:
        print(line)
    else:
        console.print(line)
    failed = False
    for name in asked.names or NAMES:
        begun = time.perf_counter()
        with told.status(f"{name} …"):
            figures = measure(name, quick=asked.quick)
        if asked.markdown:
            print(f"\n{figures.markdown()}", end="")
        else:
            console.print()
            figures.show(console)
        for sentence in figures.failures:
            told.print(f"[red]FAIL[/] {name}: {sentence}")
            failed = True
        told.print(f"[dim]{name}: {time.perf_counter() - begun:.0f} s[/]")
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
