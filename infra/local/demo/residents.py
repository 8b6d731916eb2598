"""The residents of the demo and what they type. They are invented."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Resident:
    """`typed` are the fields of the form. `typed_first` are wrong values, which are sent first and refused.

    `coach` is the contact id of the coach. `dates` are the appointments that the coach sets in Hoomdossier in turn
    (Europe/Amsterdam); None removes the appointment. `on_page`: signs up on the sign-up page, with a browser without
    JavaScript; the others send JSON, as the server of a web site does.
    """

    cooperation: str
    typed: dict[str, str]
    coach: int
    dates: tuple[str | None, ...]
    on_page: bool = False
    sent_twice: bool = False
    typed_first: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.typed["voornaam"]

    @property
    def email(self) -> str:
        """The form of Zonnig Dorp has a name of its own for the field."""
        return self.typed.get("emailadres") or self.typed["email"]


def _typed(first: str, prefix: str, last: str, postal_code: str, number: str, **more: str) -> dict[str, str]:
    name = {"voornaam": first, "achternaam": last, **({"tussenvoegsel": prefix} if prefix else {})}
    where = {"adres_postcode": postal_code, "adres_huisnummer": number}
    return {**name, "emailadres": f"{first.lower()}@example.org", **where, "akkoord_privacybeleid": "ja", **more}


COACHES = {11: "Cora Coach", 12: "Koen Kans", 21: "Lien Peeters"}
"""The contact id in Econobis, and the name."""

_BELGIAN = {"adres_straat": "Kerkstraat", "adres_plaats": "Gent"}

RESIDENTS = (
    Resident(
        "zonnig-dorp",
        _typed("Anna", "", "Jansen", "1234AB", "5", adres_straat="Zonlaan", adres_plaats="Dorp"),
        coach=11,
        dates=("2027-03-01T10:00", "2027-03-02T14:30", None),
    ),
    Resident(
        "zonnig-dorp",
        {
            "voornaam": "Piet", "tussenvoegsel": "van der", "achternaam": "Berg", "email": "piet@example.org",
            "postcode": "1234 ab", "huisnummer": "12a", "intake_motivatie_ids[]": "3",
            "intake_opmerkingen_bewoner": "Mijn zolder is koud.", "akkoord_privacybeleid": "ja",
        },
        coach=12,
        dates=("2027-03-01T11:00",),
        on_page=True,
    ),
    Resident(
        "zonnig-dorp",
        _typed("Noor", "'t", "Hooft", "1234AC", "7", adres_straat="Maanlaan", adres_plaats="Dorp"),
        coach=11,
        dates=("2027-03-01T13:00", "2027-03-08T09:00"),
        sent_twice=True,
    ),
    Resident(
        "zonnig-dorp",
        _typed(
            "Mo", "", "El Amrani", "1234AC", "9", telefoonnummer="06 - 12 34 56 78",
            adres_straat="Maanlaan", adres_plaats="Dorp",
        ),
        coach=12,
        dates=("2027-03-03T15:15",),
    ),
    Resident(
        "zonnig-dorp",
        _typed("Sanne", "de", "Wit", "1234AD", "21", adres_straat="Sterrenhof", adres_plaats="Dorp"),
        coach=11,
        dates=("2027-03-04T10:00", None),
        typed_first={"adres_postcode": "12345"},
    ),
    Resident("meer-energie", _typed("Lotte", "", "Maes", "9000", "1", **_BELGIAN), 21, ("2027-03-05T10:00", None)),
    Resident(
        "meer-energie",
        _typed("Jef", "", "Claes", "9000", "3", woondossier_koophuis="1", **_BELGIAN),
        21,
        ("2027-03-05T11:00",),
        on_page=True,
        typed_first={"adres_postcode": "90000"},
    ),
    Resident(
        "meer-energie",
        _typed("Fatima", "", "Yilmaz", "9000", "5B", **_BELGIAN),
        21,
        ("2027-03-05T13:00", "2027-03-12T13:00"),
    ),
    Resident("meer-energie", _typed("Wout", "Van", "Damme", "9000", "7", **_BELGIAN), 21, ("2027-03-06T10:00",)),
    Resident(
        "meer-energie",
        _typed("Elise", "", "De Smet", "9000", "9", telefoonnummer="0470 12 34 56", **_BELGIAN),
        21,
        ("2027-03-07T10:00", "2027-03-08T10:00", None),
        sent_twice=True,
    ),
)  # fmt: skip
