"""The texts of ``grounds.yaml`` and of the vocabulary that pages of mandates and subjects show.

They stand here once more where translators find them; what people are shown is translated when it is shown.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

TEXTS = (
    gettext_noop("investigation"),
    gettext_noop(
        "to find out about an offence that was committed or is being prepared, and to bring it before a court"
    ),
    gettext_noop("prevention"),
    gettext_noop("to prevent an offence or a danger to life that is being prepared"),
    gettext_noop("moderation"),
    gettext_noop("to decide whether content or an account breaks the law or a rule of the service it is on"),
    gettext_noop("suspected"),
    gettext_noop(
        "there are serious grounds to believe that whoever is behind it committed an offence, or is about to"
    ),
    gettext_noop("convicted"),
    gettext_noop("whoever is behind it was convicted of an offence that this ground names"),
    gettext_noop("victim or in danger"),
    gettext_noop("whoever is behind it was harmed by an offence, or facts give reason to believe so"),
    gettext_noop("contact"),
    gettext_noop(
        "it was in touch with a subject about what the ground names, and may know of it; one "
        "step and no further"
    ),
    gettext_noop("account of a service"),
    gettext_noop("an account or channel that is watched for what it publishes, whoever is behind it"),
    gettext_noop("reading"),
    gettext_noop("read the acts that a lawful source has handed in"),
    gettext_noop("detection"),
    gettext_noop("have moments raised that name the subject"),
    gettext_noop("search"),
    gettext_noop("search the text of what is known of the subject"),
    gettext_noop("contacts"),
    gettext_noop("see which other subjects share contexts with this one, one step and no further"),
    gettext_noop("opening"),
    gettext_noop("ask for the handle behind the pseudonym; each opening is decided by a second person"),
    gettext_noop("Terrorist offence"),
    gettext_noop(
        "an attack on life, an abduction, or extensive destruction with a terrorist aim, or the threat of it"
    ),
    gettext_noop("Terrorist group"),
    gettext_noop("directing a terrorist group, or taking part in what it does"),
    gettext_noop("Public provocation"),
    gettext_noop(
        "publishing something meant to incite terrorist offences, where it causes a danger that "
        "they are committed"
    ),
    gettext_noop("Recruitment"),
    gettext_noop("soliciting another person to commit or contribute to a terrorist offence"),
    gettext_noop("Training"),
    gettext_noop(
        "providing or receiving instruction in making or using weapons or explosives, for a terrorist offence"
    ),
    gettext_noop("Travel"),
    gettext_noop("travelling for a terrorist offence, or organising such travel"),
    gettext_noop("Financing"),
    gettext_noop("providing or collecting funds that are meant for a terrorist offence"),
    gettext_noop("Terrorist content on the own service"),
    gettext_noop("material that incites, solicits, instructs or threatens, on a service that must act on it"),
    gettext_noop("Rule of the service"),
    gettext_noop("a published rule of the service against the use of accounts for terrorist ends"),
    gettext_noop("the platform's own records of what happened on it"),
    gettext_noop("a referral or order of an authority"),
    gettext_noop("a trusted flagger or partner organisation"),
    gettext_noop("reports by the public"),
    gettext_noop("another platform or authority"),
    gettext_noop("a payment provider's records"),
    gettext_noop("border or travel records"),
    gettext_noop("reports of suspicious transactions by sellers of explosives precursors"),
    gettext_noop("entered by hand in the course of a case"),
    gettext_noop("a published or licensed research data set"),
    gettext_noop("a simulated population"),
    gettext_noop("any other lawful source"),
    gettext_noop("communication"),
    gettext_noop("recruitment"),
    gettext_noop("fundraising"),
    gettext_noop("amplification"),
    gettext_noop("preparation"),
    gettext_noop("Directive (EU) 2017/541, Art. 3"),
    gettext_noop("Directive (EU) 2017/541, Art. 4"),
    gettext_noop("Directive (EU) 2017/541, Art. 5"),
    gettext_noop("Directive (EU) 2017/541, Art. 6"),
    gettext_noop("Directive (EU) 2017/541, Art. 7 and 8"),
    gettext_noop("Directive (EU) 2017/541, Art. 9 and 10"),
    gettext_noop("Directive (EU) 2017/541, Art. 11"),
    gettext_noop("Regulation (EU) 2021/784, Art. 2(7) and 5"),
    gettext_noop("Regulation (EU) 2022/2065, Art. 14"),
)
