"""Pages: one file a page (or a small family), listed here by hand.

A page module imports `render` from `node.web.pages.rendering`, deps from `node.web.deps`, and
exports `router`.
"""

from __future__ import annotations

from fastapi import APIRouter

from node.web.pages import (
    account,
    alerts,
    appeal_form,
    appeal_status,
    directive_board,
    directive_form,
    directive_unit,
    directives,
    help,
    home,
    issue_card,
    issue_deliveries,
    issue_tools,
    issues,
    journal,
    meeting_pack,
    people,
    photos,
    question_card,
    question_form,
    questions,
    resolution,
    routing,
    routing_draft,
    routing_rule,
    routing_trial,
    sign_in,
    sign_in_oidc,
    top,
    units,
)

ROUTERS: tuple[APIRouter, ...] = (
    home.router,
    appeal_form.router,
    appeal_status.router,
    sign_in.router,
    sign_in_oidc.router,
    account.router,
    people.router,
    top.router,
    resolution.router,
    units.router,
    directives.router,
    directive_form.router,
    meeting_pack.router,  # before the addressee: `pack.pdf` is no unit
    directive_unit.router,
    directive_board.router,
    issues.router,
    issue_card.router,
    issue_tools.router,
    alerts.router,
    issue_deliveries.router,
    photos.router,
    questions.router,
    question_form.router,  # before the card: `new` is no id
    question_card.router,
    journal.router,
    routing.router,
    routing_trial.router,
    routing_rule.router,  # before the draft: its rules lie below it
    routing_draft.router,
    help.router,
)
