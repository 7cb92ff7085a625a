"""Keys: reads a user's private key and names it as Snowflake does."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from pydantic import SecretStr

from domain.errors import Unavailable


def read_key(path: Path, passphrase: SecretStr | None = None) -> RSAPrivateKey:
    """The private key in a PEM file. Raises Unavailable, with what to do, when there is none."""
    secret = passphrase.get_secret_value().encode() if passphrase else None
    try:
        key = load_pem_private_key(path.read_bytes(), secret)
    except (OSError, ValueError, TypeError) as error:
        remedy = "point CDT_SNOWFLAKE_PRIVATE_KEY_FILE at a PEM file, with its passphrase if any"
        raise Unavailable("the private key", remedy) from error
    if not isinstance(key, RSAPrivateKey):
        raise Unavailable("the private key, which is not RSA,", "make one of 2048 bits")
    return key


def account_name(account: str) -> str:
    """The account as a JWT names it: upper case, no region (Snowflake, key-pair authentication)."""
    name, _, region = account.upper().partition(".")
    return name.partition("-")[0] if region.startswith("GLOBAL") else name


def fingerprint(key: RSAPrivateKey) -> str:
    """Of the public key, as `desc user` shows it."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"SHA256:{base64.b64encode(hashlib.sha256(public).digest()).decode()}"
