"""Invents the residents: names, homes, and the moments of their journey. The same ones at each run, counted from now."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.ids import ContactId
from shared.domain.local_time import AMSTERDAM

COUNT, WEEKS = 300, 10
COACHES = (ContactId(11), ContactId(12), ContactId(13), ContactId(14), ContactId(15))
# How much of the work each coach takes. The last one began last month.
_SHARES = (30, 25, 20, 20, 5)
FORMS = ("aanmelden", "aanmelden", "aanmelden", "wijkmarkt")

Trouble = Literal[
    "", "email_taken", "wrong_postal_code", "lost_answer", "visit_not_found", "welcome_held", "waits_for_econobis"
]
"""What went wrong with a resident; `""` for most."""

_FIRST = (
    "Anna", "Piet", "Noor", "Mo", "Sanne", "Jan", "Fatima", "Kees", "Élise", "Tom", "Yasmin", "Henk", "Ingrid", "Bas",
    "Maria", "Ahmed", "Lotte", "Willem", "Zoë", "Ruud", "Aisha", "Daan", "Els", "Murat", "Gerda", "Sem", "Hanna", "Ali",
)  # fmt: skip
_LAST = (
    ("", "Jansen"), ("de", "Vries"), ("van den", "Berg"), ("'t", "Hooft"), ("", "El Amrani"), ("de", "Wit"),
    ("", "Bakker"), ("", "Visser"), ("", "Smit"), ("", "Meijer"), ("", "Dekker"), ("", "Yilmaz"), ("van den", "Brink"),
    ("", "Mulder"), ("", "Bos"), ("de", "Vos"), ("", "Peters"), ("", "Hendriks"), ("van", "Leeuwen"), ("van", "Dijk"),
    ("", "Kok"), ("", "Öztürk"), ("", "Schouten"), ("", "Willems"), ("van der", "Meer"), ("", "Benali"),
)  # fmt: skip
_STREETS = ("Zonlaan", "Maanlaan", "Sterrenhof", "Wolkenpad", "Regenboogstraat", "Dorpsstraat", "Molenweg", "Brinklaan")
MEASURES = (
    "cavity-wall-insulation", "roof-insulation-pitched-inside", "floor-insulation", "hrpp-glass-only",
    "solar-panels-place-replace", "crack-sealing",
)  # fmt: skip


@dataclass
class Invented:
    """A resident. Moments are UTC, None for a step that was not reached."""

    number: int
    first_name: str
    prefix: str
    last_name: str
    street: str
    house: int
    postal_code: str
    form: str
    coach: ContactId
    signed_up: datetime
    trouble: Trouble = ""
    intake: datetime | None = None
    dossier: datetime | None = None
    coach_linked: datetime | None = None
    made: datetime | None = None
    visit: datetime | None = None
    told_visited: datetime | None = None
    cancelled: datetime | None = None
    removed: datetime | None = None
    plan: datetime | None = None
    measures: dict[str, tuple[float, bool]] = field(default_factory=dict)

    @property
    def email(self) -> str:
        return f"bewoner{self.number}@example.org"


def invent(now: datetime) -> list[Invented]:
    """Everybody, in the order in which they signed up until `now` (UTC)."""
    chance = random.Random(2027)
    # More sign-ups in the weeks after the two letters to the neighbourhood.
    moments = sorted(_signs_up_at(chance, now) for _ in range(COUNT))
    people = [_person(chance, number, at) for number, at in enumerate(moments, start=1)]
    for person in people:
        _live(chance, person, now)
    _go_wrong(people)
    return people


def _signs_up_at(chance: random.Random, now: datetime) -> datetime:
    days_ago = chance.choice((chance.triangular(0, 70, 62), chance.triangular(0, 70, 24), chance.uniform(0.1, 70)))
    local = (now - timedelta(days=days_ago)).astimezone(AMSTERDAM)
    awake = local.replace(hour=chance.choice((8, 9, 11, 13, 16, 19, 20, 21)), minute=chance.randrange(60))
    return min(awake.astimezone(now.tzinfo), now - timedelta(minutes=20))


def _person(chance: random.Random, number: int, at: datetime) -> Invented:
    prefix, last_name = chance.choice(_LAST)
    return Invented(
        number=number,
        first_name=chance.choice(_FIRST),
        prefix=prefix,
        last_name=last_name,
        street=chance.choice(_STREETS),
        house=number,
        postal_code=f"1234A{'ABCDEFGH'[number % 8]}",
        form=chance.choice(FORMS),
        coach=chance.choices(COACHES, _SHARES)[0],
        signed_up=at,
    )


def _live(chance: random.Random, it: Invented, now: datetime) -> None:
    """Lets time pass until `now`. A step that would come later than `now` is not reached."""

    def after(at: datetime, low: float, high: float, usually: float) -> datetime | None:
        then = at + timedelta(days=chance.triangular(low, high, usually))
        return then if then < now else None

    it.intake = after(it.signed_up, 0.0002, 0.002, 0.0005)
    it.dossier = it.intake and it.intake + timedelta(seconds=4)
    if not it.dossier or chance.random() < 0.06:  # For some, no coach is found.
        return
    it.coach_linked = after(it.dossier, 1, 24, 6)
    if not it.coach_linked or chance.random() < 0.07:  # Some cannot be reached.
        return
    it.made = after(it.coach_linked, 0.5, 14, 3)
    if not it.made:
        return
    it.visit = _in_office_hours(chance, it.made + timedelta(days=chance.triangular(4, 21, 9)))
    fate = chance.random()
    if fate < 0.06:
        it.cancelled = after(it.made, 1, 4, 2)
        return
    if it.visit > now or fate < 0.12:  # The coach forgot to say how it went.
        return
    it.told_visited = after(it.visit, 0.05, 5, 0.2)
    if it.told_visited and chance.random() < 0.85:
        it.plan = after(it.visit, 0.05, 20, 5)
    if it.plan:
        chosen = chance.sample(MEASURES, chance.randint(1, 4))
        it.measures = {name: (float(chance.randint(12, 95)), chance.random() < 0.3) for name in chosen}


def _in_office_hours(chance: random.Random, at: datetime) -> datetime:
    local = at.astimezone(AMSTERDAM)
    local += timedelta(days={5: 2, 6: 1}.get(local.weekday(), 0))
    return local.replace(hour=chance.choice((9, 10, 11, 13, 14, 15)), minute=0, second=0, microsecond=0).astimezone(
        at.tzinfo
    )


def _go_wrong(people: list[Invented]) -> None:
    """Chooses who has trouble: some of those for whom the story allows it."""
    early = [it for it in people if it.intake and not it.coach_linked]
    troubles: tuple[Trouble, ...] = ("email_taken", "email_taken", "lost_answer", "welcome_held")
    for trouble, chosen in zip(troubles, early[len(early) // 2 :], strict=False):
        chosen.trouble = trouble
        if trouble in {"email_taken", "lost_answer"}:
            chosen.dossier = None
    for it in people:
        if it.trouble == "email_taken":
            it.prefix, it.last_name = "de", "Vries"
    for it in people[-3:]:
        it.trouble = "waits_for_econobis"
    for it in people[-5:-3]:
        it.trouble = "wrong_postal_code"
    for it in people[-5:]:
        it.intake = it.dossier = it.coach_linked = it.made = it.visit = None
    for it in [it for it in people if it.made and it.visit and not it.told_visited and not it.cancelled][-3:]:
        it.trouble = "visit_not_found"
    gone = [it for it in people if it.dossier and not it.coach_linked and not it.trouble][:2]
    for it in gone:
        assert it.dossier
        it.removed = it.dossier + timedelta(days=9)
