"""A store with the S3 protocol on a loopback port of this process."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from node.settings import Files

BUCKET = "appeals"


@contextmanager
def an_s3() -> Iterator[Files]:
    """The settings of an empty store that has the bucket."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request otherwise
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        files = Files(
            store="s3",
            bucket=BUCKET,
            endpoint=f"http://{host}:{port}",
            prefix="town",
            access_key=SecretStr("key"),
            secret_key=SecretStr("secret"),
        )
        make_bucket(files)
        yield files
    finally:
        server.stop()


def make_bucket(files: Files) -> None:
    from boto3.session import Session

    client = Session().client(
        "s3",
        endpoint_url=files.endpoint,
        region_name=files.region,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket=files.bucket)
    client.close()
