"""A resource of a CloudFormation stack that is a run of ours: the stack waits for the answer, up to its timeout.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes.html
"""

import json
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

Work = Callable[[Mapping[str, Any]], dict[str, str]]
TIMEOUT_S = 30


def is_request(event: Mapping[str, Any]) -> bool:
    """Whether an event is CloudFormation's, and not an invocation by hand."""
    return "RequestType" in event and "ResponseURL" in event


def answer(event: Mapping[str, Any], work: Work) -> dict[str, str]:
    """Does the work of a resource that is created or updated, and tells CloudFormation how it went.

    `work` gets the resource's properties; what it gives are the resource's attributes. A deletion is only
    acknowledged. Raises what `work` raised, once CloudFormation knows that it failed, and by which kind of error.
    """
    if event["RequestType"] == "Delete":
        _tell(event, {"Status": "SUCCESS"})
        return {}
    try:
        attributes = work(event["ResourceProperties"])
    except Exception as exc:
        # an error's text may hold what a row holds; the log has it
        _tell(event, {"Status": "FAILED", "Reason": f"{type(exc).__name__}, see the function's log"})
        raise
    _tell(event, {"Status": "SUCCESS", "Data": attributes})
    return attributes


def _tell(event: Mapping[str, Any], outcome: Mapping[str, Any]) -> None:
    asked = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    # always the same id: another one would have CloudFormation delete the resource of before
    body = json.dumps({**asked, "PhysicalResourceId": event["LogicalResourceId"], **outcome}).encode()
    url = event["ResponseURL"]  # CloudFormation's own: nobody else may invoke the function
    request = urllib.request.Request(url, body, {"Content-Type": ""}, method="PUT")  # noqa: S310
    with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310
        pass
