"""Queues the pushes to Econobis and sends them (docs/peers/hoomdossier.md 4.1 and 4.3).

A job is a row of `jobs`: `kind`, `building_id`, `queued_at`, and after it has run `outcome` (synced, lost or skipped),
`status` (of the answer) and `at`. Its payload is built when it runs. A waiting job survives a restart.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from infra.standins.database import Database, Row
from infra.standins.hoomdossier import dossier, econobis_client, payloads
from infra.standins.hoomdossier.econobis_client import Outcome
from infra.standins.hoomdossier.settings import HoomdossierSettings

_log = logging.getLogger(__name__)

# The name under which Hoomdossier stores that a push of this kind arrived. It stores nothing for a delete.
JOBS = {
    "afspraak": "SendAppointmentDateToEconobis",
    "woning-status": "SendBuildingStatusToEconobis",
    "scan-status": "SendScanStatusToEconobis",
    "gebruik": "SendBuildingFilledInAnswersToEconobis",
    "woonplan": "SendUserActionPlanAdvicesToEconobis",
    "pdf": "SendPdfReportToEconobis",
}


# The two settings of a cooperation without which Hoomdossier's jobs do nothing, in production
# (`app/Jobs/Middleware/EnsureCooperationHasEconobisLink.php`). Here a row without the columns has them filled.
_ADDRESS = ("econobis_wildcard", "econobis_api_key")


def switch(database: Database, *, on: bool) -> None:
    """Fills or empties the settings of the cooperation for Econobis. Empty, every job is skipped without a word.

    A reset of the stand-in switches them on. HoomdossierSettings says where a push goes.
    """
    for cooperation in database.rows("cooperations"):
        database.update("cooperations", cooperation["id"], **dict.fromkeys(_ADDRESS, "filled" if on else None))


def are_off(database: Database) -> bool:
    """Whether the cooperation has no address of Econobis, or no key."""
    return any(not row.get(column, True) for row in database.rows("cooperations") for column in _ADDRESS)


class PushQueue:
    """Laravel's queue `app_external`: one job at a time, oldest first.

    The worker thread ends when no job waits, so that an unused queue can be garbage collected.
    """

    def __init__(self, database: Database, settings: HoomdossierSettings) -> None:
        self._database = database
        self._settings = settings
        self._working = False
        self._have_worked()

    def appointment_saved(self, building: Row) -> None:
        """Pushes at every save, also of the same date, when a coach is linked."""
        if self._is_related(building) and dossier.linked_coaches(self._database, building):
            self.add("afspraak", building["id"])

    def status_set(self, building: Row, short: str) -> None:
        """Pushes only `executed`, and only when a coach is linked."""
        if short == "executed" and self._is_related(building) and dossier.linked_coaches(self._database, building):
            self.add("woning-status", building["id"])

    def scan_begun(self, building: Row) -> None:
        """Pushes `scan-status`."""
        if self._is_related(building):
            self.add("scan-status", building["id"])

    def building_reset(self, building: Row) -> None:
        """Pushes `scan-status` and `gebruik`."""
        if self._is_related(building):
            self.add("scan-status", building["id"])
            self.add("gebruik", building["id"])

    def scheduled(self, building: Row, *kinds: str) -> None:
        """Pushes that Hoomdossier's scheduler makes for changed buildings, only with `allow_access`.

        Here they are queued at once; the real scheduler runs every 5 minutes.
        """
        if self._is_related(building) and dossier.user_of(self._database, building).get("allow_access"):
            for kind in kinds:
                self.add(kind, building["id"])

    def user_deleted(self, account_related: Row) -> None:
        """Pushes `delete`, also for a user without a contact id."""
        if account_related["account_id"]:
            self.add("delete", account_related["building_id"], account_related=account_related)

    def add(self, kind: str, building_id: int, **values: Any) -> None:
        """Queues a job without checking any condition. `values` become columns of the job."""
        queued_at = dossier.moment_text(self._database.now())
        job = {"kind": kind, "building_id": building_id, "queued_at": queued_at, "outcome": None, **values}
        self._database.insert("jobs", **job)
        self._have_worked()

    def _is_related(self, building: Row) -> bool:
        return dossier.is_related_with_econobis(dossier.user_of(self._database, building))

    def _have_worked(self) -> None:
        with self._database.transaction():
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, name="hoomdossier-queue", daemon=True).start()

    def _work(self) -> None:
        while job := self._next():
            self._run(job)

    def _next(self) -> Row | None:
        """The oldest waiting job. None ends the worker; the next `add` starts a new one."""
        with self._database.transaction():
            waiting = self._database.rows("jobs", outcome=None)
            self._working = bool(waiting)
            return waiting[0] if waiting else None

    def _run(self, job: Row) -> None:
        result = push_now(self._database, self._settings, job["kind"], job["building_id"], job.get("account_related"))
        with self._database.transaction():
            if self._database.row("jobs", job["id"]) == job:  # A reset may have given this id to another job.
                self._database.update("jobs", job["id"], **result)


def push_now(
    database: Database, settings: HoomdossierSettings, kind: str, building_id: int, account_related: Row | None = None
) -> Row:
    """Sends at once, without queue or conditions, as the console commands of Hoomdossier do.

    Returns the columns `outcome`, `status` and `at` of a job. `account_related` replaces the whole payload but itself.
    """
    outcome, status = "skipped", None
    if settings.calls_enabled and settings.econobis_url and settings.econobis_key and not are_off(database):
        sent = _send(database, settings.econobis_url, settings.econobis_key, kind, building_id, account_related)
        outcome, status = "synced" if sent.synced else "lost", sent.status
    at = dossier.moment_text(database.now())
    if outcome == "synced" and kind in JOBS:
        _note_synced(database, f"App\\Jobs\\Econobis\\Out\\{JOBS[kind]}", building_id, at)
    return {"outcome": outcome, "status": status, "at": at}


def _send(database: Database, url: str, key: str, kind: str, building_id: int, account_related: Row | None) -> Outcome:
    try:
        with database.transaction():
            payload = (
                {"account_related": account_related}
                if account_related
                else payloads.build(database, kind, dossier.existing_building(database, building_id))
            )
    except Exception:  # noqa: BLE001 (the real job also swallows every exception, and is lost)
        _log.exception("no payload of %s for building %s", kind, building_id)
        return Outcome(synced=False, status=None)
    return econobis_client.send(url, key, kind, payload)


def _note_synced(database: Database, process: str, building_id: int, at: str) -> None:
    with database.transaction():
        known = database.rows("integration_processes", building_id=building_id, process=process)
        if known:
            database.update("integration_processes", known[0]["id"], synced_at=at)
        else:
            database.insert("integration_processes", building_id=building_id, process=process, synced_at=at)
