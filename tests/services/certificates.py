"""Certificates for the length of a test, made by the openssl command."""

import shutil
import subprocess
from pathlib import Path

from tests.services.fixtures import give_up
from tests.services.server import HOST


def make_certificates(folder: Path, host: str = HOST) -> None:
    """Write an authority (`ca.pem`) and a certificate of `host`, an address, with its key (`own.pem`)."""
    if shutil.which("openssl") is None:
        give_up("there is no openssl to make certificates with")

    def openssl(*arguments: str) -> str:
        done = subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout

    made = ("-newkey", "rsa:2048", "-nodes", "-days", "3")
    openssl("req", "-x509", *made, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Authority of a test")
    openssl("req", *made[:3], "-keyout", "own.key", "-out", "own.csr", "-subj", f"/CN={host}")
    (folder / "names").write_text(f"subjectAltName=IP:{host}\n")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3", "-extfile", "names")
    certificate = openssl("x509", "-req", "-in", "own.csr", *signed)
    key = openssl("pkcs8", "-topk8", "-nocrypt", "-in", "own.key")
    (folder / "own.pem").write_text(key + certificate)
