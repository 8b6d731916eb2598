# Firestore: the database, what expires in it, its indexes, its rules and its backups.

locals {
  declared = jsondecode(file("${path.module}/../firestore.indexes.json"))
  fields   = { for field in local.declared.fieldOverrides : "${field.collectionGroup}.${field.fieldPath}" => field }
  ttl      = { for name, field in local.fields : name => field if lookup(field, "ttl", false) }
  indexes = {
    for index in local.declared.indexes :
    "${index.collectionGroup}: ${join(", ", [
      for field in index.fields : field.order == "DESCENDING" ? "${field.fieldPath} descending" : field.fieldPath
    ])}" => index
  }
}

resource "google_firestore_database" "store" {
  name                              = "(default)"
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  # A removal leaves the documents: deleting residents' data is a step of its own (README.md).
  deletion_policy = "ABANDON"
  depends_on      = [google_project_service.needed]
}

# Firestore deletes a document within a day after its `expires_at`. The field itself needs no index, and without one
# it makes no hot spot. A removal leaves the policy, because it leaves the documents.
resource "google_firestore_field" "expiry" {
  for_each        = local.ttl
  database        = google_firestore_database.store.name
  collection      = each.value.collectionGroup
  field           = each.value.fieldPath
  deletion_policy = "ABANDON"
  ttl_config {}
  index_config {}
}

# A field with many parts that nobody searches by, such as the counts of a tally: an index of each part would be written
# with each count, and a document may have only so many.
resource "google_firestore_field" "unsearched" {
  for_each        = { for name, field in local.fields : name => field if !lookup(field, "ttl", false) }
  database        = google_firestore_database.store.name
  collection      = each.value.collectionGroup
  field           = each.value.fieldPath
  deletion_policy = "ABANDON"
  index_config {}
}

resource "google_firestore_index" "query" {
  for_each    = local.indexes
  database    = google_firestore_database.store.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path = fields.value.fieldPath
      order      = fields.value.order
    }
  }
}

# Nobody reaches the documents with a browser or a phone. The functions have their own right to.
resource "google_firebaserules_ruleset" "closed" {
  source {
    files {
      name    = "firestore.rules"
      content = <<-RULES
        rules_version = '2';
        service cloud.firestore {
          match /databases/{database}/documents {
            match /{document=**} {
              allow read, write: if false;
            }
          }
        }
      RULES
    }
  }
  depends_on = [google_firestore_database.store]
}

resource "google_firebaserules_release" "closed" {
  name         = "cloud.firestore"
  ruleset_name = google_firebaserules_ruleset.closed.name
  lifecycle {
    replace_triggered_by = [google_firebaserules_ruleset.closed]
  }
}

# What was erased is gone from the backups after this many days, and from point-in-time recovery after seven.
resource "google_firestore_backup_schedule" "daily" {
  database  = google_firestore_database.store.name
  retention = "${local.kept.backups.days * 24 * 3600}s"
  daily_recurrence {}
}
