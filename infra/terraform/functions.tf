# Every row of ../functions.yaml: a Cloud Function, or a Cloud Run service when it shows pages to staff.

locals {
  table     = yamldecode(file("${path.module}/${var.functions_table}"))
  functions = { for name, row in local.table : name => row if try(row.sign_in, "none") == "none" }
  pages     = { for name, row in local.table : name => row if try(row.sign_in, "none") == "google" }
  # Only our own queue and schedules call these.
  internal  = { for name, row in local.functions : name => row if contains(["cloud_tasks", "cloud_scheduler"], row.called_by) }
  kept_warm = { for name, row in local.public : name => row if row.called_by != "program" }
  public    = { for name, row in local.functions : name => row if !contains(keys(local.internal), name) }

  # The fixed address that Cloud Run gives a service. It is the audience of Google's tokens too (shared/wiring.py).
  any_address = "https://{function}-${data.google_project.this.number}.${var.region}.run.app"
  address     = { for name in keys(local.table) : name => replace(local.any_address, "{function}", name) }

  runtime     = "python312"
  concurrency = 64 # Requests at once in one instance; THREADS has to be the same number. Above 1 needs a whole CPU.

  # A function has its image without being told.
  page_image = { for name in keys(local.pages) : name => "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}/${name}" }

  settings_folder = "/etc/dossierlink"
  settings_file   = "cooperations.yaml"

  link_tasks = join("", [
    "cloudtasks://${var.project}/${google_cloud_tasks_queue.default.location}",
    "?url=${local.any_address}",
    "&service_account=${local.caller}",
  ])
  # README.md, "Configure". LINK_SMTP is a secret, and comes with the others.
  environment = {
    LINK_CONFIG  = "${local.settings_folder}/${local.settings_file}"
    LINK_STORE   = "firestore://${var.project}/${google_firestore_database.store.name}"
    LINK_TASKS   = local.link_tasks
    LINK_BLOBS   = "gs://${google_storage_bucket.blobs.name}/dossierlink"
    LINK_PROXIES = "1"
    THREADS      = tostring(local.concurrency)
  }
  # Only the pages read these. The audience is that of Google's signed header (shared/sign_in/iap.py).
  iap = var.staff_sign_in == "iap"
  page_environment = {
    for name in keys(local.pages) : name => merge({
      LINK_STAFF = local.iap ? "iap:///projects/${data.google_project.this.number}/locations/${var.region}/services/${name}" : var.staff_sign_in
      }, length(var.event_hosts) == 0 ? {} : {
      LINK_EVENT_HOSTS = join(",", [for host, cooperation in var.event_hosts : "${host}=${cooperation}"])
    })
  }
  secrets_of = { for name in keys(local.table) : name => [for secret, readers in var.secrets : secret if contains(readers, name)] }
}

resource "google_cloudfunctions2_function" "function" {
  for_each = local.functions

  name        = each.key
  location    = var.region
  description = "dossierlink: called by ${replace(each.value.called_by, "_", " ")}"

  build_config {
    runtime           = local.runtime
    entry_point       = replace(each.key, "-", "_")
    service_account   = "projects/${var.project}/serviceAccounts/${local.builder}"
    docker_repository = local.images
    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = local.source_object
      }
    }
  }

  service_config {
    available_cpu                    = "1"
    available_memory                 = each.value.memory
    timeout_seconds                  = each.value.timeout_seconds
    max_instance_request_concurrency = local.concurrency
    min_instance_count               = contains(keys(local.kept_warm), each.key) ? var.min_instances : 0
    max_instance_count               = each.value.instances
    service_account_email            = local.account[each.key]
    # Cloud Tasks and Cloud Scheduler of this project count as internal.
    ingress_settings               = contains(keys(local.internal), each.key) ? "ALLOW_INTERNAL_ONLY" : "ALLOW_ALL"
    all_traffic_on_latest_revision = true
    environment_variables          = local.environment

    dynamic "secret_environment_variables" {
      for_each = local.secrets_of[each.key]
      content {
        key        = secret_environment_variables.value
        project_id = var.project
        secret     = google_secret_manager_secret.secret[secret_environment_variables.value].secret_id
        version    = "latest"
      }
    }

    secret_volumes {
      mount_path = local.settings_folder
      project_id = var.project
      secret     = google_secret_manager_secret.settings.secret_id
      versions {
        path    = local.settings_file
        version = tostring(var.settings_version)
      }
    }
  }

  # A revision starts only when its account may read its settings and secrets.
  depends_on = [
    google_project_iam_member.builder_logs,
    google_project_iam_member.builder_source,
    google_artifact_registry_repository_iam_member.builder,
    google_secret_manager_secret_iam_member.settings,
    google_secret_manager_secret_iam_member.secret,
  ]
}

# A function has no attribute for Google's sign-in (Identity-Aware Proxy); a Cloud Run service has. Without it the pages
# send a browser to another service to sign in, and check every request themselves.
resource "google_cloud_run_v2_service" "page" {
  for_each = local.pages

  name                = each.key
  location            = var.region
  description         = "dossierlink: called by ${each.value.called_by}"
  ingress             = "INGRESS_TRAFFIC_ALL"
  iap_enabled         = local.iap
  deletion_protection = false

  build_config {
    function_target = replace(each.key, "-", "_")
    source_location = "gs://${google_storage_bucket.source.name}/${local.source_object}"
    base_image      = "${var.region}-docker.pkg.dev/serverless-runtimes/google-22/runtimes/${local.runtime}"
    image_uri       = local.page_image[each.key]
    service_account = "projects/${var.project}/serviceAccounts/${local.builder}"
  }

  template {
    service_account                  = local.account[each.key]
    timeout                          = "${each.value.timeout_seconds}s"
    max_instance_request_concurrency = local.concurrency

    scaling {
      min_instance_count = 0
      max_instance_count = each.value.instances
    }

    containers {
      image = local.page_image[each.key]
      resources {
        limits = { cpu = "1", memory = each.value.memory }
      }
      dynamic "env" {
        for_each = merge(local.environment, local.page_environment[each.key])
        content {
          name  = env.key
          value = env.value
        }
      }
      dynamic "env" {
        for_each = toset(local.secrets_of[each.key])
        content {
          name = env.value
          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.secret[env.value].secret_id
              version = "latest"
            }
          }
        }
      }
      volume_mounts {
        name       = "settings"
        mount_path = local.settings_folder
      }
    }

    volumes {
      name = "settings"
      secret {
        secret = google_secret_manager_secret.settings.secret_id
        items {
          path    = local.settings_file
          version = tostring(var.settings_version)
        }
      }
    }
  }

  depends_on = [
    google_project_iam_member.builder_logs,
    google_project_iam_member.builder_source,
    google_artifact_registry_repository_iam_member.builder,
    google_secret_manager_secret_iam_member.settings,
    google_secret_manager_secret_iam_member.secret,
  ]
}
