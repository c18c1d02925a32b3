"""The reader of template.yaml."""

from pathlib import Path
from textwrap import dedent

import pytest

from infra.local.cloudformation import merged
from infra.local.errors import LocalError
from infra.local.template import Queue, QueueSource, Schedule, parse_template, read_template

TEMPLATE = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String}
  Batch: {Type: Number, Default: 5}
Globals:
  Function:
    Runtime: python3.11
    CodeUri: functions/
    Timeout: 30
    MemorySize: 256
    EventInvokeConfig: {MaximumRetryAttempts: 1}
    Environment:
      Variables: {STAGE: !Ref Stage, LEVEL: INFO}
Resources:
  WorkDeadLetterQueue: {Type: AWS::SQS::Queue}
  WorkQueue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 180
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt WorkDeadLetterQueue.Arn
        maxReceiveCount: 3
  FailedQueue: {Type: AWS::SQS::Queue}
  Bucket: {Type: AWS::S3::Bucket}
  CronFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: crawlers.one.handler
      EventInvokeConfig:
        DestinationConfig:
          OnFailure: {Type: SQS, Destination: !Sub '${FailedQueue.Arn}'}
      Environment:
        Variables: {LEVEL: DEBUG, WORK_QUEUE_URL: !Ref WorkQueue}
      Events:
        Often:
          Type: ScheduleV2
          Properties:
            ScheduleExpression: cron(0/10 * * * ? *)
            ScheduleExpressionTimezone: Asia/Seoul
            Input: '{"scheduled_time": "<aws.scheduler.scheduled-time>"}'
        Off:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(1 day), State: DISABLED}
        Page: {Type: Api, Properties: {Path: /, Method: get}}
  WorkFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: crawlers.one.work
      Timeout: 60
      Events:
        Work:
          Type: SQS
          Properties:
            Queue: !GetAtt WorkQueue.Arn
            BatchSize: !Ref Batch
            MaximumBatchingWindowInSeconds: 2
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: {MaximumConcurrency: 2}
"""


def with_function(properties: str) -> str:
    indented = "\n".join("      " + line for line in dedent(properties).strip().splitlines())
    return "Resources:\n  OddFunction:\n    Type: AWS::Serverless::Function\n    Properties:\n" + indented


def test_queues_know_their_dead_letter_queue() -> None:
    queues = parse_template(TEMPLATE).queues
    assert queues["WorkQueue"] == Queue("WorkQueue", 180, 3, "WorkDeadLetterQueue")
    assert queues["WorkDeadLetterQueue"] == Queue("WorkDeadLetterQueue", 30, 0, None)


def test_only_functions_and_queues_are_read() -> None:
    template = parse_template(TEMPLATE)
    assert list(template.functions) == ["CronFunction", "WorkFunction"]
    assert list(template.queues) == ["WorkDeadLetterQueue", "WorkQueue", "FailedQueue"]


def test_globals_are_merged_into_each_function() -> None:
    functions = parse_template(TEMPLATE).functions
    assert functions["CronFunction"].environment == {
        "STAGE": {"Ref": "Stage"},
        "LEVEL": "DEBUG",
        "WORK_QUEUE_URL": {"Ref": "WorkQueue"},
    }
    assert [functions[name].timeout_s for name in functions] == [30, 60]
    assert [functions[name].code_uri for name in functions] == ["functions/", "functions/"]
    assert functions["CronFunction"].memory_mb == 256


def test_a_schedule_keeps_its_expression_zone_and_input() -> None:
    assert parse_template(TEMPLATE).schedules == (
        Schedule(
            "CronFunction",
            "Often",
            "cron(0/10 * * * ? *)",
            "Asia/Seoul",
            '{"scheduled_time": "<aws.scheduler.scheduled-time>"}',
        ),
    )


def test_asynchronous_retries_and_the_failure_queue_come_from_the_invoke_config() -> None:
    functions = parse_template(TEMPLATE).functions
    assert [function.async_retries for function in functions.values()] == [1, 1]
    assert [function.failure_queue for function in functions.values()] == ["FailedQueue", None]


def test_a_queue_source_resolves_its_queue_and_parameters() -> None:
    assert parse_template(TEMPLATE).queue_sources == (
        QueueSource("WorkFunction", "WorkQueue", 5, 2, True, 2),
    )


def test_lambda_defaults_apply_where_the_template_says_nothing() -> None:
    function = parse_template(with_function("{Handler: a.b, CodeUri: f/}")).functions["OddFunction"]
    assert (function.timeout_s, function.memory_mb, function.async_retries) == (3, 128, 2)


@pytest.mark.parametrize(
    ("properties", "complaint"),
    [
        ("CodeUri: f/", "OddFunction has no Handler"),
        ("{Handler: !Ref Nothing, CodeUri: f/}", "OddFunction.Handler must be plain text"),
        ("{Handler: a.b, CodeUri: f/, Timeout: soon}", "OddFunction.Timeout must be a whole number"),
        ("{Handler: a.b, CodeUri: f/, Events: {E: {Type: Schedule}}}", "OddFunction.Events.E must have"),
        (
            "{Handler: a.b, CodeUri: f/, Events: {E: {Type: SQS, Properties: {Queue: !Ref GoneQueue}}}}",
            "OddFunction names the queue GoneQueue, which isn't there",
        ),
        (
            "{Handler: a.b, CodeUri: f/, Events: {E: {Type: SQS, Properties: {Queue: somewhere}}}}",
            "OddFunction.Events.E.Properties.Queue must name a resource",
        ),
        ("{Handler: a.b, CodeUri: f/, Environment: [A]}", "OddFunction.Environment must be a map"),
    ],
)
def test_errors_name_the_resource(properties: str, complaint: str) -> None:
    with pytest.raises(LocalError, match=complaint):
        parse_template(with_function(properties))


@pytest.mark.parametrize("text", ["", "Resources:", "Resources: [a", "- a"])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(LocalError, match="the template"):
        parse_template(text)


def test_a_missing_template_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"no-such\.yaml"):
        read_template(tmp_path / "no-such.yaml")


def test_globals_are_merged_as_sam_merges_them() -> None:
    base = {"Layers": ["a"], "Tags": {"x": 1, "y": 2}, "Timeout": 3}
    over = {"Layers": ["b"], "Tags": {"y": 5}, "Timeout": 9, "Handler": "a.b"}
    assert merged(base, over) == {
        "Layers": ["a", "b"],
        "Tags": {"x": 1, "y": 5},
        "Timeout": 9,
        "Handler": "a.b",
    }
