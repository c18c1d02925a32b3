"""The least that a function on the same libraries does to answer from the database: what the Api is held against.

`tests.bench.cold` copies this file to a folder of its own, as if it had been built, and runs it from there.
"""

import json
import os

from fastapi import FastAPI
from mangum import Mangum
from sqlalchemy import URL, create_engine, make_url, text


def _url() -> URL:
    """The database's, with the login from Secrets Manager where the environment names one."""
    url, arn = make_url(os.environ["DATABASE_URL"]), os.environ.get("DATABASE_SECRET_ARN")
    if not arn:
        return url
    import boto3

    answer = boto3.client("secretsmanager").get_secret_value(SecretId=arn)
    login = json.loads(answer["SecretString"])
    return url.set(username=login["username"], password=login["password"])


app = FastAPI()
engine = create_engine(_url(), connect_args={"ssl_context": False})


@app.get("/api/health")
def health() -> dict[str, str]:
    """Answers once the database does."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return {"status": "ok"}


handler = Mangum(app, lifespan="off")
