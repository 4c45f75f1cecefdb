"""Delivery: the messages that alerts give rise to, their outbox, and the feeds.

Belongs here: targets, which messages are due, receipts, texts, senders, static feeds. Does not:
what is an alert (`tasks.alerts`), and when a run delivers (`tasks.steps`).
"""
