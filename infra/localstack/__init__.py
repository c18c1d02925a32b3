"""The deployed system without an account: LocalStack runs template.yaml's stack, function processes and all.

`server`, `executor` and `runtime_api` run in LocalStack's own environment, `bootstrap` in that of a function's process.
"""
