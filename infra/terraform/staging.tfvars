# The installation to try things on, in a project of its own, with the settings in cooperations.staging.yaml. `make deploy`
# adds project, source_zip and the secrets.
environment = "staging"
region      = "europe-west4"

# Your own address. Terraform refuses this one.
alert_email = "beheer@example.org"

# A budget needs the right to see the billing account: 012345-6789AB-CDEF01.
billing_account = null
monthly_budget  = 20

min_instances = 0

# How staff sign in to their pages, and who comes in: see production.tfvars.
staff_sign_in = "iap"
staff         = []

# Names at which Hoomdossier's events come in: see production.tfvars.
event_hosts = {}
