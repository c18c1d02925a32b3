"""What template.yaml keeps, says and lets others do, as it is deployed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.checks.expand import expand
from infra.local.cloudformation import logical_name
from infra.local.template import Function
from tests.contract.deployed import FUNCTIONS, deployed, listed, named, of_type, statements, taken

OWNER = '{"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}'
LOGS = '{"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}}'
ALARMS = '{"Service": "cloudwatch.amazonaws.com"}'
LOGS_ACTIONS = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey")
# what no statement may have but these: (resource, principal, action, resource of the statement) → why.
# In a key's own policy the resource "*" is that key
WILDCARDS = {
    ("Key", OWNER, "kms:*", "*"): "The account's root: without it nobody could ever administer the key.",
    **{
        ("Key", LOGS, f"kms:{one}", "*"): "CloudWatch Logs, for this account's groups."
        for one in LOGS_ACTIONS
    },
    **{("Key", ALARMS, f"kms:{one}", "*"): "CloudWatch's alarms." for one in ("Decrypt", "GenerateDataKey")},
    **{
        ("SealBucketPolicy", '"*"', "s3:*", place): "Denied to all who come without TLS."
        for place in ("SealBucket", "{'Fn::Sub': '${SealBucket.Arn}/*'}")
    },
}
POLICIES = ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")
ROLES = ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy")
SECRET_WORDS = ("KEY", "PASSWORD", "TOKEN", "SECRET", "LOGIN")


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy document of the template, with the logical name of its resource."""
    for name, resource in deployed().items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::KMS::Key":
            yield name, properties["KeyPolicy"]
        elif resource["Type"] in (*POLICIES, *ROLES):
            for policy in [properties, *map(taken, properties.get("Policies", []))]:
                if "PolicyDocument" in policy:
                    yield name, policy["PolicyDocument"]


def wild() -> Iterator[tuple[str, str, str, str]]:
    """Every action of every statement that has a wildcard in its actions, resources or, where it allows, principals."""
    for name, document in documents():
        for statement in statements(document):
            resources = [str(logical_name(each) or each) for each in listed(statement.get("Resource", []))]
            principal = json.dumps(statement.get("Principal", "its role"), sort_keys=True)
            open_to_all = statement["Effect"] == "Allow" and '"*"' in principal
            for action in listed(statement["Action"]):
                if "*" in action or "*" in resources or open_to_all:
                    yield from ((name, principal, action, place) for place in resources)


def test_no_statement_has_a_wildcard_but_those_that_are_justified() -> None:
    assert set(wild()) == set(WILDCARDS)


def test_a_key_for_everybody_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = {"Effect": "Allow", "Principal": "*", "Action": ["kms:Decrypt", "kms:*"], "Resource": "*"}
    document = ("Key", {"Statement": [opened]})
    monkeypatch.setitem(globals(), "documents", lambda: iter([document]))
    assert {found[2] for found in wild()} == {"kms:Decrypt", "kms:*"}
    assert not set(wild()) & set(WILDCARDS)


@named(FUNCTIONS)
def test_the_environment_says_where_a_secret_is_and_never_what_it_is(item: Function) -> None:
    named_so = {name for name in item.environment if any(word in name for word in SECRET_WORDS)}
    assert all(name.endswith("_SECRET_ARN") for name in named_so)
    assert all(isinstance(item.environment[name], dict) for name in named_so), "given by reference"


def test_no_parameter_takes_a_secret() -> None:
    parameters = expand()["Parameters"]
    named_so = {name for name in parameters if any(word in name.upper() for word in SECRET_WORDS)}
    assert {name for name in named_so if not name.endswith("Arn")} == set()


@pytest.mark.parametrize("name", sorted(of_type("AWS::Logs::LogGroup")))
def test_logs_are_encrypted_and_kept_for_a_month(name: str) -> None:
    group = of_type("AWS::Logs::LogGroup")[name]
    assert logical_name(group["KmsKeyId"]) == "Key"
    assert group["RetentionInDays"] == 30


def test_topics_and_buckets_are_encrypted() -> None:
    assert all(
        logical_name(topic["KmsMasterKeyId"]) == "Key" for topic in of_type("AWS::SNS::Topic").values()
    )
    assert all("BucketEncryption" in bucket for bucket in of_type("AWS::S3::Bucket").values())
    assert all(key["EnableKeyRotation"] is True for key in of_type("AWS::KMS::Key").values())


def test_whatever_writes_to_an_encrypted_topic_may_use_its_key() -> None:
    services = [
        statement["Principal"].get("Service")
        for statement in statements(of_type("AWS::KMS::Key")["Key"]["KeyPolicy"])
        if "kms:GenerateDataKey" in listed(statement["Action"])
    ]
    assert "cloudwatch.amazonaws.com" in services


def test_a_firewall_stands_before_the_api() -> None:
    (association,) = of_type("AWS::WAFv2::WebACLAssociation").values()
    assert logical_name({"Fn::GetAtt": ["ApiFirewall", "Arn"]}) == logical_name(association["WebACLArn"])
    assert "${Api}" in json.dumps(association["ResourceArn"])
    assert len(list(rules())) == 5
    assert {rule["Name"] for rule in rules()} == {"origin", "reputation", "common", "known-bad", "rate"}


def rules() -> Iterator[dict[str, Any]]:
    yield from map(taken, of_type("AWS::WAFv2::WebACL")["ApiFirewall"]["Rules"])


def test_every_rule_of_the_firewall_blocks() -> None:
    for rule in rules():
        managed = "ManagedRuleGroupStatement" in rule["Statement"]
        assert rule.get("OverrideAction") == ({"None": {}} if managed else None)
        assert rule.get("Action") == (None if managed else {"Block": {}})


def test_behind_cloudfront_addresses_are_counted_as_it_says_them_and_nobody_passes_it_by() -> None:
    rate, origin = (next(rule for rule in rules() if rule["Name"] == name) for name in ("rate", "origin"))
    forwarded = taken(rate["Statement"]["RateBasedStatement"])
    assert forwarded["ForwardedIPConfig"]["HeaderName"] == "X-Viewer-Ip"
    assert origin["Priority"] < min(rule["Priority"] for rule in rules() if rule is not origin)
    assert "OriginSecretArn" in json.dumps(origin)


def test_logs_of_the_firewall_have_no_credentials() -> None:
    (logging,) = of_type("AWS::WAFv2::LoggingConfiguration").values()
    assert {field["SingleHeader"]["Name"] for field in logging["RedactedFields"]} == {
        "authorization",
        "cookie",
        "x-origin-key",
    }


def test_what_a_stand_in_for_aws_lacks_can_be_switched_off() -> None:
    only_aws = ("AWS::WAFv2::", "AWS::CloudWatch::Dashboard", "AWS::CloudFront::", "AWS::CodeDeploy::")
    found = list(expand(parameters={"Canary": "false"})["Resources"].values())
    lacking = [each for each in found if each["Type"].startswith(only_aws)]
    assert lacking
    assert all(each.get("Condition") == "HasEdge" for each in lacking)
