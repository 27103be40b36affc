"""Ways in for appeals: each turns its own form into `domain.appeal.NewAppeal`.

The channel an appeal is kept under is named by its sender or by an import profile; these are the
codes of this node's own doors.
"""

from __future__ import annotations

from node.intake import json_api, web_form

CHANNELS: tuple[str, ...] = (json_api.CHANNEL, web_form.CHANNEL)
