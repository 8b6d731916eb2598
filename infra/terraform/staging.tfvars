# The installation to try things on, in a project of its own and with settings of its own (SETTINGS=…). `make deploy` adds
# project, source_zip and the secrets.
environment = "staging"
region      = "europe-west4"

# Your own address. Terraform refuses this one.
alert_email = "beheer@example.org"

# A budget needs the right to see the billing account: 012345-6789AB-CDEF01.
billing_account = null
monthly_budget  = 20

min_instances = 0
