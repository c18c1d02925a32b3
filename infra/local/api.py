"""The API on this machine, under uvicorn."""

import gc
import socket

import uvicorn

from infra.local.errors import LocalError
from infra.local.processes import HOST


def require_free(port: int) -> None:
    """Raises LocalError, with what to do, when a port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as exc:
            raise LocalError(f"port {port} is taken; choose another with PORT={port + 1}") from exc


def serve(port: int) -> None:
    """Serves the production application until Ctrl-C."""
    from api.app import create_app
    from nunchi.accounts import keys

    keys.get_ring()  # as the deployed function does
    app = create_app()
    gc.freeze()  # as there, too
    uvicorn.run(app, host=HOST, port=port, log_level="warning")
