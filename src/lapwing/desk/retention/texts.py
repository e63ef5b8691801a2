"""The texts of ``terms.yaml``, once more where translators find them; translated when they are shown."""

from __future__ import annotations

from django.utils.translation import gettext_noop

TEXTS = (
    gettext_noop("acts that no moment rests on"),
    gettext_noop(
        "acts of subjects, as far as no moment that is kept names the subject and began within "
        "30 days of the act"
    ),
    gettext_noop("the act"),
    gettext_noop("unconfirmed moments"),
    gettext_noop(
        "moments on which nothing was decided, that are in no case, and that nobody marked as significant"
    ),
    gettext_noop("the last statement about it, or its closing if that was later"),
    gettext_noop("closed cases"),
    gettext_noop(
        "closed cases are kept restricted for this time; then a person reviews whether they are "
        "still necessary"
    ),
    gettext_noop("the closing, or the last review"),
    gettext_noop("whatever is older"),
    gettext_noop("moments and closed cases, whatever was decided about them"),
    gettext_noop("the raising of a moment, the opening of a case"),
    gettext_noop("handles of subjects nobody watches"),
    gettext_noop("sealed handles of subjects that no mandate has covered for this time"),
    gettext_noop("the end of the last mandate"),
    gettext_noop("audit log"),
    gettext_noop("every look, change and decision; nothing in it is erased, and it holds no handle"),
    gettext_noop("mandates and openings"),
    gettext_noop(
        "who was watched on what ground, and who opened what; the overseer's and a court's means of checking"
    ),
    gettext_noop("corrections and complaints"),
    gettext_noop("what was put right, and who has to be told; with the moment as long as that is kept"),
    gettext_noop("what is held"),
    gettext_noop("whatever a person has put on hold, until the hold ends"),
    gettext_noop("Directive (EU) 2016/680, Art. 4(1)(e)"),
    gettext_noop("Directive (EU) 2016/680, Art. 5"),
)
