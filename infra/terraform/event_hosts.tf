# Names of Econobis for events, such as zonnigdorp-link.econobis.nl: Hoomdossier sends its events to *.econobis.nl and to
# nothing else. A load balancer in front of receive-event, and of nothing else, takes them. Without event_hosts nothing of
# this is made, and nothing is paid.

locals {
  event_front = length(var.event_hosts) == 0 ? 0 : 1
  # Hoomdossier sends to /api/{key}/hoomdossier/{kind}; our function has the cooperation in the place of api.
  events_come_to = "/api/"
}

# For the DNS record. Who gives it up also has the record deleted: somebody else may get the address after us.
resource "google_compute_global_address" "events" {
  count       = local.event_front
  name        = "dossierlink-events"
  description = "dossierlink: the makers of Econobis point the names of event_hosts at it"
  depends_on  = [google_project_service.needed]
}

# A certificate for each name, so that a name without its DNS record, or another one later, holds up none of the others.
# It becomes active up to an hour after the record is there, and not before.
resource "google_compute_managed_ssl_certificate" "events" {
  for_each = toset(keys(var.event_hosts))
  name     = "dossierlink-${substr(sha256(each.key), 0, 12)}"
  managed {
    domains = [each.key]
  }
  # The proxy lets go of it first: Google deletes no certificate that is in use.
  lifecycle {
    create_before_destroy = true
  }
  depends_on = [google_project_service.needed]
}

# A function of the second generation is a service of Cloud Run. Google allows no time-out here; the function has its own.
resource "google_compute_region_network_endpoint_group" "events" {
  count                 = local.event_front
  name                  = "dossierlink-events"
  region                = var.region
  network_endpoint_type = "SERVERLESS"
  cloud_run {
    service = google_cloudfunctions2_function.function["receive-event"].name
  }
  depends_on = [google_project_service.needed]
}

resource "google_compute_backend_service" "events" {
  count                 = local.event_front
  name                  = "dossierlink-events"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  backend {
    group = google_compute_region_network_endpoint_group.events[0].id
  }
  # Every address holds Hoomdossier's key.
  log_config {
    enable = false
  }
}

# What is not under /api/ comes to the function as it is, which refuses it.
resource "google_compute_url_map" "events" {
  count           = local.event_front
  name            = "dossierlink-events"
  default_service = google_compute_backend_service.events[0].id

  dynamic "host_rule" {
    for_each = var.event_hosts
    content {
      hosts        = [host_rule.key]
      path_matcher = "link-${host_rule.value}-events"
    }
  }

  dynamic "path_matcher" {
    for_each = toset(values(var.event_hosts))
    content {
      name            = "link-${path_matcher.value}-events"
      default_service = google_compute_backend_service.events[0].id
      route_rules {
        priority = 1
        service  = google_compute_backend_service.events[0].id
        match_rules {
          prefix_match = local.events_come_to
        }
        route_action {
          url_rewrite {
            path_prefix_rewrite = "/${path_matcher.value}/"
          }
        }
      }
    }
  }

  # Google tries these itself, and refuses a map that leads elsewhere.
  dynamic "test" {
    for_each = var.event_hosts
    content {
      host                = test.key
      path                = "${local.events_come_to}key/hoomdossier/afspraak"
      service             = google_compute_backend_service.events[0].id
      expected_output_url = "https://${test.key}/${test.value}/key/hoomdossier/afspraak"
    }
  }
}

resource "google_compute_ssl_policy" "events" {
  count           = local.event_front
  name            = "dossierlink-events"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
  depends_on      = [google_project_service.needed]
}

resource "google_compute_target_https_proxy" "events" {
  count            = local.event_front
  name             = "dossierlink-events"
  url_map          = google_compute_url_map.events[0].id
  ssl_policy       = google_compute_ssl_policy.events[0].id
  ssl_certificates = [for it in google_compute_managed_ssl_certificate.events : it.id]
}

# Port 443 only: nothing listens to plain http. This rule is what costs money, once for all names.
resource "google_compute_global_forwarding_rule" "events" {
  count                 = local.event_front
  name                  = "dossierlink-events"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.events[0].id
  ip_protocol           = "TCP"
  port_range            = "443"
  target                = google_compute_target_https_proxy.events[0].id
}
