"""Least privilege: what each function of template.yaml may do, as it is deployed."""

import json
from collections.abc import Iterator
from typing import Any

from infra.local.cloudformation import logical_name
from infra.local.template import Function
from tests.contract.deployed import (
    DECLARED,
    FUNCTIONS,
    allowed,
    listed,
    named,
    of_type,
    role_of,
    statements,
    taken,
)

PREDICT_QUEUES = {"PredictBaselineQueue", "PredictOpenAIQueue", "PredictOpenRouterQueue"}
WORK_QUEUES = {
    "EmbedQueue",
    "KisDailyQueue",
    "KisQuotesQueue",
    "ReportQueue",
    "RequestedQueue",
    "NotifyQueue",
    "DeliverQueue",
    *PREDICT_QUEUES,
}
DEAD_LETTERS = {f"{name.removesuffix('Queue')}DeadLetterQueue" for name in WORK_QUEUES}
FAILURES = "AsyncFailureQueue"
QUOTE_SOURCES = ("Minute", "Quote", "Investor", "Index", "Overtime", "Product", "Financial")
ARTICLE_SOURCES = ("Naver", "NaverSearch", "Hankyung", "Maekyung", "Reddit", "Dart")
FEEDS = {
    **{f"{name}CrawlerFunction": {"EmbedQueue"} for name in ARTICLE_SOURCES},
    "KisDailyCrawlerFunction": {"KisDailyQueue"},
    **{f"Kis{name}CrawlerFunction": {"KisQuotesQueue"} for name in QUOTE_SOURCES},
    "EmbedFunction": PREDICT_QUEUES,
    "ReportDispatchFunction": {"ReportQueue"},
    "ApiFunction": WORK_QUEUES,  # reports that are asked for, and what an admin sends back
    "SealFunction": {"NotifyQueue"},
    **{f"{name}Function": {"DeliverQueue"} for name in ("Notify", "Digest", "Watch")},
    "RelayFunction": WORK_QUEUES,
}
SECRETS = {
    "ApiFunction": {"AuthSecretArn", "MilvusSecretArn", "TelegramSecretArn"},
    "DeliverFunction": {"TelegramSecretArn"},
    "NaverSearchCrawlerFunction": {"NaverSecretArn"},
    "RedditCrawlerFunction": {"RedditSecretArn"},
    "DartCrawlerFunction": {"DartSecretArn"},
    "DartNamesCrawlerFunction": {"DartSecretArn"},
    "KisDailyWorkerFunction": {"KisSecretArn"},
    "KisWorkerFunction": {"KisSecretArn"},
    "CalendarCrawlerFunction": {"KisSecretArn"},
    "EmbedFunction": {"OpenAISecretArn", "MilvusSecretArn"},
    "PredictFunction": {"OpenAISecretArn", "OpenRouterSecretArn"},
    "RequestedFunction": {"OpenAISecretArn", "OpenRouterSecretArn"},
    "ReportFunction": {"OpenAISecretArn", "OpenRouterSecretArn"},
}
API = "ApiFunction"
# AWS's own policies, whose statements name any resource → why
AWS_POLICIES = {
    "AWSLambdaBasicExecutionRole": "Log streams are made by Lambda, and have no name before.",
    "AWSLambdaVPCAccessExecutionRole": "Network interfaces are made by Lambda, and have no name before.",
    "AWSXRayDaemonWriteAccess": "Traces have no resource to name.",
    "AWSXrayWriteOnlyAccess": "Traces have no resource to name.",
    "AmazonAPIGatewayPushToCloudWatchLogs": "One role of the region, for every API's log group.",
    "AWSCodeDeployRoleForLambda": "Only CodeDeploy assumes it, to move the alias of a function that it is given.",
}


@named(FUNCTIONS)
def test_a_function_may_send_to_the_queues_that_it_feeds_and_no_other(item: Function) -> None:
    feeds = FEEDS.get(item.name, set())
    addressed = {
        logical_name(value)
        for key, value in item.environment.items()
        if key.endswith("_QUEUE_URL") and not key.endswith("_DEAD_LETTER_QUEUE_URL")
    }
    assert addressed == feeds
    assert allowed(item, "sqs:SendMessage") - {FAILURES} == feeds


@named(FUNCTIONS)
def test_a_function_may_read_its_own_queues_and_no_other(item: Function) -> None:
    own = {source.queue for source in DECLARED.queue_sources if source.function == item.name}
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
        assert allowed(item, action) - (operated(action) if item.name == API else set()) == own


def operated(action: str) -> set[str]:
    """What admins do with dead letters through the Api: records of failed runs are looked at and never deleted."""
    return DEAD_LETTERS if action == "sqs:DeleteMessage" else {*DEAD_LETTERS, FAILURES}


def test_admins_reach_every_queue_that_nobody_consumes() -> None:
    api = DECLARED.functions[API]
    addressed = {
        logical_name(value)
        for key, value in api.environment.items()
        if key.endswith("_DEAD_LETTER_QUEUE_URL")
    }
    assert addressed == set(DECLARED.queues) - {source.queue for source in DECLARED.queue_sources}
    for action in ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes"):
        assert allowed(api, f"sqs:{action}") == operated(f"sqs:{action}")


@named(FUNCTIONS)
def test_a_function_may_read_the_secrets_that_it_uses_and_no_other(item: Function) -> None:
    assert allowed(item, "secretsmanager:GetSecretValue") == SECRETS.get(item.name, set())
    assert {"Ref": "DatabaseLogin"} in role_of(item)["ManagedPolicyArns"]


def test_only_seal_may_write_to_the_bucket_of_seals() -> None:
    writers = [function.name for function in FUNCTIONS if allowed(function, "s3:PutObject")]
    assert writers == ["SealFunction"]


def own_statements() -> Iterator[dict[str, Any]]:
    for role in of_type("AWS::IAM::Role").values():
        for policy in role.get("Policies", []):
            yield from statements(taken(policy)["PolicyDocument"])
    for policy in of_type("AWS::IAM::ManagedPolicy").values():
        yield from statements(policy["PolicyDocument"])


def test_no_statement_allows_any_action_or_any_resource() -> None:
    for statement in own_statements():
        assert statement["Effect"] == "Allow"
        assert not [action for action in listed(statement["Action"]) if "*" in action]
        # a resource names one of ours: by reference, or as a path below one
        assert all(isinstance(resource, dict) for resource in listed(statement["Resource"])), statement


def test_of_aws_own_policies_only_those_without_a_resource_to_name_are_used() -> None:
    arns = [
        taken(arn) for role in of_type("AWS::IAM::Role").values() for arn in role.get("ManagedPolicyArns", [])
    ]
    names = {
        json.dumps(arn).rstrip('"}').rpartition("/")[2] for arn in arns if arn != {"Ref": "DatabaseLogin"}
    }
    assert names <= set(AWS_POLICIES)
