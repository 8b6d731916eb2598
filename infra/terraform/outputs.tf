# What the commands of infra/deploy and a reader need afterwards.

output "addresses" {
  description = "The address of each function that is called from outside."
  value       = { for name in keys(merge(local.public, local.pages)) : name => local.address[name] }
}

output "source_object" {
  description = "The zip that runs now. Give it to a later rollback as source_object."
  value       = local.source_object
}

output "settings_version" {
  description = "The version of the settings that the functions read."
  value       = var.settings_version
}

output "caller" {
  description = "The account with which the queue and the schedules call functions."
  value       = local.caller
}

output "environment" {
  description = "The variables of every function, for infra.operate on your own machine."
  value       = local.environment
}

output "event_hosts" {
  description = "For each name of event_hosts its cooperation, and the address of the DNS A record to ask the makers of Econobis for. The certificate becomes active after that record is there."
  value = {
    for host, cooperation in var.event_hosts : host => {
      cooperation = cooperation
      address     = google_compute_global_address.events[0].address
    }
  }
}
