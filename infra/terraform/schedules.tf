# Cloud Scheduler calls the functions that have a schedule in ../functions.yaml.

resource "google_cloud_scheduler_job" "job" {
  for_each = { for name, row in local.internal : name => row if row.called_by == "cloud_scheduler" }

  name      = each.key
  region    = var.queue_region
  schedule  = each.value.schedule
  time_zone = "Europe/Amsterdam"
  # Longer than the function takes at most, so that a run which is under way is not called failed.
  attempt_deadline = "${each.value.timeout_seconds + 30}s"

  http_target {
    http_method = "POST"
    uri         = local.address[each.key]
    oidc_token {
      service_account_email = local.caller
      audience              = local.address[each.key]
    }
  }

  # Two more tries; after those the next run does the work of this one too.
  retry_config {
    retry_count          = 2
    min_backoff_duration = "20s"
    max_backoff_duration = "60s"
  }

  depends_on = [google_project_service.needed, google_cloud_run_v2_service_iam_member.internal]
}
