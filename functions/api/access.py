"""Who may call which route: read off the routes, refused at the start where one does not say, and in the document."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from api import cookies, problems
from api.dependencies import Requires, everybody
from nunchi.errors import NunchiError

PUBLIC = "public"
ROLE = "x-required-role"
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": cookies.ACCESS},
    "csrf": {"type": "apiKey", "in": "header", "name": cookies.CSRF_HEADER},
}
METHODS = frozenset({"get", "put", "post", "delete", "patch"})
PROBLEM = {
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetail"}}},
    "headers": {
        "Content-Language": {"schema": {"type": "string", "enum": ["en", "ko"]}},
        "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds, where waiting helps."},
    },
}
TELLS = {
    "400": "The request can't be understood.",
    "401": "Nobody is logged in.",
    "403": "Not allowed: the role, the CSRF token or the origin.",
    "404": "There is no such thing.",
    "409": "This contradicts what is there.",
    "413": "The request is too large.",
    "415": "This media type is not supported.",
    "422": "Some of the input is not valid.",
    "429": "Too many attempts; see Retry-After.",
    "500": "Something went wrong on our side.",
    "503": "A store is away; see Retry-After.",
}


class RoleMissing(NunchiError):
    """A route doesn't say who may call it, or says it twice."""


def roles(app: FastAPI) -> dict[tuple[str, str], str]:
    """Who may call each operation in the document, by method and path. Raises RoleMissing."""
    found = {}
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.include_in_schema:
            for method in context.methods or ():
                found[method.lower(), str(context.path)] = _role(str(context.path), context.dependant)
    return found


def _role(path: str, dependant: Dependant) -> str:
    stated = {role for each in _flat(dependant) if (role := _stated(each.call))}
    if len(stated) != 1:
        raise RoleMissing(
            f"{path} states {sorted(stated) or 'no role'}; one of `public` and `require` is needed"
        )
    return stated.pop()


def _flat(dependant: Dependant) -> Iterator[Dependant]:
    for each in dependant.dependencies:
        yield each
        yield from _flat(each)


def _stated(call: object) -> str | None:
    if isinstance(call, Requires):
        return call.role.value
    return PUBLIC if call is everybody else None


def describe(app: FastAPI) -> None:
    """Makes the document say of each operation who may call it and which problems it answers. Raises RoleMissing."""
    stated = roles(app)

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, stated)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI, stated: dict[tuple[str, str], str]) -> dict[str, Any]:
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        servers=app.servers,
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own form, which we never answer
        schemas.pop(name, None)
    shape = problems.ProblemDetail.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= {**shape.pop("$defs"), "ProblemDetail": shape}
    made["components"]["securitySchemes"] = SCHEMES
    made["components"]["responses"] = {
        f"Problem{status}": {"description": text, **PROBLEM} for status, text in TELLS.items()
    }
    for path, methods in made["paths"].items():
        for method in METHODS & set(methods):
            _complete(methods[method], method, path, stated[method, path])
    return made


def _complete(operation: dict[str, Any], method: str, path: str, role: str) -> None:
    operation[ROLE] = role
    statuses = {"500", "503"}
    if role != PUBLIC:
        cookie: dict[str, list[str]] = {"cookie": []} if method == "get" else {"cookie": [], "csrf": []}
        operation["security"] = [{"bearer": []}, cookie]
        statuses |= {"401", "403"}
    if method != "get":
        statuses |= {"400", "403", "413"}
    if "{" in path:
        statuses.add("404")
    statuses |= {status for status in operation["responses"] if status >= "400"}
    for status in sorted(statuses):
        operation["responses"].pop(status, None)
        operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route adds to the problems that each of its kind may answer, for `responses=`."""
    return {status: {"description": TELLS[str(status)]} for status in statuses}
