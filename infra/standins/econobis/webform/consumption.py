"""The gas and electricity consumption of the call's address.

Upstream `ExternalWebformController.php` `addEnergyConsumption…ToAddress`. Econobis stores four of the electricity
fields in each other's columns (known-limits E13), and so does the stand-in.
"""

from __future__ import annotations

from infra.standins.database import Row
from infra.standins.econobis import php
from infra.standins.econobis.dates.carbon import DateError, parse
from infra.standins.econobis.faults import BrokenError
from infra.standins.econobis.mysql_columns import insert, update
from infra.standins.econobis.webform.call import Call

_GAS_AMOUNTS = {
    "proposed_variable_rate": "voorgesteld_tarief_variabel",
    "proposed_fixed_rate": "voorgesteld_tarief_vast",
    "total_variable_costs": "variabele_kosten",
    "total_fixed_costs": "vaste_kosten",
}
_ELECTRICITY = {
    "consumption_high": "verbruik_hoog",
    "consumption_low": "verbruik_laag",
    "return_high": "terug_hoog",
    "return_low": "terug_laag",
}
_ELECTRICITY_AMOUNTS = {
    "proposed_variable_rate_high": "voorgesteld_tarief_variabel_hoog",
    "proposed_variable_rate_low": "voorgesteld_tarief_vast_hoog",
    "proposed_fixed_rate_high": "voorgesteld_tarief_variabel_laag",
    "proposed_fixed_rate_low": "voorgesteld_tarief_vast_laag",
    "total_variable_costs_high": "variabele_kosten_hoog",
    "total_variable_costs_low": "vaste_kosten_hoog",
    "total_fixed_costs_high": "variabele_kosten_laag",
    "total_fixed_costs_low": "vaste_kosten_laag",
}


def add_consumption(call: Call, address: Row) -> None:
    """Adds or changes a period of gas (m3) and one of electricity (kWh), each only when one of its dates was sent."""
    form = call.form
    gas: Row = {"consumption": _quantity(form["verbruik_gas_verbruik_m3"])}
    gas |= {column: form.amount(f"verbruik_gas_{name}") for column, name in _GAS_AMOUNTS.items()}
    _add_period(call, address, "gas", "gas", gas)
    prefix = "verbruik_electriciteit_"
    power: Row = {column: _quantity(form[f"{prefix}{name}"]) for column, name in _ELECTRICITY.items()}
    power |= {column: form.amount(f"{prefix}{name}") for column, name in _ELECTRICITY_AMOUNTS.items()}
    _add_period(call, address, "electriciteit", "elektriciteit", power)


def _quantity(sent: str) -> str | int:
    return sent if php.is_true(sent) else 0


def _add_period(call: Call, address: Row, field: str, name: str, values: Row) -> None:
    """A known period is changed. A period that overlaps another one is ignored."""
    begin, end = call.form[f"verbruik_{field}_begindatum"], call.form[f"verbruik_{field}_einddatum"]
    if not begin and not end:
        call.log(f"Er is geen verbruiksperiode meegegeven, kan geen {name} verbruik vastleggen")
        return
    call.log("Er is een verbruiksperiode meegegeven")
    table = f"address_energy_consumption_{'gas' if field == 'gas' else 'electricity'}"
    first, last = _day(call, begin), _day(call, end)
    period = f"Verbruik {name} {{}}voor periode {_shown(first)} t/m {_shown(last)}"
    known = call.database.rows(table, address_id=address["id"])
    same = [row for row in known if (row.get("date_begin"), row.get("date_end")) == (first, last)]
    if same:
        call.log(f"{period.format('gevonden ')}, deze worden bijgewerkt.")
        update(call.database, table, same[0]["id"], **values)
    elif any(_between(row.get(side), begin, end) for row in known for side in ("date_begin", "date_end")):
        call.log(f"{period.format('')} overlapt met een andere verbruikperiode, deze gegevens worden NIET verwerkt.")
    else:
        insert(call.database, table, address_id=address["id"], date_begin=first, date_end=last, **values)


def _between(day: str | None, begin: str, end: str) -> bool:
    """SQL's BETWEEN on the texts as they were sent, so only `Y-m-d` is compared by date."""
    return day is not None and begin <= day <= end


def _day(call: Call, sent: str) -> str:
    """`2024-05-06`; today when nothing was sent. Raises BrokenError."""
    try:
        return parse(sent or "now", call.database.now()).stored()[:10]
    except DateError as error:
        raise BrokenError("a period that cannot be read") from error


def _shown(day: str) -> str:
    return "-".join(reversed(day.split("-")))
