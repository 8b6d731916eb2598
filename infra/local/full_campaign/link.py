"""What the link holds of an invented resident: the documents that its own code would have written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from infra.local.full_campaign.peers import CAMPAIGN, coach_of, sign_up_of
from infra.local.full_campaign.people import Invented
from shared.config import Cooperation
from shared.domain.dead_letter_texts import code_of
from shared.domain.dossier_request import DossierRequest
from shared.domain.effect import Effect
from shared.domain.home_facts import facts_of
from shared.domain.ids import ContactId
from shared.domain.keys import of_building, of_contact, of_link, secret_key
from shared.domain.link import Link
from shared.domain.local_time import to_amsterdam
from shared.domain.outgoing_mail import OutgoingMail
from shared.domain.relay import EventKind, Relay
from shared.domain.resident import Resident
from shared.domain.submission import Submission
from shared.domain.work import Attempts, Parked, Work
from shared.econobis.answers import VisitNotFound, WebformAnswer
from shared.errors import Refused, Unavailable
from shared.events.put_event import Placement, Received, new_item
from shared.flows.request_dossier import DossierRefused
from shared.hoomdossier.inbound import event_of
from shared.retention import expiry
from shared.work.kinds import kind_of
from shared.work.services import Services

_EXECUTED = {"id": 5, "short": "executed", "name": "Uitgevoerd"}
_MEASURE = "App\\Models\\MeasureApplication"
_TAKEN = "E-mailadres is al in gebruik."
_POSTAL_CODE = "Ongeldige waarde in adres_postcode"


@dataclass(frozen=True)
class Dossier:
    """Hoomdossier's ids."""

    account_id: int
    user_id: int
    building_id: int


