"""The stores' stack: who reaches whom, what is encrypted, and what its switches change."""

import json
from typing import Any

from infra.checks.expand import ROOT, expand
from tests.contract.deployed import of_type, resources, stack


def routes_out(name: str) -> list[Any]:
    return [
        route.get("NatGatewayId", route.get("GatewayId"))
        for route in resources("stores", "AWS::EC2::Route").values()
        if route["RouteTableId"] == {"Ref": name}
    ]


def test_functions_leave_by_one_nat_gateway_or_by_one_in_each_zone() -> None:
    assert routes_out("FunctionRoutesA") == [{"Ref": "NatA"}]
    assert routes_out("FunctionRoutesB") == [{"Fn::If": ["HasNatPerZone", {"Ref": "NatB"}, {"Ref": "NatA"}]}]
    assert stack("stores")["Parameters"]["NatPerZone"]["Default"] == "no"


def test_nothing_leads_from_the_stores_to_the_internet() -> None:
    routed = resources("stores", "AWS::EC2::SubnetRouteTableAssociation").values()
    subnets = {each["SubnetId"]["Ref"] for each in routed}
    assert not subnets & {"StoreSubnetA", "StoreSubnetB"}


def test_s3_is_reached_without_nat() -> None:
    (endpoint,) = resources("stores", "AWS::EC2::VPCEndpoint").values()
    assert endpoint["RouteTableIds"] == [{"Ref": "FunctionRoutesA"}, {"Ref": "FunctionRoutesB"}]


def ingress(group: str, *holding: str) -> list[Any]:
    rules = resources("stores", "AWS::EC2::SecurityGroup")[group].get("SecurityGroupIngress", [])
    return [chosen(rule.get("SourceSecurityGroupId"), *holding) for rule in rules]


def chosen(value: Any, *holding: str) -> Any:
    """What is left of a value when just these conditions hold."""
    if isinstance(value, dict) and "Fn::If" in value:
        condition, then, otherwise = value["Fn::If"]
        return chosen(then if condition in holding else otherwise, *holding)
    if isinstance(value, dict):
        return {key: chosen(each, *holding) for key, each in value.items()}
    return [chosen(each, *holding) for each in value] if isinstance(value, list) else value


def output(name: str, *holding: str) -> Any:
    return chosen(stack("stores")["Outputs"][name]["Value"], *holding)


def conditions(*kinds: str) -> dict[str, str | None]:
    found = stack("stores")["Resources"].items()
    return {name: each.get("Condition") for name, each in found if each["Type"].startswith(kinds)}


def test_each_store_is_reached_only_by_what_uses_it() -> None:
    assert ingress("FunctionGroup") == []
    assert ingress("ProxyGroup") == ingress("CacheGroup") == [{"Ref": "FunctionGroup"}]
    assert ingress("DatabaseGroup", "HasProxy") == [{"Ref": "ProxyGroup"}]
    assert ingress("DatabaseGroup") == [{"Ref": "FunctionGroup"}]


def test_without_a_proxy_there_is_nothing_of_it_and_functions_reach_the_database() -> None:
    rules = conditions("AWS::EC2::SecurityGroupEgress")
    assert rules == {
        "FunctionToDatabase": "HasNoProxy",
        "FunctionToProxy": "HasProxy",
        "ProxyToDatabase": "HasProxy",
        "FunctionToCache": None,
    }
    assert set(conditions("AWS::RDS::DBProxy").values()) == {"HasProxy"}
    assert "Proxy" not in json.dumps([output(name) for name in stack("stores")["Outputs"]])
    (_, given) = output("DatabaseUrl")["Fn::Sub"]
    assert given["Host"] == {"Fn::GetAtt": ["Database", "Endpoint.Address"]}


def test_without_a_proxy_functions_trust_the_authorities_of_rds_alone() -> None:
    assert (output("DatabaseCa", "HasProxy"), output("DatabaseCa")) == ("system", "rds")
    assert expand()["Parameters"]["DatabaseCa"]["AllowedValues"] == ["system", "rds"]
    assert "$(HERE)rds.pem $(ARTIFACTS_DIR)/rds.pem" in (ROOT / "layers/common/Makefile").read_text()
    for function in of_type("AWS::Lambda::Function").values():
        where = function["Environment"]["Variables"]["DATABASE_CA_FILE"]
        assert where == {"Fn::If": ["TrustsRds", "/opt/rds.pem", ""]}, "a layer's files are in /opt"


def test_an_instance_that_was_restored_takes_the_place_of_the_stacks_own() -> None:
    restored, own = ("HasProxy", "IsRestored"), ("HasProxy",)
    proxy, targets = (
        next(iter(resources("stores", f"AWS::RDS::{kind}").values()))
        for kind in ("DBProxy", "DBProxyTargetGroup")
    )
    login, arn = {"Fn::GetAtt": ["Database", "MasterUserSecret.SecretArn"]}, {"Ref": "RestoredSecretArn"}
    role = resources("stores", "AWS::IAM::Role")["ProxyRole"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    for secret in (proxy["Auth"][0]["SecretArn"], role["Resource"]):
        assert (chosen(secret, *restored), chosen(secret, *own)) == (arn, login)
    assert chosen(targets["DBInstanceIdentifiers"], *restored) == [{"Ref": "RestoredId"}]
    assert chosen(targets["DBInstanceIdentifiers"], *own) == [{"Ref": "Database"}]
    assert (output("DatabaseSecretArn", *restored), output("DatabaseId", *restored)) == (
        arn,
        {"Ref": "RestoredId"},
    )
    assert output("DatabaseUrl", "IsRestored")["Fn::Sub"][1]["Host"] == {"Ref": "RestoredHost"}


def test_stores_are_encrypted_and_the_database_is_kept_when_its_stack_is_deleted() -> None:
    (database,) = resources("stores", "AWS::RDS::DBInstance").values()
    (cache,) = resources("stores", "AWS::ElastiCache::ReplicationGroup").values()
    assert database["StorageEncrypted"] is cache["AtRestEncryptionEnabled"] is True
    assert cache["TransitEncryptionEnabled"] is True
    assert database["PubliclyAccessible"] is False
    assert database["DeletionProtection"] is True
    assert stack("stores")["Resources"]["Database"]["DeletionPolicy"] == "Snapshot"
    assert resources("stores", "AWS::RDS::DBProxy")["Proxy"]["RequireTLS"] is True


def test_the_database_password_is_rotated_by_rds() -> None:
    (database,) = resources("stores", "AWS::RDS::DBInstance").values()
    assert database["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in database
