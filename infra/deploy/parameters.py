"""The parameters of a stack that other stacks decide, as `sam deploy --parameter-overrides` takes them.

python -m infra.deploy.parameters app dev      of template.yaml
python -m infra.deploy.parameters edge dev     of infra/edge.yaml
"""

import sys
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.checks.expand import ROOT, expand
from infra.deploy import keys

Outputs = Mapping[str, str]
RDS_CERTIFICATES = ROOT / "layers" / "common" / "rds.pem"


class NoCertificates(FileNotFoundError):
    """Functions are to trust RDS's own certificates, which were not put into the layer."""


def outputs(stack: str) -> Outputs:
    """What a deployed stack gives. Raises ClientError."""
    (found,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}


def outputs_if_any(stack: str) -> Outputs:
    """The same of a stack that need not be there yet. Raises ClientError for anything else."""
    try:
        return outputs(stack)
    except ClientError as exc:
        if "does not exist" in str(exc):
            return {}
        raise


def origin_versions(arn: str) -> tuple[str, str]:
    """The ids of the origin's secret as it is, and of the one before it, or the same twice. Raises ClientError."""
    versions = boto3.client("secretsmanager").describe_secret(SecretId=arn)["VersionIdsToStages"]
    by_stage = {stage: version for version, stages in versions.items() for stage in stages}
    current = by_stage["AWSCURRENT"]
    return current, by_stage.get("AWSPREVIOUS", current)


def app(stage: str) -> dict[str, str]:
    """template.yaml's: the stores, the keys that sign tokens, and the revision that the database is brought to.

    The origin's secret goes by its version: a reference that stays the same is not resolved again. Behind CloudFront
    browsers write from its origin, which is not the API's own: once there is one, it is allowed.
    Raises ClientError, and NoCertificates where the layer lacks them.
    """
    from operate import revisions

    stores = outputs(f"nunchi-{stage}-stores")
    if stores["DatabaseCa"] == "rds" and not RDS_CERTIFICATES.is_file():
        raise NoCertificates(f"{RDS_CERTIFICATES.name} is not in layers/common, see docs/operations.md")
    known = expand(ROOT / "template.yaml")["Parameters"]
    web = outputs_if_any(f"nunchi-{stage}-edge").get("WebUrl")
    current, before = origin_versions(stores["OriginSecretArn"])
    return {
        **{name: value for name, value in stores.items() if name in known},
        "AuthSecretArn": keys.ensured(stage),
        "OriginVersion": current,
        "OriginVersionBefore": before,
        "SchemaRevision": revisions.known()[0],
        "TrustedProxies": "1",
        **({"AllowedOrigins": web, "WebUrl": web} if web else {}),
    }


def edge(stage: str) -> dict[str, str]:
    """infra/edge.yaml's: where the API is, and what its firewall asks for."""
    api = urlsplit(outputs(f"nunchi-{stage}")["ApiUrl"])
    arn = outputs(f"nunchi-{stage}-stores")["OriginSecretArn"]
    return {
        "ApiHost": str(api.hostname),
        "OriginSecretArn": arn,
        "OriginVersion": origin_versions(arn)[0],
    }


STACKS: dict[str, Callable[[str], dict[str, str]]] = {"app": app, "edge": edge}


def main(stack: str, stage: str) -> None:
    """Prints `Name=value` for each; exits 1 with a line where AWS or the checkout lacks something."""
    try:
        print(" ".join(f"{name}={value}" for name, value in STACKS[stack](stage).items()))
    except (BotoCoreError, ClientError, NoCertificates) as exc:
        sys.exit(f"deploy: {exc}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
