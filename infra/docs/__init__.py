"""Parts of the documentation that are generated: `python -m infra.docs` writes them anew."""
