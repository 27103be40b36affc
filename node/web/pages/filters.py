"""What templates may do to a value: figures, dates and terms in Russian."""

from __future__ import annotations

from node.web.locale.russian import FILTERS

__all__ = ["FILTERS"]
