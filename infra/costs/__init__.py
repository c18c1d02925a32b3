"""What a month in AWS costs: `python -m infra.costs`. See docs/deployment.md."""
