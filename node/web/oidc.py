"""Sign-in by the provider of an organisation: OpenID Connect, authorization code with PKCE.

What a browser must bring back (state, nonce, PKCE verifier, where it was going) stands in a cookie
of its own until it comes back; nobody else can set a `__Host-` cookie, and the node keeps nothing,
so any replica may answer. The ID token is believed only for issuer, audience, signature, nonce and
time. Who the person is here is decided by `actions/sign_in.py`.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import urlsplit

import structlog
from fastapi import Response

from node.actions.sign_in import Proven
from node.bootstrap import Node, ProviderUnreached
from node.domain.errors import DomainError, NotFound, Unavailable

DISCOVERY = "/.well-known/openid-configuration"
# Asymmetric only: by a shared secret anybody who knows it could make tokens, `none` needs none.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY = 60  # seconds two clocks may differ
TERM = timedelta(minutes=10)  # from the button to the way back
log = structlog.get_logger("cur.oidc")


class NoProvider(NotFound):
    """Корпоративный вход на этом узле не настроен: войдите с логином и паролем."""


class ProviderSilent(Unavailable):
    """Сервер корпоративного входа не отвечает: попробуйте позже или войдите с паролем."""


class NotProven(DomainError):
    """Корпоративный вход не удался: начните его снова; причина записана в журнале сервера."""

    kind: ClassVar[str] = "forbidden"


@dataclass(frozen=True, slots=True)
class Errand:
    """What a browser carries to the provider and back."""

    state: str
    nonce: str
    verifier: str
    back: str

    @classmethod
    def new(cls, back: str) -> Errand:
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, back)

    def to_cookie(self) -> str:
        back = urlsafe_b64encode(self.back.encode()).decode()
        return ".".join([self.state, self.nonce, self.verifier, back])

    @classmethod
    def from_cookie(cls, value: str) -> Errand | None:
        parts = value.split(".")
        if len(parts) != 4 or not all(parts[:3]):
            return None
        state, nonce, verifier, back = parts
        try:
            return cls(state, nonce, verifier, urlsafe_b64decode(back).decode())
        except (BadBase64, UnicodeDecodeError):
            return None


def cookie_name(node: Node) -> str:
    return "__Host-cur-oidc" if node.url.startswith("https://") else "cur_oidc"


def set_cookie(node: Node, response: Response, errand: Errand) -> None:
    response.set_cookie(
        cookie_name(node),
        errand.to_cookie(),
        max_age=int(TERM.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",  # `strict` would not come along on the way back from the provider
        secure=node.url.startswith("https://"),
    )


def clear_cookie(node: Node, response: Response) -> None:
    response.delete_cookie(
        cookie_name(node), path="/", httponly=True, secure=node.url.startswith("https://")
    )


def address_of(node: Node, errand: Errand) -> str:
    """Where the browser is sent to. NoProvider, ProviderSilent, NotProven."""
    with _client(node) as client:
        found = _discovered(node, client)
        address, _ = client.create_authorization_url(
            _endpoint(node, found, "authorization_endpoint"),
            state=errand.state,
            nonce=errand.nonce,
            code_verifier=errand.verifier,
        )
        return str(address)


def prove(node: Node, errand: Errand | None, query: Mapping[str, str]) -> Proven:
    """Who came back. NotProven, whatever was wrong: the log names it. NoProvider, ProviderSilent.

    That an errand is done once is the caller's to see to.
    """
    plain = node.settings.oidc
    with _client(node) as client:
        if errand is None or not secrets.compare_digest(
            query.get("state", "").encode(), errand.state.encode()
        ):
            raise _doubted("state")
        if query.get("iss", plain.issuer) != plain.issuer:
            raise _doubted("iss of another provider")  # RFC 9207
        if not query.get("code"):
            raise _doubted(f"no code: {query.get('error', '')[:80]!r}")
        return _proven(node, _claims_for(node, client, query["code"], errand))


def _claims_for(node: Node, client: Any, code: str, errand: Errand) -> Mapping[str, Any]:
    """What the provider says of whoever brought a code."""
    from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
    from joserfc.errors import JoseError

    found = _discovered(node, client)
    try:
        answered = client.fetch_token(
            _endpoint(node, found, "token_endpoint"),
            code=code,
            code_verifier=errand.verifier,
            grant_type="authorization_code",
        )
        keys = _fetched(client, _endpoint(node, found, "jwks_uri"))
        return _claims(node, str(answered.get("id_token", "")), keys, errand.nonce)
    except (AuthlibBaseError, JoseError, ValueError) as error:
        raise _doubted(type(error).__name__) from error


def _claims(node: Node, token: str, keys: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
    """The claims of an ID token that is right in every respect. JoseError, ValueError."""
    from joserfc import jwt
    from joserfc.jwk import KeySet

    plain = node.settings.oidc
    decoded = jwt.decode(token, KeySet.import_key_set(dict(keys)), algorithms=ALGORITHMS)  # type: ignore[arg-type]
    wanted = jwt.JWTClaimsRegistry(
        now=int(node.clock().timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": plain.issuer},
        aud={"essential": True, "value": plain.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    claims: dict[str, Any] = decoded.claims
    wanted.validate(claims)
    if claims.get("azp", plain.client_id) != plain.client_id:
        raise ValueError("made for another client")
    return claims


def _proven(node: Node, claims: Mapping[str, Any]) -> Proven:
    plain = node.settings.oidc
    # One name for ever: `sub` is unique within its issuer only, and may be long.
    subject = sha256(f"{plain.issuer}\n{claims['sub']}".encode()).hexdigest()
    login = claims.get(plain.login_claim) if plain.login_claim else None
    email = claims.get("email") if claims.get("email_verified") is True else None
    return Proven(
        subject,
        login if isinstance(login, str) else None,
        email if isinstance(email, str) else None,
    )


@contextmanager
def _client(node: Node) -> Iterator[Any]:
    if not node.settings.oidc.issuer:
        raise NoProvider
    try:
        with node.provider_client() as client:
            yield client
    except ProviderUnreached as error:
        log.warning("provider", error=str(error))
        raise ProviderSilent from error


def _discovered(node: Node, client: Any) -> Mapping[str, Any]:
    """The provider's description of itself, if it is the one of the settings."""
    issuer = node.settings.oidc.issuer
    try:
        found = _fetched(client, issuer.rstrip("/") + DISCOVERY)
    except ValueError as error:
        raise _doubted("discovery is no JSON") from error
    if found.get("issuer") != issuer:
        raise _doubted("discovery names another issuer")
    return found


def _endpoint(node: Node, found: Mapping[str, Any], name: str) -> str:
    """An address of the description, as safe as the issuer's own."""
    address = found.get(name)
    scheme = urlsplit(node.settings.oidc.issuer).scheme
    if not isinstance(address, str) or urlsplit(address).scheme not in ("https", scheme):
        raise _doubted(f"discovery has no usable {name}")
    return address


def _fetched(client: Any, address: str) -> Mapping[str, Any]:
    """ValueError for anything but an object."""
    answer = client.request("GET", address, withhold_token=True)
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _doubted(reason: str) -> NotProven:
    log.warning("refused", reason=reason)
    return NotProven()
