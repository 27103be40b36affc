"""Addresses that lead to a person on the network: e-mail and pages or nicknames of people.

Pages of communities, posts and sites are nobody's in person and are left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from node.domain.redaction_numbers import Place

_LOCAL = r"[^\s@<>(),;:\"'«»\[\]/]"
_HOST = r"[^\s@<>(),;:.\"'«»\[\]/?!]"
_MAIL = re.compile(
    rf"{_LOCAL}{{1,64}}(?:@|\s@\s|@\s|\s@(?=[\w-]+\.(?:ru|com|net|org|рф|su|info)\b)){_HOST}{{1,64}}(?:\.{_HOST}{{1,64}}){{1,5}}",
    re.IGNORECASE,
)
_SPELT_MAIL = re.compile(
    r"[\w.+-]{2,64}(?:\s(?:точка|тчк)\s[\w+-]{1,64}){0,2}\s?[(\[<{]?\s?\b(?:собак[ауие]|собач\w+|at|эт)\b\s?[)\]>}]?\s?"
    r"[\w-]{2,64}\s?(?:\.|[(\[]?\b(?:точка|тчк|dot)\b[)\]]?)\s?"
    r"(?:ру|ком|нет|рф|(?:ru|com|net|org|рф|su|info|online|me|by|kz|ua)\b)",
    re.IGNORECASE,
)
_AT_IN_WORDS = re.compile(r"[Сс][Оо][Бб][Аа]|\b(?:at|AT|эт)\b")
_PAGE = re.compile(
    r"(?:https?://)?(?:www\.|m\.)?(?:"
    r"(?:vk\.com|vkontakte\.ru|vk\.ru)/(?!(?:club|public|event|wall|topic|photo|video|album|market|"
    r"app|feed|search|im|board|docs?|clip|audio|story|@)(?:[\d_?/-]|\b))[\w.]{2,}"
    r"|(?:t\.me|telegram\.me)/(?!(?:joinchat|s|c|addstickers|share)/|\+)\w{3,}(?![\w/])"
    r"|ok\.ru/profile/\d+|(?:odnoklassniki|ok)\.ru/(?!group|video|game|live|profile/|dk\b)[\w.]{3,}"
    r"|instagram\.com/(?!p/|reel|explore|stories)[\w.]{2,}|tiktok\.com/@[\w.]{2,}"
    r"|facebook\.com/(?!groups|events|watch|pages)[\w.]{3,}|twitter\.com/\w{2,}|wa\.me/\+?\d{7,}"
    r"|my\.mail\.ru/(?:mail|inbox|bk|list)/[\w.]{2,}|youtube\.com/@[\w.-]{2,}"
    r")/?",
    re.IGNORECASE,
)
_NETWORK = re.compile(
    r"(?i)vk\.|vkont|t\.me|telegram\.|ok\.ru|odnokl|instag|tikt|faceb|twit|wa\.me|my\.mail|youtu"
)
_AT_NAME = re.compile(r"(?<![\w@.])@\w[\w.]{1,62}\w")
_LATIN_NICK = (
    r"[A-Za-z][\w.-]*\w|\w*(?:\d|_)\w*[A-Za-z_]\w*|[^\W\d]+(?:_\w+|\d\w*)|[^\W\d_][а-яё]+[А-ЯЁ]\w*"
)
_QUOTES = "[\"'«“„]"
_NICK_WORD = re.compile(
    rf"(?i:\b(?:ник|ником|нику|ника|нике|никнейм\w*|логин(?:ом|а|у|е)?|nick\w*|login)\b)(?:\s?[:=]|\s-(?=\s)|"
    rf"(?i:\s+в\s+\w+|\s+на\s+\w+|\s+у\s+него|\s+такой|\s+был|\s+мой)){{0,2}}\s{{0,2}}"
    rf"(?:(?P<plain>{_LATIN_NICK})|{_QUOTES}(?P<quoted>[^\"'«»“”„\n]{{2,40}})[\"'»”“])"
)
_NAMED_NICK = re.compile(r"(?i:\b(?:под|с)\s+(?:ником|никнеймом))\s+(?P<plain>[А-ЯЁ][а-яё]+)")
_COLON_NICK = re.compile(
    r"(?i:\b(?:ник|ником|никнейм\w*|логин|логином)\b)\s?[:=]\s?"
    r"(?P<plain>(?=\w*[\dA-Za-z_]|\w*[а-яё][А-ЯЁ])[^\W_][\w.-]*\w)"
)
_MESSENGER_NICK = re.compile(
    r"(?i:\b(?:телег\w*|тг|инст[аеу]\w*|вк|вконтакте|скайп\w*|skype|telegram|instagram|дискорд\w*|"
    r"тикток\w*|одноклассник\w*)\b)\s?[:-]?\s?(?P<plain>[A-Za-z][A-Za-z\d]*[._\d][\w.]*\w)"
)
_NICK_HINT = re.compile(
    r"(?i)\b(?:ник|nick|логин|login|телег|тг\b|инст|вк|скайп|skype|telegram|instagram|диск|тикток|однокл)"
)
_SITE = re.compile(r"(?i)(?:^|\.)(?:ru|com|net|org|рф|su|info|me|рус)(?:/|$)")


def mails_in(text: str) -> Iterator[Place]:
    """Whole addresses, also with «собака» and «точка» written out."""
    if "@" in text:
        for found in _MAIL.finditer(text):
            written = found[0].rstrip(".-_…")
            yield found.start(), found.start() + len(written)
    if _AT_IN_WORDS.search(text):
        for found in _SPELT_MAIL.finditer(text):
            yield found.start(), found.end()


def nicknames_in(text: str) -> Iterator[Place]:
    """«@…», links to pages of people, and the word after «ник», «логин»."""
    if "@" in text:
        for found in _AT_NAME.finditer(text):
            yield found.start(), found.end()
    if "/" in text and _NETWORK.search(text):
        for found in _PAGE.finditer(text):
            yield found.start(), found.end()
    if not _NICK_HINT.search(text):
        return
    for pattern in (_NICK_WORD, _NAMED_NICK, _COLON_NICK, _MESSENGER_NICK):
        for found in pattern.finditer(text):
            group = "plain" if found["plain"] is not None else "quoted"
            if not _SITE.search(found[group]):
                yield found.span(group)
