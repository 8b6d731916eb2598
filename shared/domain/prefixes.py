"""Prefixes of last names (tussenvoegsels) in the Netherlands and Flanders, foreign ones that are common there included.

All are in lower case, with a straight apostrophe.
"""

from __future__ import annotations

# Every combination of these two counts as a prefix, rare ones too.
_PREPOSITIONS = ("aan", "bij", "in", "onder", "op", "over", "te", "tot", "uit", "van", "voor")
_ARTICLES = ("'s", "'t", "de", "den", "der", "gen", "het", "la", "le", "ten", "ter")

PREFIXES = frozenset(
    {
        *_PREPOSITIONS,
        *(f"{preposition} {article}" for preposition in _PREPOSITIONS for article in _ARTICLES),
        *("'s", "'t", "de", "den", "der", "het", "ten", "ter", "thoe", "toe", "v.", "v.d.", "v/d", "vd"),
        *("van de la", "van den der", "vande", "vanden", "vander", "voor in 't"),
        *("am", "auf", "auf dem", "auf den", "auf der", "aus", "aus dem", "aus der", "vom", "von", "von dem"),
        *("von den", "von der", "von und zu", "zu", "zum", "zur"),
        *("d'", "da", "dal", "das", "de l'", "de la", "de las", "de le", "de los", "degli", "dei", "del", "della"),
        *("des", "di", "do", "dos", "du", "l'", "la", "las", "le", "les", "lo", "los"),
        *("af", "al", "ben", "bin", "el", "ibn", "o'"),
    }
)


def split_prefix(name: str) -> tuple[str, str]:
    """The reverse of `full_last_name`: (`van den`, `Berg`) for `van den Berg`; (`""`, `name`) without a known prefix.

    A prefix with a capital stays in the last name: Belgian last names (`Van den Berg`) have no prefix in any register.
    """
    words = name.split(" ")
    for count in range(len(words) - 1, 0, -1):
        front = " ".join(words[:count])
        if front.replace("\u2019", "'") in PREFIXES:
            return front, " ".join(words[count:])
    return "", name
