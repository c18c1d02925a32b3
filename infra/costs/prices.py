"""Unit prices in US dollars, Seoul (ap-northeast-2).

AWS list prices from memory, check before relying on them: https://calculator.aws. No free tier is taken off.
"""

DATE = "2026-11-25"
HOURS = 730  # of a month
# name → (dollars, per what)
PRICES: dict[str, tuple[float, str]] = {
    "lambda_request": (0.20 / 1e6, "request"),
    "lambda_gb_s": (0.0000166667, "GB-second, x86"),
    "scheduler": (1.00 / 1e6, "invocation"),
    "sqs": (0.40 / 1e6, "request"),
    "api": (3.50 / 1e6, "request, REST"),
    "waf_acl": (5.00, "month"),
    "waf_rule": (1.00, "month"),
    "waf_request": (0.60 / 1e6, "request"),
    "cloudfront_gb": (0.12, "GB"),
    "cloudfront_request": (0.012 / 1e4, "request"),
    "nat_hour": (0.059, "hour"),
    "nat_gb": (0.059, "GB"),
    "address_hour": (0.005, "hour, public IPv4"),
    "proxy_vcpu_hour": (0.018, "hour and vCPU of the database, at least 2"),
    "storage_gb": (0.131, "GB and month, gp3; twice that with a standby"),
    "db.t4g.medium": (0.102, "hour; twice that with a standby"),
    "db.m7g.large": (0.236, "hour; twice that with a standby"),
    "db.r7g.large": (0.287, "hour; twice that with a standby"),
    "cache.t4g.small": (0.040, "hour, Valkey"),
    "secret": (0.40, "month"),
    "kms_key": (1.00, "month"),
    "alarm_metric": (0.10, "metric of an alarm and month"),
    "dashboard": (3.00, "month"),
    "metric": (0.30, "metric of ours and month"),
    "logs_gb": (0.76, "GB taken in"),
    "traces": (5.00 / 1e6, "trace"),
    "s3_put": (0.0045 / 1e3, "request"),
    "model_input_mtok": (2.50, "million tokens, gpt-4o"),
    "model_output_mtok": (10.00, "million tokens, gpt-4o"),
    "second_model_input_mtok": (0.27, "million tokens, deepseek"),
    "second_model_output_mtok": (0.40, "million tokens, deepseek"),
    "embedding_mtok": (0.02, "million tokens, text-embedding-3-small"),
}


def price(name: str) -> float:
    """Dollars for one unit. Raises KeyError for what has no price."""
    return PRICES[name][0]
