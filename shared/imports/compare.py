"""Lays each row of a file beside what the link knows, and says what could be delivered of it.

The identity of a resident is the contact number of Econobis, with which the account and the home must agree. A row of
the pasted table has no numbers: there the home that the link knows, by its number or address, leads to the resident.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, get_args

from shared.config import Cooperation
from shared.domain.ids import ContactId
from shared.domain.imported import KnownVisit, stand_of_appointment, stand_of_executed
from shared.domain.local_time import begins_at_last
from shared.domain.resident import folded
from shared.hoomdossier.claim import Claim
from shared.imports.brought import Brought, Row, together
from shared.imports.coach_names import CoachNames
from shared.imports.fit import Fit
from shared.imports.known import Known, KnownResident
from shared.imports.proposal import Proposal

Group = Literal[
    "deliver", "time", "unknown", "cancel", "entered", "no_coach", "stuck", "older", "contradicts", "no_contact",
    "unmatched", "unreadable", "coach", "same",
]  # fmt: skip
"""Where a row stands on the page, in its order.

`deliver`: something new. `time`: the time has to be told first. `unknown`: the link does not know the resident yet.
`cancel`: the date is gone. `entered`: the coach entered another date on the own page, which Hoomdossier does not see.
Of these three a person has to choose. `no_coach`: no coach is known with whom Econobis could find the visit. `stuck`:
the link has it already, and it waits under *Storingen*. `older`: the link knows something newer. `contradicts`: the
numbers do not agree with what the link knows. `no_contact`: without a contact number. `unmatched`: a pasted row of
which the resident is not found. `coach`: a coach's own row. `same`: nothing new.
"""
GROUPS: tuple[Group, ...] = get_args(Group)
Remark = Literal[
    "other_home", "other_coach", "link_missing", "still_to_come", "of_earlier", "other_day", "other_status"
]  # fmt: skip
"""`other_home`: Hoomdossier has another address than the link. `other_coach`: it names other coaches than the link.
`link_missing`: the link linked a coach whom Hoomdossier does not name. `still_to_come`: done according to the status,
but the date lies ahead. `of_earlier`: the same, and an earlier visit was done, so the status waits until that day is
over. `other_day`: the screen shows another day than the file. `other_status`: its status has a name that is not known.
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """One row. `resident` and `visit` are what the link knows; `proposal` is what may be delivered, None for nothing.

    `why` names what does not agree or cannot be read: `account_id`, `building_id`, `twice`, or names of columns.
    `coaches` are those whom the row names and the settings know.
    """

    claim: Claim
    group: Group
    resident: KnownResident | None = None
    visit: KnownVisit | None = None
    proposal: Proposal | None = None
    why: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    coaches: tuple[ContactId, ...] = ()


@dataclass
class Comparison:
    """`rows` are at most `most` of each group, and none of those with nothing new; `counts` are of all.

    `refused`: the file does not fit this cooperation, so nothing of it may be delivered.
    """

    as_of: datetime
    most: int | None = None
    rows: dict[Group, list[Compared]] = field(default_factory=dict)
    counts: Counter[Group] = field(default_factory=Counter)
    refused: bool = False

    def add(self, row: Compared) -> None:
        """Counts the row, and keeps it as long as there is room."""
        self.counts[row.group] += 1
        kept = self.rows.setdefault(row.group, [])
        if row.group != "same" and (self.most is None or len(kept) < self.most):
            kept.append(row)


def compare(settings: Cooperation, known: Known, brought: Brought, most: int | None = None) -> Comparison:
    """Changes nothing. `most`: how many rows of each group are kept; None for all."""
    comparison, fit = Comparison(brought.as_of, most), Fit(known, brought.as_of)
    comparer = _Comparer(settings, known, brought)
    for row in together(brought):
        compared = comparer.compare(row)
        comparison.add(compared)
        if compared.group == "contradicts":
            fit.contradicts()
        elif compared.resident and compared.group != "coach":
            fit.agrees(compared.resident.contact_id, elsewhere="other_home" in compared.remarks)
    comparison.refused = bool(brought.file) and not fit.fits
    return comparison


