"""`woonplan`: the resident's action plan as specifications of the housing file (`docs/peers/econobis.md` 5.2)."""

from __future__ import annotations

from typing import Any

from infra.standins.database import Row
from infra.standins.econobis import contacts, opportunities
from infra.standins.econobis.endpoints import removal
from infra.standins.econobis.endpoints.endpoint import Call
from infra.standins.econobis.endpoints.payload import as_int_column, as_text, entries, read, read_if_set, truthy
from infra.standins.econobis.webform.faults import BrokenError
from infra.standins.econobis.webform.php import same, to_text

NAME = "EndPointWoonplan"

_DESIRABLE = 1
_REST = "overig-uit-hoomdossier"


def work(call: Call, payload: Any) -> None:
    advices = read_if_set(payload, "user_action_plan_advices")
    if advices is None:
        call.log('Geen "user_action_plan_advices" meegegeven')
        return
    in_plan = [_specify(call, advice) for key, advice in entries(advices) if truthy(key) and truthy(advice)]
    _drop_others(call, in_plan)
    comments = read_if_set(payload, "user_action_plan_advice_comments")
    if comments is not None:
        said = {"resident": "", "coach": ""}
        said |= {who: as_text(comment) for who, comment in entries(comments) if who in said}
        call.log("Opmerkingen bewoner en/of coach woningdossier vervangen")
        call.update_housing_file(remark=said["resident"], remark_coach=said["coach"])


# -- what is in the plan -----------------------------------------------------------------------------------------------


def _specify(call: Call, advice: Any) -> int:
    """The id of the specification for the advice's measure: there is one per measure, the last advice wins."""
    database = call.database
    measure = _measure(call, advice)
    named = f"maatregel {measure['id']} {measure['name']}"
    known = [
        specification
        for specification in removal.specifications_of(database, call.housing_file)
        if specification["measure_id"] == measure["id"]
    ]
    if not known:
        call.log(f"Woningdossier specificatie via hoom koppeling NIET gevonden voor {named}. Specificatie aanmaken.")
        values = _values(call, advice, "Woningdossier specificatie onbekend antwoord !?")
        created = database.insert(
            "housing_file_specifications",
            housing_file_id=call.housing_file["id"],
            measure_id=measure["id"],
            status_id=_DESIRABLE,
            **values,
        )
        call.log(f"Woningdossier specificatie via hoom koppeling  gemaakt voor {named}.")
        return int(created["id"])
    id_ = int(known[0]["id"])
    call.log(f"Woningdossier specificatie via hoom koppeling gevonden voor {named}. Specificatie bijwerken.")
    for opportunity in removal.opportunities_of(database, known[0]):
        call.log(f"Specificatie {id_}Kans {_numbered(opportunity)} bijwerken.")
    values = _values(call, advice, "Woningdossier specificatie zonder specifiek antwoord !?")
    database.update("housing_file_specifications", id_, **values)
    call.log(f"Specificatie {id_} bijwerken.")
    return id_


def _measure(call: Call, advice: Any) -> Row:
    """Its type does not matter, only the id (`known-limits.md` D7)."""
    sent = read(advice, "measure_id")
    shown = as_text(sent)
    measures = call.database.rows("measures", deleted_at=None)
    found = next((measure for measure in measures if _has_external_id(measure, sent)), None)
    if found:
        to = f"econobis maatregel: {found['id']} {found['name']}"
        call.log(f"Maatregel hoom koppeling gevonden voor hoom measure id {shown}. Koppeling naar {to}.")
        return found
    rest = next((measure for measure in measures if measure.get("external_hoom_id") == _REST), None)
    instead = "Specificatie gekoppeld aan Overig uit Hoomdossier"
    call.log(f"Maatregel hoom koppeling NIET gevonden voor hoom measure id {shown}. {instead}.")
    if rest is None:
        raise BrokenError("no measure for the rest")
    return rest


def _has_external_id(measure: Row, sent: Any) -> bool:
    """MySQL compares a text with a number by the number that the text starts with."""
    external = measure.get("external_hoom_id")
    if external is None or sent is None:
        return external is sent
    if isinstance(sent, str):
        return same(str(external), sent)
    return bool(contacts.leading_number(str(external)) == sent)


def _values(call: Call, advice: Any, without_answer: str) -> dict[str, Any]:
    answer = next((value for name in ("surface", "count") if (value := read_if_set(advice, name)) is not None), None)
    if answer is None:
        call.log(without_answer)
    self_made = read_if_set(advice, "execute_self")
    savings = {
        column: as_int_column(_or(read_if_set(advice, column), 0))
        for column in ("savings_gas", "savings_electricity", "co2_savings")
    }
    return {
        "answer": None if answer is None else as_text(answer),
        "external_hoom_name": as_text(_or(read_if_set(advice, "name"), "")),
        "type_of_execution": None if self_made is None else "Z" if truthy(self_made) else "L",
        **savings,
    }


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


# -- what is not (any more) --------------------------------------------------------------------------------------------


def _drop_others(call: Call, in_plan: list[int]) -> None:
    """Their opportunities are marked as deleted in Hoomdossier, also those somebody made by hand (D8)."""
    specifications = removal.specifications_of(call.database, call.housing_file)
    others = [specification for specification in specifications if specification["id"] not in in_plan]
    call.log(f"specificationsInEconobis {_ids(row['id'] for row in specifications)}")
    call.log(f"specificationsInWoonplan {_ids(in_plan)}")
    call.log(f"specificationsInEconobisNotInWoonplan {_ids(row['id'] for row in others)}")
    for specification in others:
        for opportunity in removal.opportunities_of(call.database, specification):
            _drop_opportunity(call, opportunity)
        if not removal.opportunities_of(call.database, specification):
            removal.remove_specification(call.database, specification)
            call.log(f"Specificatie niet in woonplan. Specification {specification['id']} verwijderd.")


def _ids(ids: Any) -> str:
    return ",".join(str(id_) for id_ in ids)


def _drop_opportunity(call: Call, opportunity: Row) -> None:
    database, start = call.database, f"Specificatie niet in woonplan. Kans {_numbered(opportunity)}"
    if opportunity.get("status_id") == removal.opportunity_status(database, "inactive"):
        removal.remove_opportunity(database, opportunity)
        call.log(f"{start} met status Inactief (in behandeling) verwijderd.")
    else:
        opportunities.set_status(database, opportunity, "deleted_in_hd", call.user_id)
        call.log(f'{start} bijgewerkt met status "Verwijderd in Hoomdossier"')


def _numbered(opportunity: Row) -> str:
    return f"{to_text(opportunity.get('number'))} ({opportunity['id']})"
