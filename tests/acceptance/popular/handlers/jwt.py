import jwt
from jwt import PyJWKClient
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidTokenError


def handler(event, context):
    return str(
        (
            jwt.encode({"sub": "a"}, "a secret of thirty-two characters"),
            InvalidTokenError(),
            PyJWKClient("https://example.com"),
            RSAAlgorithm.SHA256,
        )
    )
