"""Findings of the security checks that we live with, each with its reason. One that is found no more is an error."""

from fnmatch import fnmatch

_JWT = "JSON Web Token"

# checkov's check → resources that may fail it, by logical name with * as wildcard → why
CHECKOV: dict[str, dict[str, str]] = {
    "CKV_AWS_116": {
        "*Function": "Schedules have a failure destination, which keeps more than a dead-letter queue does; queues "
        "have dead-letter queues of their own; the API and Migrate are called and answer themselves.",
    },
    "CKV_AWS_173": {
        "*Function": "The environment holds addresses and ARNs, never a secret (tests/contract), and Lambda encrypts "
        "it at rest with its own key.",
    },
    "CKV_AWS_27": {
        "*Queue": "Encrypted with SQS's own key (SqsManagedSseEnabled), which this check doesn't know. Messages carry "
        "ids only.",
    },
    "CKV_AWS_120": {
        "ApiStage": "Answers depend on who asks. What may be kept has an ETag, and CloudFront stands before it.",
    },
    "CKV_AWS_18": {
        "SealBucket": "Written by one function, once a minute, under Object Lock; CloudTrail keeps who did what.",
        "WebBucket": "Read by CloudFront alone, which logs each request.",
        "LogBucket": "Holds the logs itself.",
    },
    "CKV_AWS_68": {
        "Distribution": "The firewall stands before the API, which it reaches by CloudFront alone; the rest are files.",
    },
    "CKV_AWS_174": {
        "Distribution": "TLS 1.2 with a domain of one's own; CloudFront's own certificate leaves no choice.",
    },
    "CKV_AWS_157": {
        "Database": "DatabaseStandby decides, and is on by default; the check can't read a condition."
    },
    "CKV_AWS_149": {
        "*Secret": "Under Secrets Manager's own key, so that who may read one is decided by its ARN alone.",
    },
}
# (file, bandit's test) → why
BANDIT: dict[tuple[str, str], str] = {
    ("infra/local/cloudformation.py", "B506"): "The loader is a SafeLoader with CloudFormation's tags.",
    (
        "infra/local/postgres_place.py",
        "B108",
    ): "Names a place to look for, and makes a folder of its own in it.",
    (
        "layers/common/nunchi/custom_resource.py",
        "B310",
    ): "The address is CloudFormation's own; only who deploys may invoke Migrate.",
    (
        "infra/localstack/executor.py",
        "B108",
    ): "HOME of a function's process, as it is in Lambda; nothing is written there.",
}
# file, with * as wildcard → kinds of secret that look like one there → why
SECRETS: dict[str, dict[str, str]] = {
    "tests/*": {
        "Secret Keyword": "Passwords and keys of made-up accounts, on databases that live as long as a test.",
        "Hex High Entropy String": "Message numbers and hashes of made-up events.",
        "Base64 High Entropy String": "Receipts of made-up messages.",
        "Basic Auth Credentials": "An address that must lose its password when it becomes canonical.",
    },
    "web/client/test/*": {"Secret Keyword": "Tokens and passwords of a made-up API."},
    "infra/sandbox/*": {"Secret Keyword": "The sandbox's own made-up keys."},
    "infra/local/world.py": {"Secret Keyword": "The keys that the sandbox takes."},
    "infra/local/platform.py": {"Secret Keyword": "The AWS of the local platform takes any key."},
    "infra/localstack/deploy.py": {
        "Secret Keyword": "What LocalStack's functions are given: the sandbox takes any key."
    },
    "infra/local/admins.py": {"Secret Keyword": "Texts that say what is wrong with a password."},
    "layers/common/nunchi/adapters/*": {
        "Secret Keyword": "Names of fields, of paths, of providers' error codes."
    },
    "template.yaml": {
        "Secret Keyword": "Names of parameters that hold a secret's ARN.",
        "Base64 High Entropy String": "Long names of AWS's policies.",
    },
    "infra/stores.yaml": {"Secret Keyword": "Secrets' ARNs, and settings that say how a password is made."},
    "tests/unit/test_redaction.py": {_JWT: "A made-up one that must not reach a log."},
}
# vulnerability → why it does not reach us
VULNERABILITIES: dict[str, str] = {}


def reason(
    table: dict[str, dict[str, str]], outer: str, inner: str, used: set[tuple[str, str]]
) -> str | None:
    """Why a finding is accepted, or None; what accepted it is noted in `used`. Both names may be wildcards."""
    for name, entries in table.items():
        for pattern, why in entries.items():
            if fnmatch(outer, name) and fnmatch(inner, pattern):
                used.add((name, pattern))
                return why
    return None
