from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


def handler(event, context):
    return str(
        (
            Fernet(Fernet.generate_key()).encrypt(b"text")[:1],
            hashes.SHA256.name,
            serialization.Encoding.PEM,
            rsa.generate_private_key(65537, 2048).key_size,
            NameOID.COMMON_NAME,
        )
    )
