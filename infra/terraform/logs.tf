# What the logs leave out, how long they are kept, and what is counted in them.

locals {
  # The address of a push holds Hoomdossier's key, that of a confirmation the resident's own, that of a staff page the
  # name that was looked for; and Google logs every address. The functions log for themselves what is needed.
  secret_in_address = [for name, row in local.table : name if row.credential == "path_key" || contains(["anybody", "staff", "program"], row.called_by)]
  our_services      = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=(${join(" OR ", [for name in keys(local.table) : "\"${name}\""])})"
}

resource "google_logging_project_exclusion" "addresses" {
  name        = "dossierlink-addresses"
  description = "Requests whose address holds a key or a name, and the internet addresses of residents"
  filter = join(" AND ", [
    "resource.type=\"cloud_run_revision\"",
    "resource.labels.service_name=(${join(" OR ", [for name in local.secret_in_address : "\"${name}\""])})",
    "log_id(\"run.googleapis.com/requests\")",
  ])
  depends_on = [google_project_service.needed]
}

resource "google_logging_project_bucket_config" "default" {
  project         = var.project
  location        = "global"
  bucket_id       = "_Default"
  retention_days  = local.kept.logs.days
  deletion_policy = "ABANDON" # It belongs to the project.
  depends_on      = [google_project_service.needed]
}

# The texts are those of shared/logs.py and shared/flows/sweep.py; a test looks for them in the code.

resource "google_logging_metric" "dead_letters" {
  name        = "dossierlink_dead_letters"
  description = "New dead letters"
  filter      = "${local.our_services} AND jsonPayload.message=\"needs a person\""
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
  depends_on = [google_project_service.needed]
}

resource "google_logging_metric" "swept" {
  name        = "dossierlink_swept"
  description = "Runs of sweep"
  filter      = "${local.our_services} AND jsonPayload.message=\"swept\""
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }
  depends_on = [google_project_service.needed]
}

resource "google_logging_metric" "oldest_undelivered" {
  name            = "dossierlink_oldest_undelivered"
  description     = "How long the oldest work should have been done by now"
  filter          = "${local.our_services} AND jsonPayload.message=\"oldest undelivered\""
  value_extractor = "EXTRACT(jsonPayload.seconds)"
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "s"
  }
  bucket_options {
    exponential_buckets {
      num_finite_buckets = 16
      growth_factor      = 2
      scale              = 30
    }
  }
  depends_on = [google_project_service.needed]
}
