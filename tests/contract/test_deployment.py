"""What a deployment does, and in which order: stores, migrations, functions, traffic, CloudFront."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fastapi.routing import iter_route_contexts

from api.app import create_app
from infra.checks.expand import ROOT, expand
from infra.deploy import keys, parameters
from infra.local.cloudformation import load
from infra.local.template import Function
from tests.contract.deployed import FUNCTIONS, deployed, listed, named, of_type, resources, stack

STAGES = ("dev", "prod")
# what an account decides for itself, with `make deploy PARAMETERS=…`
OWN = {"MilvusUri", "CrawlerContact"}
MAKEFILE = (ROOT / "Makefile").read_text()


@named(FUNCTIONS)
def test_every_function_but_migrate_waits_for_the_migrations(item: Function) -> None:
    revision = of_type("AWS::Lambda::Function")[item.name]["Environment"]["Variables"]["SCHEMA_REVISION"]
    waits = {"Fn::If": ["MigratesItself", {"Fn::GetAtt": ["Migrated", "Revision"]}, ""]}
    assert revision == ("" if item.name == "MigrateFunction" else waits)


def test_the_migrations_run_by_migrate_when_the_revision_changes() -> None:
    migrated = deployed()["Migrated"]
    assert migrated["Properties"]["ServiceToken"] == {"Fn::GetAtt": ["MigrateFunction", "Arn"]}
    assert migrated["Properties"]["Revision"] == {"Ref": "SchemaRevision"}


def canary(switch: str) -> dict[str, Any]:
    found: dict[str, Any] = expand(parameters={"Canary": switch})["Resources"]
    return found


def test_a_new_version_of_the_api_gets_a_tenth_of_the_requests_and_none_after_an_alarm() -> None:
    group = canary("true")["ApiFunctionDeploymentGroup"]["Properties"]
    assert "Canary10Percent5Minutes" in json.dumps(group["DeploymentConfigName"])
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    watched = {alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]}
    assert watched == {"ApiErrorAlarm", "ApiLatencyAlarm"} <= set(of_type("AWS::CloudWatch::Alarm"))


def test_the_gateway_calls_the_alias_that_a_deployment_moves() -> None:
    (api,) = of_type("AWS::ApiGateway::RestApi").values()
    assert "ApiFunctionAliaslive" in json.dumps(api["Body"])
    assert "${ApiFunction.Arn}" not in json.dumps(api["Body"])


def test_a_change_of_the_layer_alone_makes_a_new_version() -> None:
    declared = load((ROOT / "template.yaml").read_text())["Resources"]["ApiFunction"]["Properties"]
    assert declared["AutoPublishAliasAllProperties"] is True


def test_without_a_canary_there_is_no_codedeploy() -> None:
    assert not [name for name, each in canary("false").items() if "CodeDeploy" in json.dumps(each)]


def test_alarms_of_the_api_watch_this_api() -> None:
    (api,) = of_type("AWS::ApiGateway::RestApi").values()
    assert api["Name"] == {"Ref": "AWS::StackName"}
    for name in ("ApiErrorAlarm", "ApiLatencyAlarm"):
        assert json.dumps({"Name": "ApiName", "Value": {"Fn::Sub": "${AWS::StackName}"}}) in json.dumps(
            of_type("AWS::CloudWatch::Alarm")[name]
        )


def outputs_of(stacks: Mapping[str, Mapping[str, str]]) -> Callable[[str], Mapping[str, str]]:
    """What CloudFormation says of the stacks that there are."""

    def outputs(name: str) -> Mapping[str, str]:
        if name not in stacks:
            message = f"Stack with id {name} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        return stacks[name]

    return outputs


def test_stores_and_the_deployment_give_every_parameter_that_has_no_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = dict.fromkeys(stack("stores")["Outputs"], "x")
    monkeypatch.setattr(parameters, "outputs", outputs_of({"nunchi-dev-stores": given}))
    monkeypatch.setattr(keys, "ensured", lambda _stage: "arn:aws:secretsmanager:keys")
    monkeypatch.setattr(parameters, "origin_versions", lambda _arn: ("2", "1"))
    found, declared = parameters.app("dev"), expand()["Parameters"]
    assert set(found) <= set(declared)
    assert {name for name, each in declared.items() if "Default" not in each} - set(found) == OWN
    assert re.fullmatch(r"\d{4}", found["SchemaRevision"])


def test_cloudfront_is_told_of_the_api_and_of_the_origins_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    app = {"ApiUrl": "https://abc.execute-api.ap-northeast-2.amazonaws.com/dev"}
    given = {"nunchi-dev": app, "nunchi-dev-stores": {"OriginSecretArn": "arn:x"}}
    monkeypatch.setattr(parameters, "outputs", outputs_of(given))
    monkeypatch.setattr(parameters, "origin_versions", lambda _arn: ("2", "1"))
    found = parameters.edge("dev")
    assert found["ApiHost"] == "abc.execute-api.ap-northeast-2.amazonaws.com"
    assert found["OriginVersion"] == "2"
    declared = stack("edge")["Parameters"]
    assert {name for name, each in declared.items() if "Default" not in each} == set(found)


def test_the_api_takes_writes_from_cloudfronts_pages_once_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    web = {"WebUrl": "https://d1.cloudfront.net"}
    given = {"nunchi-dev-stores": dict.fromkeys(stack("stores")["Outputs"], "x"), "nunchi-dev-edge": web}
    monkeypatch.setattr(parameters, "outputs", outputs_of(given))
    monkeypatch.setattr(keys, "ensured", lambda _stage: "arn:aws:secretsmanager:keys")
    monkeypatch.setattr(parameters, "origin_versions", lambda _arn: ("2", "1"))
    found = parameters.app("dev")
    assert found["AllowedOrigins"] == found["WebUrl"] == web["WebUrl"]
    assert set(web) <= set(stack("edge")["Outputs"])


def test_a_stack_that_may_not_be_asked_for_is_no_stack_that_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_stack: str) -> dict[str, str]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "DescribeStacks")

    monkeypatch.setattr(parameters, "outputs", refused)
    with pytest.raises(ClientError, match="not authorized"):
        parameters.outputs_if_any("nunchi-dev-edge")


def test_a_deployment_without_a_proxy_stops_where_the_layer_lacks_the_authorities_of_rds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = {**dict.fromkeys(stack("stores")["Outputs"], "x"), "DatabaseCa": "rds"}
    monkeypatch.setattr(parameters, "outputs", outputs_of({"nunchi-dev-stores": given}))
    monkeypatch.setattr(parameters, "RDS_CERTIFICATES", tmp_path / "rds.pem")
    with pytest.raises(SystemExit, match=r"rds\.pem is not in layers/common"):
        parameters.main("app", "dev")


@pytest.mark.parametrize("name", ["template.yaml", "infra/stores.yaml", "infra/edge.yaml"])
def test_every_parameter_of_a_template_is_described_for_operators(name: str) -> None:
    page = (ROOT / "docs" / "deployment.md").read_text()
    assert [name for name in load((ROOT / name).read_text())["Parameters"] if f"`{name}`" not in page] == []


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_its_three_stacks(stage: str) -> None:
    configured = tomllib.loads((ROOT / "samconfig.toml").read_text())
    for suffix in ("", "-stores", "-edge"):
        name = configured[f"{stage}{suffix}"]["global"]["parameters"]["stack_name"]
        assert name == f"nunchi-{stage}{suffix}"


def test_stores_are_deployed_before_the_functions_and_cloudfront_between_them() -> None:
    rule = MAKEFILE[MAKEFILE.index("deploy: build") : MAKEFILE.index("deploy-app: build")]
    assert re.findall(r"infra/\w+\.yaml|\$\(DEPLOY_APP\)", rule) == [
        "infra/stores.yaml",
        "$(DEPLOY_APP)",
        "infra/edge.yaml",
        "$(DEPLOY_APP)",  # with CloudFront's address
    ]


def test_one_origin_serves_the_client_and_the_api() -> None:
    config = resources("edge", "AWS::CloudFront::Distribution")["Distribution"]["DistributionConfig"]
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == "web"
    api, *documentation = config["CacheBehaviors"]
    assert api["PathPattern"] == "/api/*"
    assert "DELETE" in api["AllowedMethods"]
    assert [each["PathPattern"] for each in documentation] == ["/docs", "/docs/*", "/openapi.json"]
    assert {each["TargetOriginId"] for each in config["CacheBehaviors"]} == {"api"}
    sent = next(each for each in config["Origins"] if each["Id"] == "api")["OriginCustomHeaders"]
    assert [each["HeaderName"] for each in sent] == ["X-Origin-Key"]


def test_every_route_of_the_api_is_behind_cloudfront() -> None:
    config = resources("edge", "AWS::CloudFront::Distribution")["Distribution"]["DistributionConfig"]
    patterns = [each["PathPattern"] for each in config["CacheBehaviors"]]
    paths = [str(context.path) for context in iter_route_contexts(create_app().routes)]
    assert "/api/health/ready" in paths
    assert [path for path in paths if not any(fnmatchcase(path, pattern) for pattern in patterns)] == []


def key_sent(template: dict[str, Any]) -> list[str]:
    """The versions of the origin's secret that a template names."""
    return re.findall(r"OriginSecretArn}:SecretString:::\$\{(\w+)}}}", json.dumps(template))


