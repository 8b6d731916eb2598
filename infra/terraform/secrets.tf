# The secrets, without their values: `make deploy` and `make settings` put those in, and Terraform never reads them.

resource "google_secret_manager_secret" "settings" {
  secret_id = "dossierlink-settings"
  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
  depends_on = [google_project_service.needed]
}

# One per env:NAME of the settings. A secret that the settings no longer name is deleted.
resource "google_secret_manager_secret" "secret" {
  for_each  = var.secrets
  secret_id = each.key
  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
  depends_on = [google_project_service.needed]
}
