"""Notices: alerts in the emergency lane, whose they are, and what is in force."""
