# The two buckets, and where the built functions are kept. A removal leaves both buckets with what is in them.

locals {
  # What is kept where, why and how long: one table for the code, for this and for the README.
  kept   = jsondecode(file("${path.module}/../../shared/retention.json"))
  images = "projects/${var.project}/locations/${var.region}/repositories/${google_artifact_registry_repository.images.repository_id}"

  source_object = var.source_object == null ? google_storage_bucket_object.source[0].name : var.source_object
}

# Reports, and events that are too large for the store or waited while it was down.
resource "google_storage_bucket" "blobs" {
  name                        = "${var.project}-dossierlink-blobs"
  location                    = var.region
  deletion_policy             = "ABANDON"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # The link deletes a file when it was delivered. This deletes what a crash left behind.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = local.kept.blobs.days
    }
  }

  # Google keeps a deleted file a little longer, against mistakes.
  soft_delete_policy {
    retention_duration_seconds = local.kept.deleted_files.days * 24 * 3600
  }

  depends_on = [google_project_service.needed]
}

# The code of every version, for a rollback. It is half a megabyte a version, so nothing is deleted.
resource "google_storage_bucket" "source" {
  name                        = "${var.project}-dossierlink-source"
  location                    = var.region
  deletion_policy             = "ABANDON"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  depends_on                  = [google_project_service.needed]
}

resource "google_storage_bucket_object" "source" {
  count  = var.source_object == null ? 1 : 0
  name   = "source-${filesha256(var.source_zip)}.zip"
  bucket = google_storage_bucket.source.name
  source = var.source_zip
  # The next version leaves this one in the bucket.
  deletion_policy = "ABANDON"
}

# A rollback builds again from the source, so old images are of no use.
resource "google_artifact_registry_repository" "images" {
  repository_id = "dossierlink"
  location      = var.region
  format        = "DOCKER"
  description   = "What Google builds of the functions of dossierlink"

  cleanup_policies {
    id     = "keep-last-three"
    action = "KEEP"
    most_recent_versions {
      keep_count = 3
    }
  }
  cleanup_policies {
    id     = "delete-after-two-weeks"
    action = "DELETE"
    condition {
      tag_state  = "ANY"
      older_than = "1209600s"
    }
  }

  depends_on = [google_project_service.needed]
}