class Writer:
    """Writes the documents of one cooperation. `names` are Hoomdossier's names of the measures by their short."""

    def __init__(self, services: Services, cooperation: str, names: dict[str, str]) -> None:
        self._services = services
        self._cooperation = cooperation
        self._names = names

    @property
    def _settings(self) -> Cooperation:
        return self._services.cooperations[self._cooperation]

    def key_of(self, it: Invented) -> str:
        """The key of the sign-up."""
        return secret_key(self._settings.econobis.webform_key.value, self._cooperation, "invented", it.number)

    def sign_up(self, it: Invented, answer: WebformAnswer | None) -> None:
        """The sign-up; `answer` None: Econobis has not got it."""
        work = Submission(
            cooperation=self._cooperation, form=it.form, campaign_id=CAMPAIGN, sign_up=sign_up_of(it),
            email_key=self._email_key(it), digest=self.key_of(it), accepted_at=it.signed_up, posted_at=it.signed_up,
        ).begin(self._expiry(Submission, it.signed_up))  # fmt: skip
        if answer:
            work.contact_id, work.intake_id = answer.contact_id, answer.intake_id
            work.opportunity_ids, work.visit_ids = answer.opportunity_ids, answer.visit_ids
            work.sending_version = work.submitted_version = 1
            work.first_call_done, work.sent_at = True, it.intake
            work.finish()
        elif it.trouble == "wrong_postal_code":
            self._park(work, Refused(_POSTAL_CODE), _POSTAL_CODE, it.signed_up + timedelta(seconds=9))
        else:
            now = self._services.clock()
            work.attempts = Attempts(failed=4, first_failed_at=it.signed_up, why=Unavailable.__name__)
            work.schedule(now + timedelta(hours=6))
        self._create(self.key_of(it), work)

    def resident(self, it: Invented, answer: WebformAnswer, dossier: Dossier | None) -> None:
        """The resident with everything that followed. Also the link, the home and the letters."""
        assert answer.contact_id
        contact, form = answer.contact_id, self._settings.forms[it.form]
        record = Resident.first_seen(self._cooperation, contact, it.signed_up)
        wants_visit = form.action == "visit"
        record.begin_journey(CAMPAIGN, it.form, it.signed_up, coach=form.coach, dossier=form.dossier, visit=wants_visit)
        record.expires_at = self._expiry(Resident, it.signed_up)
        record.keep_personal_data_from(max(filter(None, (it.signed_up, it.visit))))
        typed = sign_up_of(it)
        record.learn_person(typed.person, typed.address, self._email_key(it), econobis_asked=False)
        record.intake_id, record.opportunity_ids = answer.intake_id, answer.opportunity_ids
        record.visit_ids = answer.visit_ids
        record.reach("signed_up", it.signed_up)
        record.reach("intake", it.intake or it.signed_up)
        if dossier and it.dossier:
            record.user_id, record.building_id = dossier.user_id, dossier.building_id
            record.effect = _done(it.dossier)
            record.set_account(dossier.account_id, it.dossier)
            if it.trouble != "welcome_held":
                record.reach("welcomed", it.dossier + timedelta(seconds=3))
        if it.coach_linked:
            record.visit_coach = it.coach
            record.reach("coach_linked", it.coach_linked)
            record.reach("coach_told", it.coach_linked + timedelta(minutes=10))
            self._link(it, contact)
        if it.trouble == "lost_answer":
            self._lose_answer(record, it)
        if it.trouble == "email_taken":
            self._refuse_dossier(record, it, contact)
        if dossier:
            self._home(it, record, contact, dossier)
        self._letters(it, contact)
        self._create(of_contact(self._cooperation, contact), record)

    # -- trouble -------------------------------------------------------------------------------------------------------

    def _lose_answer(self, record: Resident, it: Invented) -> None:
        assert it.intake
        at = it.intake + timedelta(seconds=20)
        record.asked_at, record.effect = it.intake, _done(at).model_copy(update={"state": "unknown"})
        reason = "Hoomdossier antwoordde niet binnen de tijd, en zegt nu dat het contact al bekend is."
        record.park(Parked(code="dossier_exists", reason=reason, at=at))

    def _refuse_dossier(self, record: Resident, it: Invented, contact: ContactId) -> None:
        assert it.intake
        record.asked_at = it.intake
        record.refuse(_TAKEN, it.intake)
        request = DossierRequest(cooperation=self._cooperation, contact_id=contact, accepted_at=it.intake)
        request.begin(self._expiry(DossierRequest, it.intake))
        self._park(request, DossierRefused(_TAKEN), _TAKEN, it.intake + timedelta(minutes=1))
        self._create(of_contact(self._cooperation, contact), request)

    def _park(self, work: Work, error: Refused, reason: str, at: datetime) -> None:
        work.park(Parked(code=code_of(error), reason=reason, at=at))

    # -- what follows from the dossier ---------------------------------------------------------------------------------

    def _link(self, it: Invented, contact: ContactId) -> None:
        assert it.coach_linked
        link = Link(
            cooperation=self._cooperation, coach_contact_id=it.coach, resident_contact_id=contact,
            accepted_at=it.coach_linked - timedelta(seconds=2), effect=_done(it.coach_linked),
        ).begin(self._expiry(Link, it.coach_linked))  # fmt: skip
        link.finish()
        self._create(of_link(self._cooperation, it.coach, contact), link)

    def _home(self, it: Invented, record: Resident, contact: ContactId, dossier: Dossier) -> None:
        relay: Relay | None = None
        for at, kind, said in self._events(it):
            relay = self._put(relay, kind, said, at, contact, dossier)
            record.learn_home(facts_of(relay))
        if relay is None:
            return
        relay.planned = to_amsterdam(it.visit) if it.visit and it.trouble != "visit_not_found" else None
        if it.cancelled:
            relay.mark_cancelled()
        if it.trouble == "visit_not_found":
            item = relay.items["appointment"]
            reason = "Afspraak niet gevonden in Econobis"
            item.state, item.payload = "parked", self._appointment(it, contact, dossier)
            item.park(Parked(code=VisitNotFound.__name__, reason=reason, at=item.accepted_at + timedelta(seconds=3)))
        relay.announced = relay.appointment
        relay.followed_version, relay.told = relay.version, facts_of(relay).digest
        relay.known_as = (contact, dossier.account_id)
        relay.reschedule()
        self._create(of_building(self._cooperation, dossier.building_id), relay)
        if relay.deleted_at:
            record.clear_dossier()
        record.learn_home(facts_of(relay))

    def _appointment(self, it: Invented, contact: ContactId, its: Dossier) -> dict[str, Any]:
        """What Hoomdossier pushed, for an event that is still to be delivered."""
        ((_, kind, said),) = [event for event in self._events(it) if event[1] == "appointment"]
        return event_of(kind, {"account_related": _account_related(contact, its), **said}).payload

    def _events(self, it: Invented) -> list[tuple[datetime, EventKind, dict[str, Any]]]:
        coaches = [coach_of(it.coach)]
        events: list[tuple[datetime, EventKind, dict[str, Any]]] = []
        if it.made and it.visit:
            events.append((it.made, "appointment", {"appointment_date": to_amsterdam(it.visit), "coaches": coaches}))
        if it.cancelled:
            events.append((it.cancelled, "appointment", {"appointment_date": None, "coaches": coaches}))
        if it.told_visited:
            events.append((it.told_visited, "status", {"status": _EXECUTED, "coaches": coaches}))
        if it.plan:
            events.append((it.plan, "plan", self._plan(it)))
        if it.removed:
            events.append((it.removed, "delete", {}))
        return sorted(events, key=lambda event: event[0])

    def _plan(self, it: Invented) -> dict[str, Any]:
        advices = {
            str(98000 + number): {
                "name": self._names[short], "measure_id": number, "measure_type": _MEASURE, "savings_gas": "125.00",
                **({"surface": m2, "execute_self": by_resident} if "insulation" in short or "glass" in short else {}),
            }
            for number, (short, (m2, by_resident)) in enumerate(it.measures.items(), start=1)
        }  # fmt: skip
        return {"user_action_plan_advices": advices, "user_action_plan_advice_comments": []}

    def _put(
        self, relay: Relay | None, kind: EventKind, said: dict[str, Any], at: datetime, contact: ContactId, its: Dossier
    ) -> Relay:
        event, received = event_of(kind, {"account_related": _account_related(contact, its), **said}), Received("push")
        item = new_item(event, received, at, has_blob=False)
        until = self._expiry(Relay, at)
        relay = Placement(self._cooperation, self._settings, event, item, received, until).put(relay)
        newest = relay.items[kind]
        newest.sending_version, newest.effect = newest.version, _done(at + timedelta(seconds=2))
        newest.mark_delivered(at + timedelta(seconds=2))
        return relay

    def _letters(self, it: Invented, contact: ContactId) -> None:
        if it.dossier and it.trouble == "welcome_held":
            mail = self._mail("welcome", contact, it.dossier)
            mail.park(Parked(code="welcome_held", at=it.dossier))
            self._create(f"welcome-{of_contact(self._cooperation, contact)}", mail)
        elif it.dossier and it.dossier > self._services.clock() - timedelta(days=25):
            mail = self._mail("welcome", contact, it.dossier)
            mail.finish()
            self._create(f"welcome-{of_contact(self._cooperation, contact)}", mail)

    def _mail(self, kind: Any, contact: ContactId, at: datetime) -> OutgoingMail:
        mail = OutgoingMail(cooperation=self._cooperation, kind=kind, contact_id=contact, accepted_at=at)
        return mail.begin(self._expiry(OutgoingMail, at))

    # -- writing -------------------------------------------------------------------------------------------------------

    def _email_key(self, it: Invented) -> str:
        return secret_key(self._settings.econobis.webform_key.value, self._cooperation, it.email.casefold())

    def _expiry(self, model: type[Work], at: datetime) -> datetime:
        return expiry(kind_of(model).kept, at)

    def _create(self, key: str, work: Work) -> None:
        self._services.records(type(work)).create(key, work)


def _account_related(contact: ContactId, its: Dossier) -> dict[str, int]:
    return {
        "building_id": its.building_id,
        "user_id": its.user_id,
        "account_id": its.account_id,
        "contact_id": contact,
    }


def _done(at: datetime) -> Effect:
    return Effect(state="done", owner="invented", lease_until=at + timedelta(seconds=30))
