"""The local platform: template.yaml's functions, schedules and queues on one machine."""

import os

# We start processes by forking; gRPC's own fork handlers, of the Milvus client, would crash such a child.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
