# Which Terraform and which provider. The lock file is missing on purpose: see README.md.

terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
  }

  # terraform init -backend-config="bucket=<project>-dossierlink-state"
  backend "gcs" {
    prefix = "dossierlink"
  }
}

provider "google" {
  project = var.project
  region  = var.region

  # The API of budgets counts its calls on a project. Without these two lines it refuses the login of a person.
  billing_project       = var.project
  user_project_override = true
}

data "google_project" "this" {
  project_id = var.project
}
