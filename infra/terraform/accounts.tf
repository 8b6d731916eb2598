# Every account, and everything that it may do. Only the writing of logs is a role on the whole project.

locals {
  accounts = "${var.project}.iam.gserviceaccount.com"
  account  = { for name, it in google_service_account.function : name => "${it.account_id}@${local.accounts}" }
  caller   = "${google_service_account.caller.account_id}@${local.accounts}"
  builder  = "${google_service_account.builder.account_id}@${local.accounts}"
  # Google's own account that passes a request on after the sign-in.
  sign_in = "service-${data.google_project.this.number}@gcp-sa-iap.iam.gserviceaccount.com"

  makes_tasks = { for name, row in local.table : name => row if row.makes_tasks }
  # create: writes files that it cannot read. use: reads, writes and deletes.
  blobs_role = { create = "roles/storage.objectCreator", use = "roles/storage.objectUser" }
  uses_blobs = { for name, row in local.table : name => local.blobs_role[row.blobs] if row.blobs != "none" }
  secret_readers = merge([
    for secret, readers in var.secrets : { for reader in readers : "${secret}/${reader}" => { secret = secret, reader = reader } }
  ]...)
}

# -- the accounts

resource "google_service_account" "function" {
  for_each     = local.table
  account_id   = "dl-${each.key}"
  display_name = "dossierlink: ${each.key}"
  depends_on   = [google_project_service.needed]
}

resource "google_service_account" "caller" {
  account_id   = "dl-caller"
  display_name = "dossierlink: its tasks and schedules call functions as this account"
  depends_on   = [google_project_service.needed]
}

resource "google_service_account" "builder" {
  account_id   = "dl-builder"
  display_name = "dossierlink: builds the functions"
  depends_on   = [google_project_service.needed]
}

# -- who may call a function

# Anybody reaches these. Each checks the key of its caller itself; a web form has none.
resource "google_cloud_run_v2_service_iam_member" "public" {
  for_each = local.public
  name     = google_cloudfunctions2_function.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_v2_service_iam_member" "internal" {
  for_each = local.internal
  name     = google_cloudfunctions2_function.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${local.caller}"
}

# Google's sign-in passes a request on. With another sign-in a browser has to reach the page that begins it.
resource "google_cloud_run_v2_service_iam_member" "page" {
  for_each = local.pages
  name     = google_cloud_run_v2_service.page[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = local.iap ? "serviceAccount:${local.sign_in}" : "allUsers"
}

resource "google_iap_web_cloud_run_service_iam_member" "staff" {
  for_each               = { for pair in setproduct(keys(local.pages), local.iap ? var.staff : []) : join("/", pair) => { page = pair[0], member = pair[1] } }
  cloud_run_service_name = google_cloud_run_v2_service.page[each.value.page].name
  location               = var.region
  role                   = "roles/iap.httpsResourceAccessor"
  member                 = each.value.member
}

# -- what a function may do

resource "google_project_iam_member" "store" {
  for_each = local.account
  project  = var.project
  role     = "roles/datastore.user"
  member   = "serviceAccount:${each.value}"
  condition {
    title      = "the database of dossierlink"
    expression = "resource.name == \"projects/${var.project}/databases/${google_firestore_database.store.name}\""
  }
}

resource "google_cloud_tasks_queue_iam_member" "enqueuer" {
  for_each = local.makes_tasks
  name     = google_cloud_tasks_queue.default.name
  location = google_cloud_tasks_queue.default.location
  role     = "roles/cloudtasks.enqueuer"
  member   = "serviceAccount:${local.account[each.key]}"
}

# A task carries a token of dl-caller, so who makes a task has to be allowed to use that account.
resource "google_service_account_iam_member" "uses_caller" {
  for_each           = local.makes_tasks
  service_account_id = "projects/${var.project}/serviceAccounts/${local.caller}"
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${local.account[each.key]}"
}

resource "google_storage_bucket_iam_member" "blobs" {
  for_each = local.uses_blobs
  bucket   = google_storage_bucket.blobs.name
  role     = each.value
  member   = "serviceAccount:${local.account[each.key]}"
}

resource "google_secret_manager_secret_iam_member" "settings" {
  for_each  = local.account
  secret_id = google_secret_manager_secret.settings.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${each.value}"
}

resource "google_secret_manager_secret_iam_member" "secret" {
  for_each  = local.secret_readers
  secret_id = google_secret_manager_secret.secret[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${local.account[each.value.reader]}"
}

# -- what the build may do, instead of Google's default account, which may edit the whole project

resource "google_project_iam_member" "builder_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = "serviceAccount:${local.builder}"
}

# Google copies the source to a bucket of its own before the build. Residents' reports are in another bucket.
resource "google_project_iam_member" "builder_source" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = "serviceAccount:${local.builder}"
  condition {
    title = "the buckets with source code"
    expression = join(" || ", [for bucket in [
      "gcf-v2-sources-${data.google_project.this.number}-",
      "run-sources-${var.project}-",
      google_storage_bucket.source.name,
    ] : "resource.name.startsWith(\"projects/_/buckets/${bucket}\")"])
  }
}

resource "google_artifact_registry_repository_iam_member" "builder" {
  repository = google_artifact_registry_repository.images.repository_id
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${local.builder}"
}
