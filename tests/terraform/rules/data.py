"""Where data is, how long, and who reaches it without a function."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from shared.store.limits import COUNTS
from shared.work.kinds import KINDS
from tests.terraform.plan import Plan
from tests.world.firestore_rules import COUNTING, DECLARED, EXPIRING

REGION = "europe-west4"
TABLE = json.loads((Path(__file__).parents[3] / "shared/retention.json").read_text(encoding="utf-8"))


def what_expires_has_a_ttl(plan: Plan) -> Iterator[str]:
    planned = set()
    for it in plan.of("firestore_field"):
        if it["field"] == "expires_at" and it["ttl_config"]:
            planned.add(it["collection"])
        if not it["index_config"] or it.block("index_config").get("indexes"):
            yield f"{it['collection']}: an index on {it['field']} makes every write slower"
    for collection in sorted(EXPIRING | {kind.collection for kind in KINDS}):
        if collection not in planned:
            yield f"{collection}: no TTL, so Firestore keeps it for ever"
    for collection in sorted(planned - EXPIRING):
        yield f"{collection}: has a TTL that nothing asks for"


def counts_have_no_index(plan: Plan) -> Iterator[str]:
    """A tally has thousands of them; Firestore refuses a document with more than 40,000 entries in indexes."""
    planned = {(it["collection"], it["field"]) for it in plan.of("firestore_field") if not it["ttl_config"]}
    for collection in sorted(COUNTING):
        if (collection, COUNTS) not in planned:
            yield f"{collection}: each count is indexed"
    for collection, field in sorted(planned - {(collection, COUNTS) for collection in COUNTING}):
        yield f"{collection}: nobody asks that {field} is not indexed"


def indexes_are_those_of_the_code(plan: Plan) -> Iterator[str]:
    """tests/store/test_indexes.py holds the declared ones against the queries."""
    planned = [
        {
            "collectionGroup": it["collection"],
            "queryScope": it["query_scope"],
            "fields": [{"fieldPath": field["field_path"], "order": field["order"]} for field in it["fields"]],
        }
        for it in plan.of("firestore_index")
    ]
    for index in DECLARED["indexes"]:
        if index not in planned:
            yield f"missing index {index}"
    for index in planned:
        if index not in DECLARED["indexes"]:
            yield f"nothing uses index {index}"


def the_database_survives(plan: Plan) -> Iterator[str]:
    database = plan.only("firestore_database")
    wanted = {
        "name": "(default)",
        "type": "FIRESTORE_NATIVE",
        "delete_protection_state": "DELETE_PROTECTION_ENABLED",
        "point_in_time_recovery_enablement": "POINT_IN_TIME_RECOVERY_ENABLED",
    }
    for name, value in wanted.items():
        if database[name] != value:
            yield f"database: {name} is {database[name]} instead of {value}"


def a_removal_keeps_data_and_code(plan: Plan) -> Iterator[str]:
    for kind in ("firestore_database", "firestore_field", "storage_bucket", "storage_bucket_object"):
        for it in plan.of(kind):
            if it["deletion_policy"] != "ABANDON":
                yield f"{it.address} would be deleted with the installation"


def copies_are_kept_as_long_as_the_table_says(plan: Plan) -> Iterator[str]:
    """Without it an erased resident would stay in a backup, a log or among the deleted files."""
    day = 24 * 3600
    kept = {
        "backups": int(plan.only("firestore_backup_schedule")["retention"].rstrip("s")) / day,
        "logs": plan.only("logging_project_bucket_config")["retention_days"],
        "deleted_files": plan.only("storage_bucket", "blobs").block("soft_delete_policy")["retention_duration_seconds"]
        / day,
    }
    for name, days in kept.items():
        if days != TABLE[name]["days"]:
            yield f"{name} are kept {days:.0f} days, and {TABLE[name]['days']} in retention.json"


def browsers_reach_no_document(plan: Plan) -> Iterator[str]:
    rules = plan.only("firebaserules_ruleset").block("source", "files")["content"]
    if rules.count("allow") != 1 or "allow read, write: if false;" not in rules:
        yield "the rules of Firestore let somebody in"
    if plan.only("firebaserules_release")["name"] != "cloud.firestore":
        yield "the rules are not those of Firestore"


def everything_is_in_the_region(plan: Plan) -> Iterator[str]:
    for it in plan.resources:
        place = it["location"] or it["location_id"] or it["region"]
        if it.type in {"google_cloud_tasks_queue", "google_cloud_tasks_queue_iam_member", "google_cloud_scheduler_job"}:
            if not str(place).startswith("europe-"):
                yield f"{it.address} is in {place}"
        elif place not in {None, REGION} and it.type != "google_logging_project_bucket_config":
            yield f"{it.address} is in {place}"
    for it in plan.of("secret_manager_secret"):
        if it.block("replication", "user_managed", "replicas").get("location") != REGION:
            yield f"{it.address} is copied outside {REGION}"


def buckets_are_closed(plan: Plan) -> Iterator[str]:
    for it in plan.of("storage_bucket"):
        if (it["uniform_bucket_level_access"], it["public_access_prevention"]) != (True, "enforced"):
            yield f"{it['name']} could be made public"
    blobs = plan.only("storage_bucket", "blobs")
    rules = [(rule["action"][0]["type"], rule["condition"][0]["age"]) for rule in blobs["lifecycle_rule"]]
    if rules != [("Delete", TABLE["blobs"]["days"])]:
        yield f"files are deleted by {rules}, by retention.json after {TABLE['blobs']['days']} days"


RULES = (
    what_expires_has_a_ttl,
    counts_have_no_index,
    indexes_are_those_of_the_code,
    the_database_survives,
    a_removal_keeps_data_and_code,
    copies_are_kept_as_long_as_the_table_says,
    browsers_reach_no_document,
    everything_is_in_the_region,
    buckets_are_closed,
)
