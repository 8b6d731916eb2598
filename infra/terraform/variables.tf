# What differs between installations. staging.tfvars and production.tfvars give most of it; `make deploy` gives the rest.

variable "project" {
  description = "The id of the Google Cloud project. One project holds one installation."
  type        = string
}

variable "environment" {
  description = "Stands in the subject of every alert, so that nobody gets up at night for staging."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "environment is staging or production."
  }
}

variable "region" {
  description = "Where functions, documents and files are. It cannot be changed once the database exists."
  type        = string
  default     = "europe-west4"
}

variable "queue_region" {
  description = "Where the queue and the schedules are. Google does not list europe-west4 for Cloud Tasks (see README.md). A task holds no personal data."
  type        = string
  default     = "europe-west1"
}

variable "alert_email" {
  description = "Who gets the alerts."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+$", var.alert_email)) && !endswith(var.alert_email, "@example.org")
    error_message = "Give alert_email, in the .tfvars file, the address of somebody who reads it."
  }
}

variable "billing_account" {
  description = "For the budget: 012345-6789AB-CDEF01. null: no budget, because you may not see the billing account."
  type        = string
  default     = null
}

variable "monthly_budget" {
  description = "In the currency of the billing account. Google mails at half of it, at all of it, and when it expects more. It stops nothing."
  type        = number
  default     = 50
}

variable "min_instances" {
  description = "Instances of each function that people or peers call, that stay warm; not of the feed, which programs read. 0: the first call after a quiet time waits some seconds. Each warm instance costs about 10 euros a month."
  type        = number
  default     = 0
}

variable "settings_version" {
  description = "The number of the version of the secret dossierlink-settings that the functions read. `make settings` raises it."
  type        = number
}

variable "secrets" {
  description = "For each secret of the settings (the NAME of env:NAME) the functions that get it. `make settings` works it out. No values."
  type        = map(list(string))

  validation {
    condition     = alltrue([for name in keys(var.secrets) : can(regex("^[A-Z][A-Z0-9_]{0,80}$", name))])
    error_message = "A secret has the name of an environment variable, in capitals."
  }
  validation {
    condition     = length(setsubtract(flatten(values(var.secrets)), keys(local.table))) == 0
    error_message = "A secret is given to a function that is not in the table of functions."
  }
  # A default of {} would delete every secret when the file with the variables is forgotten.
}

variable "source_zip" {
  description = "The zip with the code, made by `make deploy`. Its name in the bucket carries its SHA-256."
  type        = string
  default     = null
}

variable "source_object" {
  description = "For a rollback: the name of a zip that is already in the source bucket. null: upload source_zip."
  type        = string
  default     = null

  validation {
    condition     = (var.source_object == null) != (var.source_zip == null)
    error_message = "Give either source_zip or source_object."
  }
}

variable "staff_sign_in" {
  description = "How staff sign in to their pages. iap: Google's sign-in in front. Or another service with OpenID Connect: oidc://login.microsoftonline.com/<tenant id>/v2.0?client_id=<application id>."
  type        = string
  default     = "iap"

  validation {
    condition     = var.staff_sign_in == "iap" || can(regex("^oidc://[^ /?]+[^ ?]*\\?client_id=[^ ]+$", var.staff_sign_in))
    error_message = "staff_sign_in is iap, or oidc://<issuer>?client_id=<id>."
  }
}

variable "staff" {
  description = "With staff_sign_in = iap: who comes past Google's sign-in, as user:anna@example.org or group:helpdesk@example.org. What each may do stands under staff in the settings."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for it in var.staff : can(regex("^(user|group|domain):[^@: ]+(@[^@: ]+)?$", it))])
    error_message = "staff names people as user:anna@example.org, group:helpdesk@example.org or domain:example.org, and never everybody."
  }
}

variable "event_hosts" {
  description = "Names of Econobis at which events come in, with the cooperation of each: { \"zonnigdorp-link.econobis.nl\" = \"zonnig-dorp\" }. Empty: no load balancer. Not empty: about 17 euros a month for all names together."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for host in keys(var.event_hosts) : can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", host))])
    error_message = "event_hosts has the whole name of a host in small letters, without https:// and without a path, such as zonnigdorp-link.econobis.nl."
  }
  validation {
    # As a cooperation is called in the settings (shared/config.py).
    condition     = alltrue([for cooperation in values(var.event_hosts) : can(regex("^[a-z0-9][a-z0-9-]{0,40}$", cooperation))])
    error_message = "event_hosts gives each host the name of a cooperation in the settings, such as zonnig-dorp."
  }
  validation {
    condition     = length(var.event_hosts) <= 15
    error_message = "Google takes 15 certificates in front of one load balancer, so event_hosts has 15 names at most."
  }
}

variable "functions_table" {
  description = "The table of functions, from this folder. Another one only in tests."
  type        = string
  default     = "../functions.yaml"
}