def test_a_changed_secret_of_the_origin_is_let_through_before_cloudfront_sends_it() -> None:
    firewall = of_type("AWS::WAFv2::WebACL")["ApiFirewall"]
    assert key_sent(firewall) == ["OriginVersion", "OriginVersionBefore"]
    assert key_sent(stack("edge")) == ["OriginVersion"]
    assert "OrStatement" in json.dumps(firewall)


def test_buckets_of_the_client_and_its_logs_are_private() -> None:
    for bucket in resources("edge", "AWS::S3::Bucket").values():
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        assert "BucketEncryption" in bucket


@pytest.mark.parametrize("name", ["stores", "edge"])
def test_no_role_of_the_other_stacks_has_a_wildcard(name: str) -> None:
    for role in resources(name, "AWS::IAM::Role").values():
        for policy in role.get("Policies", []):
            for statement in listed(policy["PolicyDocument"]["Statement"]):
                assert "*" not in listed(statement["Resource"])
                assert not [action for action in listed(statement["Action"]) if "*" in action]


def test_a_template_that_is_deployed_is_also_checked() -> None:
    from infra.checks.expand import TEMPLATES

    deployed_files = set(re.findall(r"--template-file (\S+)", MAKEFILE)) | {"template.yaml"}
    assert deployed_files == set(TEMPLATES)
    assert all((ROOT / name).is_file() for name in map(Path, TEMPLATES))