class _Comparer:
    """It needs all that was brought, to see what stands there twice and how Hoomdossier writes a coach's name."""

    def __init__(self, settings: Cooperation, known: Known, brought: Brought) -> None:
        self._settings, self._known, self._brought = settings, known, brought
        self._names = CoachNames(settings, brought.file)
        said: dict[ContactId, set[tuple[object, ...]]] = {}
        for claim in brought.file:
            if contact_id := self._contact(claim):
                facts = (claim.account_id, claim.building_id, claim.day, claim.at, claim.status)
                said.setdefault(contact_id, set()).add(facts)
        self._twice = {contact_id for contact_id, found in said.items() if len(found) > 1}

    def compare(self, row: Row) -> Compared:
        """Where the row stands, and what may be delivered of it."""
        claim = row.claim
        if claim.wrong:
            return Compared(claim, "unreadable", why=claim.wrong)
        contact_id = self._contact(claim)
        if contact_id is None:
            return Compared(claim, "no_contact" if claim.has_ids else "unmatched")
        resident = self._known.residents.get(contact_id)
        if self._settings.coach(contact_id) or (resident and resident.is_coach):
            return Compared(claim, "coach", resident)
        if why := self._contradictions(claim, contact_id, resident):
            home = resident.building_id if resident else None
            visit = self._known.visits.get(home) if home else None
            return Compared(claim, "contradicts", resident, visit, why=why)
        return self._with_home(row, contact_id, resident)

    # -- who it is -----------------------------------------------------------------------------------------------------

    def _contact(self, claim: Claim) -> ContactId | None:
        if claim.has_ids:
            return self._settings.current_contact(ContactId(claim.contact_id)) if claim.contact_id else None
        if claim.building_id:
            return self._known.by_building.get(claim.building_id)
        found = [set(self._known.by_home.get(home, ())) for home in claim.homes]
        named = {it for it in set().union(*found) if folded(self._known.residents[it].name) == folded(claim.name)}
        if not named and found and len(found[0]) == 1 and self._brought.rows_at[claim.homes[0]] < 2:
            return found[0].pop()  # Hoomdossier may have another name, such as the partner's.
        return named.pop() if len(named) == 1 else None

    def _contradictions(self, claim: Claim, contact_id: ContactId, resident: KnownResident | None) -> tuple[str, ...]:
        """What does not agree: a number that the link knows as another one, or as that of somebody else."""
        known, why = self._known, list[str]()
        if claim.has_ids and contact_id in self._twice:
            why.append("twice")
        for name, claimed, owners in (
            ("account_id", claim.account_id, known.by_account),
            ("building_id", claim.building_id, known.by_building),
        ):
            mine = getattr(resident, name) if resident else None
            is_missing = claim.has_ids and claimed is None
            is_other = claimed is not None and mine not in {None, claimed}
            is_of_another = claimed is not None and owners.get(claimed, contact_id) != contact_id
            if is_missing or is_other or is_of_another:
                why.append(name)
        return tuple(why)

    # -- what it says of the visit -------------------------------------------------------------------------------------

    def _with_home(self, row: Row, contact_id: ContactId, resident: KnownResident | None) -> Compared:
        claim = row.claim
        building_id = claim.building_id or (resident and resident.building_id) or None
        account_id = claim.account_id or (resident and resident.account_id) or None
        visit = self._known.visits.get(building_id) if building_id else None
        named = self._names.contacts(claim.coaches)
        compared = Compared(claim, "same", resident, visit, coaches=named)
        if account_id is None or building_id is None:
            return replace(compared, group="unmatched", why=("building_id",)) if claim.day else compared
        proposal = Proposal(
            contact_id=contact_id,
            account_id=account_id,
            user_id=claim.user_id or (resident and resident.user_id) or None,
            building_id=building_id,
            as_of=row.as_of,
            coaches=named or ((resident.coach,) if resident and resident.coach else ()),
            settles=bool(resident and resident.account_id is None and resident.is_unsure),
            links=tuple(coach for coach in named if self._known.links.get((coach, contact_id))),
        )
        remarks = (
            *self._remarks(compared, contact_id),
            *(("other_day",) if row.other_day else ()),
            *(() if claim.knows_status else ("other_status",)),
        )
        return self._with_visit(replace(compared, remarks=remarks), proposal)

    def _remarks(self, row: Compared, contact_id: ContactId) -> tuple[Remark, ...]:
        resident, claim = row.resident, row.claim
        if not claim.has_ids or resident is None:
            return ()
        elsewhere: tuple[Remark, ...] = ("other_home",) if resident.home and claim.is_elsewhere(resident.home) else ()
        if resident.coach is None or resident.coach in row.coaches:
            return elsewhere
        if row.coaches:
            return (*elsewhere, "other_coach")
        was_linked = self._known.links.get((resident.coach, contact_id)) is False
        return (*elsewhere, "link_missing") if was_linked else elsewhere

    def _with_visit(self, row: Compared, proposal: Proposal) -> Compared:
        claim, visit, as_of = row.claim, row.visit, proposal.as_of
        # The date of a visit that will not take place is no appointment.
        dated = proposal.model_copy(update={"day": claim.day, "at": claim.at})
        at = dated.visit_at() if claim.status != "no_execution" else None
        stand = stand_of_appointment(visit, at, as_of)
        if stand in {"removed", "older"}:
            return replace(row, group="older")
        is_ahead = at is not None and at > as_of
        said_executed = claim.status == "executed" and stand_of_executed(visit, as_of) == "news"
        # Hoomdossier keeps the status of an earlier visit. Econobis gets it again when this day is over.
        may_be_ahead = at is not None and begins_at_last(at) > as_of
        is_of_earlier = may_be_ahead and visit is not None and visit.was_executed
        executed = said_executed and not is_of_earlier
        if at is None and stand == "news" and not executed:
            # That it took place is surer than that its date went; what the coach entered is not in Hoomdossier at all.
            if visit and (visit.executed or (visit.was_entered and claim.status != "no_execution")):
                return row
            return replace(row, group="cancel", proposal=proposal.model_copy(update={"cancels": True}))
        if said_executed and (is_ahead or is_of_earlier):
            row = replace(row, remarks=(*row.remarks, "of_earlier" if is_of_earlier else "still_to_come"))
        said = dated if at and stand == "news" else proposal
        placed = self._placed(row, said.model_copy(update={"executed": executed}))
        is_other = visit is not None and visit.was_entered and said is dated and placed.proposal is not None
        return replace(placed, group="entered") if is_other else placed

    def _placed(self, row: Compared, proposal: Proposal) -> Compared:
        """Where the row stands, when all that it says is in the proposal."""
        resident = row.resident
        delivers = proposal.day is not None or proposal.executed
        learns = resident is not None and None in {resident.building_id, resident.account_id}
        has_more = learns or bool(proposal.links)
        if delivers and not any(self._settings.coach(coach) for coach in proposal.coaches):
            only_numbers = proposal.model_copy(update={"day": None, "at": None, "executed": False})
            return replace(row, group="no_coach", proposal=only_numbers if has_more else None)
        if not delivers and not has_more:
            if not row.claim.knows_status:
                return replace(row, group="unreadable", why=("status",))
            return replace(row, group="stuck" if row.visit and row.visit.is_stuck else "same")
        if resident is None:
            return replace(row, group="unknown", proposal=proposal)
        return replace(row, group="time" if proposal.needs_time else "deliver", proposal=proposal)
