"""An OpenID Connect provider in this process: the few answers a sign-in asks for.

`bend` the claims or the key of its tokens to see them refused.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

ISSUER = "https://login.example/realms/region"
CLIENT = "cur"
SECRET = "a secret of the client"


@cache
def a_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


@dataclass
class Provider:
    """`who`: the claims of whoever signs in there. `bent` changes them last of all."""

    now: Callable[[], float]
    who: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1"})
    bent: dict[str, Any] = field(default_factory=dict)
    key: str = "ours"
    silent: bool = False
    issuer: str = ISSUER
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self._answer)

    def lets_in(self, location: str) -> dict[str, str]:
        """The person signs in at the address the node sent them to; the query they come back by."""
        parts = urlsplit(location)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ISSUER}/auth"
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": ISSUER}

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        if self.silent:
            raise httpx2.ConnectError("nobody there")
        path = str(request.url).removeprefix(ISSUER)
        self.asked.append(path)
        match path:
            case "/.well-known/openid-configuration":
                return httpx2.Response(
                    200,
                    json={
                        "issuer": self.issuer,
                        "authorization_endpoint": f"{ISSUER}/auth",
                        "token_endpoint": f"{ISSUER}/token",
                        "jwks_uri": f"{ISSUER}/keys",
                    },
                )
            case "/keys":
                keys = KeySet([a_key("ours")]).as_dict(private=False)
                return httpx2.Response(200, json=dict(keys))
            case "/token":
                return self._token(request)
            case _:
                return httpx2.Response(404)

    def _token(self, request: httpx2.Request) -> httpx2.Response:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        asked = self.codes.pop(form["code"], None)  # a code is good once
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).decode().rstrip("=")
        right = (
            asked is not None
            and request.headers.get("authorization") == f"Basic {basic}"
            and challenge == asked["code_challenge"]
            and form["redirect_uri"] == asked["redirect_uri"]
        )
        if not right or asked is None:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        now = int(self.now())
        claims = {
            "iss": ISSUER,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        claims = {
            name: value
            for name, value in (claims | self.who | self.bent).items()
            if value is not None
        }
        signed = jwt.encode({"alg": "RS256", "kid": "ours"}, claims, a_key(self.key))
        return httpx2.Response(
            200, json={"access_token": "x", "token_type": "Bearer", "id_token": signed}
        )
