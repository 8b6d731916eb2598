"""The steps of the campaign: what resident, employee and coach do, and the result that each step waits for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.local.demo.client import Client, DemoFailed, eventually
from infra.local.demo.reports import EVERYBODY, Reports, by_coach
from infra.local.demo.residents import RESIDENTS, Resident
from infra.local.demo.sign_up_page import SignUpPage
from infra.local.run import COOPERATIONS

VISIT = 2  # the id of the kind of opportunity action in Econobis
PLANNED, CANCELLED = "made", "cancelled"  # `code_ref` of the status of a visit in Econobis


@dataclass
class Journey:
    """One resident, and the ids of contact and dossier that the demo has seen so far."""

    resident: Resident
    contact: int = 0
    dossier: dict[str, Any] = field(default_factory=dict)

    @property
    def cooperation(self) -> str:
        return self.resident.cooperation


class Campaign:
    """Each step raises DemoFailed when its result does not come in time.

    `base` is the URL of a local run. `say` prints a line.
    """

    def __init__(self, base: str, say: Callable[[str], None]) -> None:
        self.base, self.say = base, say
        self.client = Client(base)
        self.journeys = [Journey(resident) for resident in RESIDENTS]

    # -- what people do --------------------------------------------------------------------------------------------

    def sign_up(self) -> None:
        """Signs each resident up: some make a mistake first, some send it twice, some on the sign-up page."""
        for journey in self.journeys:
            form = f"/functions/receive-webform/{journey.cooperation}/aanmelden"
            if journey.resident.on_page:
                self._sign_up_on_page(journey.resident, form)
            else:
                self._sign_up_from_site(journey.resident, form)

    def _sign_up_on_page(self, resident: Resident, form: str) -> None:
        page = SignUpPage(self.client.http, form)
        page.fill_in({**resident.typed, **resident.typed_first})
        page.send()
        if resident.typed_first:
            self.say(f"{resident.name} maakt een fout op de aanmeldpagina: {page.answer.status_code}, {page.wrong}")
            page.fill_in({name: resident.typed[name] for name in resident.typed_first})
            page.send()
        if page.answer.status_code != 200 or page.answer.url.path != f"{form}/thanks":
            raise DemoFailed(f"{resident.name} did not come to the page that thanks, but: {page.answer.text}")
        self.say(f"{resident.name} meldt zich aan op de aanmeldpagina: “{page.heading}”")

    def _sign_up_from_site(self, resident: Resident, form: str) -> None:
        if resident.typed_first:
            answer = self.client.http.post(form, json={**resident.typed, **resident.typed_first})
            error = answer.json()["errors"][0]
            self.say(f"{resident.name} maakt een fout: {answer.status_code}, {error['field']}: {error['reason']}")
        answer = self.client.http.post(form, json=resident.typed)
        if resident.sent_twice:
            answer = self.client.http.post(form, json=resident.typed)
        if answer.status_code != 202:
            raise DemoFailed(answer.text)
        twice = " (twee keer verstuurd, één aanmelding)" if resident.sent_twice else ""
        self.say(f"{resident.name} meldt zich aan: {answer.status_code}, aanmelding {answer.json()['id']}{twice}")

    def break_things(self) -> None:
        """Asks the stand-ins for faults: Econobis answers 503, and one answer of Hoomdossier is lost."""
        for cooperation in COOPERATIONS:
            outage = {"match": "webform", "times": 3, "kind": "status", "status": 503}
            self.client.add_fault("econobis", cooperation, outage)
        self.say("Econobis is er even niet: drie keer 503 voor elke coöperatie")
        self.client.add_fault("hoomdossier", "meer-energie", {"match": "register", "times": 1, "kind": "lost_answer"})
        self.say("Hoomdossier van meer-energie maakt straks een dossier, en zijn antwoord raakt kwijt")

    def wait_for_the_outage(self) -> None:
        """Waits until the faults of Econobis are used up and no more calls come."""
        for cooperation in COOPERATIONS:
            eventually("the outage does not end", self.client.has_no_faults, "econobis", cooperation)
            self.client.wait_until_quiet(cooperation)
        self.say("De koppeling heeft het geprobeerd, en houdt de aanmeldingen vast")

    def fill_in_homes(self) -> None:
        """Waits for all dossiers. Where the answer with the account id was lost, a coach fills in the home.

        The event that follows proves to dossierlink which account it is.
        """
        for journey in self.journeys:
            resident, cooperation = journey.resident, journey.cooperation
            not_there = f"{resident.name} has no dossier"
            contact = eventually(not_there, self.client.contact_id, cooperation, resident.email)
            dossier = eventually(not_there, self.client.dossier, cooperation, contact)
            if not self.client.account_id(cooperation, contact):
                page = f"/hoomdossier/{cooperation}/buildings/{dossier['building']}/usage"
                self.client.http.post(page, data={"amount-gas": "1200"})
                eventually(f"{resident.name} is not mended", self.client.account_id, cooperation, contact)
                self.say(
                    f"{resident.name}: de coach vult het huis in, en Econobis kent nu account {dossier['account']}"
                )

    def wait_for_dossiers(self) -> None:
        """Waits until Econobis has the contact, Hoomdossier the dossier, and the resident the e-mail."""
        for journey in self.journeys:
            resident, cooperation = journey.resident, journey.cooperation
            journey.contact = eventually(
                f"{resident.name} is not in Econobis", self.client.contact_id, cooperation, resident.email
            )
            journey.dossier = eventually(
                f"{resident.name} has no dossier", self.client.dossier, cooperation, journey.contact
            )
            letter = eventually(f"{resident.name} got no e-mail", self.client.letter_to, resident.email)
            self.say(
                f"{resident.name}: contact {journey.contact} in Econobis, account {journey.dossier['account']} en woning "
                f"{journey.dossier['building']} in Hoomdossier, e-mail “{letter['subject']}”"
            )

    def plan_visits(self) -> None:
        """An employee makes a visit with a coach in Econobis, unless the form has a fixed coach."""
        for journey in self.journeys:
            coach, cooperation = journey.resident.coach, journey.cooperation
            if not self.client.visits(cooperation, journey.contact, coach):
                self._plan_visit(journey)
            building = journey.dossier["building"]
            not_linked = f"coach {coach} is not linked to {journey.resident.name}"
            eventually(not_linked, self.client.is_linked, cooperation, building, coach)
            self.say(f"{journey.resident.name}: coach {coach} gekoppeld aan woning {building}")

    def _plan_visit(self, journey: Journey) -> None:
        (opportunity,) = self.client.opportunities(journey.cooperation, journey.contact)
        body = {
            "opportunityId": opportunity["id"],
            "organisationOrCoachId": journey.resident.coach,
            "opportunityActionId": VISIT,
            "statusId": 7,
            "datePlanned": "",
            "timePlanned": "",
        }
        answer = self.client.http.post(f"/econobis/{journey.cooperation}/api/quotation-request", json=body)
        if answer.is_error:
            raise DemoFailed(f"Econobis did not plan a visit for {journey.resident.name}: {answer.text}")
        self.say(f"{journey.resident.name}: medewerker plant een bezoek met coach {journey.resident.coach}")

    def make_appointments(self) -> None:
        """The coach sets, moves and cancels appointments in Hoomdossier; each has to reach Econobis before the next."""
        for journey in self.journeys:
            for date in journey.resident.dates:
                building = journey.dossier["building"]
                page = f"/hoomdossier/{journey.cooperation}/buildings/{building}/appointment"
                self.client.http.post(page, data={"appointment_date": date or ""})
                not_told = f"Econobis does not know that the appointment of {journey.resident.name} is {date}"
                visit = eventually(not_told, self._visit_planned_at, journey, date)
                told = f"afspraak op {visit['date_planned']}" if date else "afspraak afgezegd"
                self.say(f"{journey.resident.name}: {told}, bezoek {visit['id']} in Econobis")

    def _visit_planned_at(self, journey: Journey, date: str | None) -> dict[str, Any] | None:
        (*_, visit) = self.client.visits(journey.cooperation, journey.contact, journey.resident.coach)
        status = self.client.visit_status(journey.cooperation, visit)
        if date is None:
            return visit if status == CANCELLED else None
        planned = str(visit.get("date_planned") or "")
        return visit if planned.startswith(date.replace("T", " ")) and status == PLANNED else None

    # -- the end ---------------------------------------------------------------------------------------------------

    def problems(self) -> list[str]:
        """One line for each thing that is wrong in the stand-ins, the mailbox, the reports or the agendas."""
        return [
            *self._number_problems(),
            *(line for journey in self.journeys for line in self._letter_problems(journey)),
            *(line for cooperation in COOPERATIONS for line in self._report_problems(cooperation)),
        ]

    def _number_problems(self) -> list[str]:
        """Every resident must have one contact, intake, opportunity and dossier, also after faults and repeats."""
        lines = []
        for cooperation, residents in Counter(journey.cooperation for journey in self.journeys).items():
            econobis, hoomdossier = self.client.econobis(cooperation), self.client.hoomdossier(cooperation)
            ours = {journey.contact for journey in self.journeys if journey.cooperation == cooperation}
            counts = {
                "intakes": len(econobis.get("intakes", [])),
                "opportunities": len(econobis.get("opportunities", [])),
                "contacts": len([row for row in econobis["contacts"] if row["id"] in ours or row["id"] > 1000]),
                "dossiers": len([row for row in hoomdossier["accounts"] if row["id"] > 10000]),
            }
            lines += [
                f"{cooperation}: {count} {what} for {residents} residents"
                for what, count in counts.items()
                if count != residents
            ]
        return lines

    def _letter_problems(self, journey: Journey) -> list[str]:
        """Every resident must get a welcome, and one e-mail for each change of the appointment."""
        expected = 1 + len(journey.resident.dates)
        try:
            eventually("", self._has_letters, journey, expected)
        except DemoFailed:
            letters = self.client.letters_to(journey.resident.email)
            return [f"{journey.resident.name} got {len(letters)} e-mails instead of {expected}"]
        return []

    def _report_problems(self, cooperation: str) -> list[str]:
        """Power BI, a spreadsheet, an import and the agendas must tell what the coaches did."""
        residents = [it.resident for it in self.journeys if it.cooperation == cooperation]
        reports = Reports(self.client.http, cooperation)
        try:
            eventually("", lambda: not reports.problems(residents))
        except DemoFailed:
            return [f"{cooperation}: {problem}" for problem in reports.problems(residents)]
        count, cancelled = len(residents), sum(it.dates[-1] is None for it in residents)
        agendas = ", ".join(f"{len(its)} in die van {coach}" for coach, its in by_coach(residents).items())
        self.say(
            f"{cooperation}: OData, CSV en JSON Lines tellen {count} aanmeldingen, intakes, dossiers, coaches en "
            f"afspraken, waarvan {cancelled} afgezegd"
        )
        self.say(f"{cooperation}: {count} bezoeken in de agenda van {EVERYBODY}, {agendas}, elk op de juiste tijd")
        return []

    def _has_letters(self, journey: Journey, count: int) -> bool:
        return len(self.client.letters_to(journey.resident.email)) == count
