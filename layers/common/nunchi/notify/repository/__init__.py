"""Reads and writes of chats, rules, alerts and deliveries."""
