"""The texts of ``vocabulary.yaml`` that pages show, where translators find them; a test holds them against the file."""

from __future__ import annotations

from django.utils.translation import gettext_noop

TEXTS = (
    gettext_noop("innocent reading holds"),
    gettext_noop("an innocent explanation fits the acts at least as well"),
    gettext_noop("not clear yet"),
    gettext_noop(
        "neither an innocent explanation nor another one fits better; what would tell them apart is written down"
    ),
    gettext_noop("no innocent reading fits"),
    gettext_noop("the innocent explanations that were considered do not fit the acts"),
    gettext_noop("observe"),
    gettext_noop("go on watching under the mandate, and look again on a date"),
    gettext_noop("preserve"),
    gettext_noop(
        "keep what was published and what belongs to it, apart from live data, so that it is not lost"
    ),
    gettext_noop("remove"),
    gettext_noop("have content or accounts disabled; it can be undone"),
    gettext_noop("refer"),
    gettext_noop("hand it to the authority that can act on it"),
    gettext_noop("close as benign"),
    gettext_noop("the change is real, and an innocent explanation accounts for it"),
    gettext_noop("close as outside the mandate"),
    gettext_noop("the change is real, and is not what the mandate is for"),
    gettext_noop("judged false"),
    gettext_noop(
        "nothing has changed; chance or a fault of the data made it look so. It counts against the budget."
    ),
)
