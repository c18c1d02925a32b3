"""A month's bill, item by item, and its table in docs/deployment.md."""

import math
from collections.abc import Iterable

from infra.checks.expand import ROOT, expand
from infra.costs.prices import HOURS, price
from infra.costs.work import DAYS, SIZES, Size, invocations, messages, seconds
from infra.local.template import Template, read_template

PAGE = ROOT / "docs" / "deployment.md"
BEGIN, END = "<!-- costs: begin -->\n", "<!-- costs: end -->"
Bill = dict[str, float]
VCPUS, STANDBY = 2, 2
# input and output tokens of a question and its answer; of a report, by the bytes of a prompt
TOKENS, REPORT_TOKENS = (2500, 450), (1500, 700)


def bill(template: Template, size: Size) -> Bill:
    """US dollars of a month by item. Milvus and what providers of data ask are not in it."""
    return {**_fixed(), **_stores(size), **_work(template, size), **_models(size)}


def _fixed() -> Bill:
    resources = list(expand()["Resources"].values())
    alarms = [each["Properties"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    watched = sum(max(1, sum("MetricStat" in one for one in alarm.get("Metrics", []))) for alarm in alarms)
    rules = len(expand()["Resources"]["ApiFirewall"]["Properties"]["Rules"])
    return {
        "NAT gateway (one)": HOURS * (price("nat_hour") + price("address_hour")),
        "firewall": price("waf_acl") + rules * price("waf_rule"),
        "alarms, dashboard": watched * price("alarm_metric") + price("dashboard"),
        "keys, secrets": 2 * price("kms_key") + 10 * price("secret"),
    }


def _stores(size: Size) -> Bill:
    return {
        f"database ({', '.join(sorted({each.database for each in SIZES}))}), standby": STANDBY
        * (HOURS * price(size.database) + size.storage_gb * price("storage_gb")),
        "RDS Proxy": HOURS * VCPUS * price("proxy_vcpu_hour"),
        "Valkey": HOURS * price("cache.t4g.small"),
    }


def _work(template: Template, size: Size) -> Bill:
    runs = invocations(template, size)
    gb_s = sum(
        count * seconds(name, size) * template.functions[name].memory_mb / 1024
        for name, count in runs.items()
    )
    called, requests = sum(runs.values()), size.requests_a_month
    queued = sum(messages(size).values())
    polls = len(template.queue_sources) * 5 * 3 * 60 * 24 * DAYS  # five pollers a queue, each asks every 20 s
    ours = 40 + 20 * 4  # dimension values of our metrics
    return {
        "Lambda": called * price("lambda_request") + gb_s * price("lambda_gb_s"),
        "schedules, queues": sum(runs.values()) * price("scheduler") + (4 * queued + polls) * price("sqs"),
        "API, CloudFront": requests * (price("api") + price("waf_request") + price("cloudfront_request"))
        + requests * 10e-6 * price("cloudfront_gb"),
        "logs, metrics, traces": called * 2e-6 * price("logs_gb")
        + ours * price("metric")
        + called * price("traces"),
        "NAT gateway's data": (DAYS * size.articles_a_day * 300e-6 + called * 20e-6) * price("nat_gb"),
        "seals": DAYS * 1440 * price("s3_put"),
    }


def _models(size: Size) -> Bill:
    work = (DAYS * size.asked_a_day, TOKENS), (size.reports_a_month, REPORT_TOKENS)
    tokens = [sum(count * each[place] for count, each in work) / 1e6 for place in (0, 1)]
    first = tokens[0] * price("model_input_mtok") + tokens[1] * price("model_output_mtok")
    second = tokens[0] * price("second_model_input_mtok") + tokens[1] * price("second_model_output_mtok")
    embedded = DAYS * size.articles_a_day * 300 / 1e6 * price("embedding_mtok")
    return {"gpt-4o": first, "deepseek": second, "embeddings": embedded}


MODELS = {"gpt-4o", "deepseek", "embeddings"}  # items that a provider of models bills


def table(template: Template, sizes: Iterable[Size] = SIZES) -> str:
    """The bills beside each other, in Markdown; dollars are rounded up to whole ones."""
    chosen = tuple(sizes)
    bills = [bill(template, size) for size in chosen]
    head = "| US dollars a month | " + " | ".join(f"{size.stocks:,} stocks" for size in chosen) + " |"
    lines = [head, "|---|" + "---:|" * len(chosen)]
    lines += [_line(item, [each[item] for each in bills]) for item in bills[0]]
    aws = [sum(dollars for item, dollars in each.items() if item not in MODELS) for each in bills]
    lines += [_line("**AWS in all**", aws), _line("**with models**", [sum(each.values()) for each in bills])]
    return "\n".join(lines) + "\n"


def _line(item: str, dollars: Iterable[float]) -> str:
    return f"| {item} | " + " | ".join(f"{math.ceil(each):,}" for each in dollars) + " |"


def written(page: str, lines: str) -> str:
    """A page with the table between its marks. Raises ValueError where it has none."""
    before, rest = page[: page.index(BEGIN) + len(BEGIN)], page[page.index(END) :]
    return before + lines + rest


def current() -> str:
    """The table of the template as it is."""
    return table(read_template(ROOT / "template.yaml"))
