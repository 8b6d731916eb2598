# The installation that residents use. `make deploy` adds project, source_zip and the secrets.
environment = "production"
region      = "europe-west4"

# The address of people who read it every day. Terraform refuses this one.
alert_email = "beheer@example.org"

# A budget needs the right to see the billing account: 012345-6789AB-CDEF01.
billing_account = null
monthly_budget  = 50

# 1: an employee or a resident who comes first after a quiet time waits no seconds. About 10 euros a month for each of
# the four functions that are called from outside.
min_instances = 0

# How staff sign in to their pages: iap is Google's sign-in, and `staff` says who comes in. Or Microsoft 365 or another
# service: see docs/deploy.md, "Who may sign in". Their roles stand under `staff` in the settings.
staff_sign_in = "iap"
staff         = []

# Names at which Hoomdossier's events come in, with the cooperation of each: { "zonnigdorp-link.econobis.nl" = "zonnig-dorp" }.
# First read "Three roads for what coaches enter" in the README. About 17 euros a month for all names together.
event_hosts = {}
