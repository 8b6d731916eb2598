# What mails alert_email. README.md, "Operate", says what to do about each line of the log.

locals {
  # What an alert says last: where staff see more.
  staff_pages = join("", [for name in keys(local.pages) : " Staff see it on their pages: ${local.address[name]}/"])
  late_hours  = 4 # Econobis or Hoomdossier is down for so long before somebody hears of it. Work waits a week.

  # Each at most one mail an hour, and one that is quiet for a day is closed.
  log_alerts = {
    "dead letter" = {
      filter = "${local.our_services} AND jsonPayload.message=\"needs a person\""
      text   = "Something was not delivered, and only a person can go on with it. It stands under Storingen, with what to do.${local.staff_pages} Or on a command line: `.venv/bin/python -m infra.operate --project ${var.project} dead-letters list`."
    }
    "error in the log" = {
      filter = "${local.our_services} AND severity>=ERROR AND NOT jsonPayload.message=\"needs a person\" AND NOT log_id(\"run.googleapis.com/requests\")"
      text   = "The README, under Operate, says for each line what to do."
    }
    "old work" = {
      filter = "${local.our_services} AND jsonPayload.message=\"oldest undelivered\" AND jsonPayload.seconds>${local.late_hours * 3600}"
      text   = "Work waits for more than ${local.late_hours} hours. Is Econobis or Hoomdossier down? The link goes on trying for a week.${local.staff_pages}"
    }
    "schedule failed" = {
      filter = "resource.type=\"cloud_scheduler_job\" AND resource.labels.job_id=(${join(" OR ", [for name in keys(google_cloud_scheduler_job.job) : "\"${name}\""])}) AND severity>=ERROR"
      text   = "Cloud Scheduler could not call a function. The next run does the work of this one too; look when it goes on."
    }
  }
}

resource "google_monitoring_notification_channel" "mail" {
  display_name = "dossierlink ${var.environment}"
  type         = "email"
  labels       = { email_address = var.alert_email }
  depends_on   = [google_project_service.needed]
}

resource "google_monitoring_alert_policy" "log" {
  for_each     = local.log_alerts
  display_name = "dossierlink ${var.environment}: ${each.key}"
  combiner     = "OR"
  conditions {
    display_name = each.key
    condition_matched_log {
      filter = each.value.filter
    }
  }
  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }
  documentation {
    content   = each.value.text
    mime_type = "text/markdown"
  }
  notification_channels = [google_monitoring_notification_channel.mail.id]
}

resource "google_monitoring_alert_policy" "failing" {
  display_name = "dossierlink ${var.environment}: a function fails"
  combiner     = "OR"
  conditions {
    display_name = "more than five answers 5xx in five minutes"
    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"5xx\""
      comparison      = "COMPARISON_GT"
      threshold_value = 5
      duration        = "0s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.labels.service_name"]
      }
    }
  }
  alert_strategy {
    auto_close = "86400s"
  }
  documentation {
    content   = "A function answers 5xx. Callers get a 503 while Firestore or Cloud Tasks is away; then nothing is lost. Otherwise its log has a line `broken`."
    mime_type = "text/markdown"
  }
  notification_channels = [google_monitoring_notification_channel.mail.id]
}

# Fifteen minutes: none in five, for ten. So a new installation, where the first run comes within five, mails nobody. In
# PromQL, because a condition of absence says nothing about a metric that never had a value.
resource "google_monitoring_alert_policy" "sweep_silent" {
  display_name = "dossierlink ${var.environment}: sweep is silent"
  combiner     = "OR"
  conditions {
    display_name = "no run of sweep in fifteen minutes"
    condition_prometheus_query_language {
      query                     = "(sum(increase(logging_googleapis_com:user_${google_logging_metric.swept.name}{monitored_resource=\"cloud_run_revision\"}[5m])) or vector(0)) < 1"
      duration                  = "600s"
      evaluation_interval       = "60s"
      disable_metric_validation = true
    }
  }
  alert_strategy {
    auto_close = "86400s"
  }
  documentation {
    content   = "Without `sweep` a task that was lost is not made again. See the log of `sweep` and its job in Cloud Scheduler."
    mime_type = "text/markdown"
  }
  notification_channels = [google_monitoring_notification_channel.mail.id]
}

resource "google_billing_budget" "month" {
  count           = var.billing_account == null ? 0 : 1
  billing_account = var.billing_account
  display_name    = "dossierlink ${var.environment}"
  budget_filter {
    projects        = ["projects/${data.google_project.this.number}"]
    calendar_period = "MONTH"
  }
  amount {
    specified_amount {
      units = tostring(floor(var.monthly_budget))
    }
  }
  threshold_rules {
    threshold_percent = 0.5
  }
  threshold_rules {
    threshold_percent = 1
  }
  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }
  all_updates_rule {
    monitoring_notification_channels = [google_monitoring_notification_channel.mail.id]
  }
  depends_on = [google_project_service.needed]
}
