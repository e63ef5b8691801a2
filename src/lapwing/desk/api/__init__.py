"""The desk for machines: moments out, decisions, the stream and signed webhooks."""
