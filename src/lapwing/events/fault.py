"""Why a row is set aside. The texts are what stands in the quarantine file and in the summary."""

from __future__ import annotations

from lapwing.events.text import LONGEST

NO_TIME = "time missing"
UNREADABLE_TIME = "time is not RFC 3339 (2026-01-31T12:00:00Z) and not a number"
PLAIN_DATE = "time is a date without a time of day"
NAIVE_TIME = "time has no offset from UTC (write 2026-01-31T12:00:00Z or +01:00)"
STRANGE_TIME = "time is not between 1980 and 2100"
LATE = "late: more than the tolerance older than a row before it"
MISSING = "value missing"
TOO_LONG = f"longer than {LONGEST} bytes"
CONTROL = "control character"
DIRECTION = "character that reverses the direction of text"
NOT_UTF8 = "not UTF-8"
UNKNOWN_KIND = "unknown kind (a vocabulary file can add it)"
WRONG_COLUMNS = "not as many columns as the header"
WRONG_QUOTES = "quote that does not close, or text after a closing quote"
NOT_JSON = "not one JSON object on the line"
TOO_LONG_LINE = "line longer than 1 MiB"
NOT_TEXT = "neither text nor a whole number"
