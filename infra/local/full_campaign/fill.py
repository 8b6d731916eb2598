"""Fills both stand-ins and the store with the campaign. Everything that a page of ours or of theirs shows agrees."""

from __future__ import annotations

from infra.local.full_campaign.link import Dossier, Writer
from infra.local.full_campaign.peers import Peers
from infra.local.full_campaign.people import MEASURES, Invented, invent
from shared.domain.resident import Resident
from shared.econobis.answers import WebformAnswer
from shared.work.services import Services

COOPERATION = "zonnig-dorp"


class NotEmpty(Exception):
    """There is something in the store already. A campaign is filled in only once, into an empty one."""


def fill(services: Services, peers: Peers) -> int:
    """Returns how many residents there are now. Raises NotEmpty."""
    if services.records(Resident).find(where={"cooperation": COOPERATION}, limit=1):
        raise NotEmpty
    with peers.together():
        peers.add_coaches()
        names = {short: peers.measure_name(short) for short in MEASURES}
        writer = Writer(services, COOPERATION, names)
        people = invent(services.clock())
        for it in people:
            _one(peers, writer, it)
    return len(people)


def _one(peers: Peers, writer: Writer, it: Invented) -> None:
    answer: WebformAnswer | None = peers.sign_up(it, writer.key_of(it)) if it.intake else None
    writer.sign_up(it, answer)
    if answer is None or answer.contact_id is None:
        return
    dossier = Dossier(*peers.make_dossier(it, answer.contact_id)) if it.dossier else None
    if dossier and it.coach_linked:
        peers.link_coach(it, answer.contact_id)
    if dossier:
        peers.visit(it, dossier.building_id, next(iter(answer.visit_ids), None))
        if it.removed:
            peers.remove(dossier.building_id)
    writer.resident(it, answer, dossier)
