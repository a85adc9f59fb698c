"""A real IMAP server for tests: Dovecot as a process of its own with its own configuration, on loopback."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imapclient import IMAPClient

PROGRAM = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
USER, PASSWORD = "inkorg", "hemligt-99"

CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_access_groups =
namespace inbox {{
  inbox = yes
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server. ca_file: the authority that signed its certificate; other_ca: one that did not."""

    port: int
    tls_port: int
    ca_file: Path
    other_ca: Path

    def client(self) -> IMAPClient:
        """A client of the tests' own, logged in, in the INBOX."""
        client = IMAPClient("127.0.0.1", port=self.port, ssl=False)
        client.login(USER, PASSWORD)
        client.select_folder("INBOX")
        return client

    def deliver(self, data: bytes, folder: str = "INBOX") -> None:
        """Put a mail into a folder."""
        with self.client() as client:
            client.append(folder, data)

    def seen(self) -> dict[int, bool]:
        """Which messages of the INBOX are marked as seen, by UID."""
        with self.client() as client:
            flags = client.get_flags(client.search("ALL"))
        return {uid: b"\\Seen" in own for uid, own in flags.items()}


@contextmanager
def running() -> Iterator[Dovecot]:
    """Start Dovecot, wait until it says that it is up, and stop it by its process id."""
    assert PROGRAM
    # Not below pytest's own folder: paths of Unix sockets are short.
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    try:
        port, tls_port = _free_port(), _free_port()
        certificates(folder)
        _configure(folder, port, tls_port)
        command = [PROGRAM, "-F", "-c", str(folder / "dovecot.conf")]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr
                said = []
                for line in process.stderr:
                    said.append(line)
                    if "starting up" in line:
                        break
                else:
                    raise AssertionError("Dovecot did not start: " + "".join(said))
                yield Dovecot(port, tls_port, folder / "ca.pem", folder / "other.pem")
            finally:
                process.terminate()
                process.wait(timeout=20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configure(folder: Path, port: int, tls_port: int) -> None:
    root = os.getuid() == 0
    own = pwd.getpwuid(os.getuid())
    # Dovecot gives no mail to root: there, the mail is nobody's.
    owner = pwd.getpwnam("nobody") if root else own
    folder.chmod(0o755)
    for name in ("home", "mail"):
        (folder / name).mkdir()
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    text = CONFIGURATION.format(
        folder=folder,
        password=PASSWORD,
        port=port,
        tls_port=tls_port,
        owner=owner.pw_uid,
        group=owner.pw_gid,
        internal="dovecot" if root else own.pw_name,
        internal_group="dovecot" if root else own.pw_gid,
        login="dovenull" if root else own.pw_name,
    )
    (folder / "dovecot.conf").write_text(text, encoding="utf-8")


def certificates(folder: Path) -> None:
    """An authority, a certificate of it for localhost, and an authority that signed nothing."""
    signer, authority = _authority("Exempel CA")
    _, other = _authority("En annan CA")
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    server = _builder("localhost", authority.subject).public_key(key.public_key()).add_extension(names, critical=False)
    (folder / "server.pem").write_bytes(server.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "ca.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (folder / "other.pem").write_bytes(other.public_bytes(serialization.Encoding.PEM))


def _authority(name: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    ours = x509.BasicConstraints(ca=True, path_length=0)
    builder = _builder(name, subject).public_key(key.public_key()).add_extension(ours, critical=True)
    return key, builder.sign(key, hashes.SHA256())


def _builder(name: str, issuer: x509.Name) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
    )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
