"""Telling people: rules, texts, what is decided, and its delivery to Telegram."""
