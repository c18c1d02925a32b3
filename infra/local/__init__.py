"""The local platform: template.yaml's functions, schedules and queues on one machine."""

import os

# We start processes by forking; gRPC's own fork handlers, of the Milvus client, would crash such a child.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
# The embedding's threads would spin while they wait for each other, and starve the stores beside them (20 x slower).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
