"""Words that stand before a person's name and are no part of it. Data only."""

from typing import Final

from pipeline.enrich.word_set import word_set

TITLES: Final = word_set(
    "mr mrs ms miss mx dr prof professor sir dame lord lady president vice-president minister premier chancellor "
    "secretary senator sen sens congressman congresswoman rep reps representative delegate del governor gov mayor "
    "judge justice general gen lieutenant lt colonel col sergeant sgt major maj captain capt admiral adm corporal "
    "cpl private pvt commander cmdr officer detective sheriff inspector superintendent constable marshal "
    "rev reverend archbishop bishop rabbi imam sheikh ayatollah ambassador envoy "
    "spokesman spokeswoman spokesperson chairman chairwoman chair ceo cfo director commissioner leader speaker chief "
    "attorney lawyer coach manager economist analyst author actor actress singer dj "
    "candidate nominee lawmaker aide adviser advisor dictator strongman billionaire "
    "herr frau monsieur m mme madame mlle maître me señor señora sr sra senhor senhora signor signora "
    "präsident präsidentin bundeskanzler bundeskanzlerin kanzler kanzlerin ministerin außenminister innenminister "
    "président présidente ministre presidente presidenta ministro ministra premierminister ministerpräsident"
)
"""Lower case, without dots."""

QUALIFIERS: Final = word_set(
    "prime vice deputy former ex acting interim then late first assistant associate senior junior special chief "
    "foreign defense defence interior finance home health justice economy trade treasury labor labour energy press "
    "attorney general national security executive managing house senate majority minority white state party "
    "opposition democratic republican conservative police fire district supreme court federal lead presidential "
    "new u.s us british american"
)
"""Words that stand before a title and go with it; lower case."""

ROLES: Final = word_set(
    "reader resident farmer fisherman teacher nurse student historian biologist forecaster engineer scientist "
    "researcher professor photographer reporter correspondent columnist editor journalist blogger anchor presenter "
    "comedian striker midfielder goalkeeper quarterback captain skipper passenger witness victim suspect defendant "
    "prosecutor solicitor barrister magistrate activist campaigner organizer organiser volunteer councillor "
    "councilman councilwoman alderman assemblyman assemblywoman legislator atty whistleblower founder co-founder "
    "owner publisher principal provost curator composer novelist poet playwright sculptor architect tycoon financier "
    "investor strategist pollster consultant agent trooper patrolman firefighter paramedic veteran pensioner neighbor "
    "neighbour shopkeeper superstar legend chargé charge"
)
"""Words that stand before a name at the start of a sentence ("Reader Ada Holm wrote"); lower case.

Unlike `TITLES` they may be surnames, so that one of them alone can still be a name.
"""

PARTICLES: Final = word_set("de da do dos das di del della der den des du van von zu bin ben ibn al el la le ter y e")
"""Lower-case words inside a family name."""

CREDENTIALS: Final = word_set("md phd dds dmd dvm esq cpa jd rn obe cbe mbe qc kc")
"""Degrees and honours behind a full name, which are no part of it; lower case, without dots."""

SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})
"""What follows a family name and tells father from son."""
