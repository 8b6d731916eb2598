# The APIs that the project needs. `make deploy` turns them on first; a removal leaves them on, others may use them.

resource "google_project_service" "needed" {
  for_each = toset(concat(
    [
      "artifactregistry.googleapis.com",
      "cloudbuild.googleapis.com",
      "cloudfunctions.googleapis.com",
      "cloudresourcemanager.googleapis.com",
      "cloudscheduler.googleapis.com",
      "cloudtasks.googleapis.com",
      "firebaserules.googleapis.com",
      "firestore.googleapis.com",
      "iam.googleapis.com",
      "logging.googleapis.com",
      "monitoring.googleapis.com",
      "run.googleapis.com",
      "secretmanager.googleapis.com",
      "storage.googleapis.com",
    ],
    var.billing_account == null ? [] : ["billingbudgets.googleapis.com"],
    length(local.pages) == 0 || !local.iap ? [] : ["iap.googleapis.com"],
    length(var.event_hosts) == 0 ? [] : ["compute.googleapis.com"],
  ))
  service            = each.key
  disable_on_destroy = false
}
