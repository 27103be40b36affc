"""`/routing/draft/rules/CODE`, `/routing/draft/rules/new`: one rule of the draft as a form."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from node.bootstrap import Node
from node.domain.errors import Conflict, DomainError, Fault, Invalid, NotFound
from node.domain.issue import URGENCIES
from node.domain.rights import Actor
from node.domain.routing import RuleSet
from node.domain.routing_check import CODE, MAX_RULES, faults_of_rule
from node.domain.routing_edit import free_code, position_of, put
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import issue_words, routing_words
from node.web.pages.frame import link_above
from node.web.pages.issue_filters import topic_groups
from node.web.pages.rendering import render
from node.web.pages.routing_draft import HERE, current, draft_of, save
from node.web.pages.routing_lines import executor_groups
from node.web.pages.routing_rule_form import PLACES, RuleForm

router = APIRouter(prefix=f"{HERE}/rules", include_in_schema=False)

NEW = "new"
MAX_NUMBER = 2**31 - 1  # what the column holds


class NoSuchRule(NotFound):
    """Такого правила в черновике нет: его убрали или у него другой код."""


class SentRule(RuleForm):
    """`revision`: of the draft the form was opened on."""

    revision: int = Field(ge=1, le=MAX_NUMBER)


@router.get("/{code}")
def show(request: Request, node: NodeDep, actor: PageActorDep, code: str) -> Response:
    draft = draft_of(node, actor)
    rules = draft.rules
    rule, position = rules.rule(code), position_of(rules, code)
    if rule is None or position is None:
        if code != NEW:
            raise NoSuchRule
        form = RuleForm(position=str(len(rules.rules) + 1))
    else:
        form = RuleForm.of(rule, position)
    return _page(request, node, actor, code, form, draft.revision, rules)


@router.post("/{code}")
def write(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    code: str,
    form: Annotated[SentRule, Form()],
) -> Response:
    """Save the rule into the draft and go back to the list; or the form again with its faults."""
    rules = draft_of(node, actor).rules
    try:
        draft = current(node, actor, form.revision)
        save(node, actor, _changed(node, draft.rules, code, form), draft)
    except (Invalid, Conflict) as refusal:
        return _page(request, node, actor, code, form, form.revision, rules, refusal)
    return RedirectResponse(f"{HERE}#rule-{form.position or ''}", status_code=303)


def _changed(node: Node, rules: RuleSet, code: str, form: RuleForm) -> RuleSet:
    """The draft with the rule in it. Invalid with the bare names of fields; NoSuchRule."""
    old = rules.rule(code)
    if old is None and code != NEW:
        raise NoSuchRule
    others = [rule.code for rule in rules.rules if rule is not old]
    rule = form.rule(free_code(others))
    if old is not None:
        rule = replace(rule, code=old.code)  # issues carry it
    faults = list(faults_of_rule(rule, node.rulebook, node.code))
    if rule.code in others:
        faults.append(Fault("code", "код уже у другого правила: он должен быть своим"))
    if len(others) >= MAX_RULES:
        faults.append(Fault("code", f"правил не больше {MAX_RULES}: объедините похожие"))
    if faults:
        raise Invalid(*faults)
    position = form.wanted_position(len(others) + 1)
    return put(rules, rule, instead_of=old.code if old else None, position=position)


def _page(
    request: Request,
    node: Node,
    actor: Actor,
    code: str,
    form: RuleForm,
    revision: int,
    rules: RuleSet,
    refusal: DomainError | None = None,
) -> Response:
    rulebook, directory = node.rulebook, node.rulebook.directory
    known = rules.rule(code)
    faults = refusal.faults if isinstance(refusal, Invalid) else ()
    first, *below = directory.subtree(node.code)
    return render(
        request,
        "routing_rule.html",
        status_code=200 if refusal is None else 422 if isinstance(refusal, Invalid) else 409,
        actor=actor,
        link=link_above(node),
        form=form,
        title=known.name if known else "Новое правило",
        is_new=known is None,
        here=f"{HERE}/rules/{code if CODE.fullmatch(code) else NEW}",
        revision=revision,
        last=len(rules.rules) + (known is None),
        executors=executor_groups(rulebook),
        topic_groups=topic_groups(rulebook),
        unsorted=("unsorted", rulebook.classifier.name("unsorted")),
        places=[(one, directory.name(one)) for one in (first, *sorted(below, key=directory.name))],
        channels=list(issue_words.CHANNELS.items()),
        kinds=list(routing_words.KINDS.items()),
        urgencies=list(URGENCIES.items()),
        ways=list(PLACES.items()),
        words=routing_words.FIELDS,
        refusal=refusal,
        faulty={_id(fault.field): fault.message for fault in faults},
        faults=[
            (routing_words.field(fault.field), _id(fault.field), fault.message) for fault in faults
        ],
    )


def _id(field: str) -> str:
    """The id of a field in the form: `words.any` is `words_any`, `place.lat` is `lat`."""
    head, _, rest = field.partition(".")
    return rest if head == "place" and rest else field.replace(".", "_")
