# Six charts for one glance: is it used, is it quick, does it fail, does work wait, is anything stuck?

locals {
  run = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com"
  log = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user"

  charts = [
    {
      title   = "Requests"
      filter  = "${local.run}/request_count\""
      aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["resource.labels.service_name"]
    },
    {
      title   = "Answers 5xx"
      filter  = "${local.run}/request_count\" AND metric.labels.response_code_class=\"5xx\""
      aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["resource.labels.service_name"]
    },
    {
      title   = "Time of an answer (95 of 100)"
      filter  = "${local.run}/request_latencies\""
      aligner = "ALIGN_PERCENTILE_95", reducer = "REDUCE_MAX", by = ["resource.labels.service_name"]
    },
    {
      title   = "Tasks in the queue"
      filter  = "resource.type=\"cloud_tasks_queue\" AND metric.type=\"cloudtasks.googleapis.com/queue/depth\""
      aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", by = []
    },
    {
      title   = "Oldest undelivered work (seconds)"
      filter  = "${local.log}/${google_logging_metric.oldest_undelivered.name}\""
      aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", by = []
    },
    {
      title   = "New dead letters"
      filter  = "${local.log}/${google_logging_metric.dead_letters.name}\""
      aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = []
    },
  ]
}

resource "google_monitoring_dashboard" "overview" {
  dashboard_json = jsonencode({
    displayName = "dossierlink ${var.environment}"
    mosaicLayout = {
      columns = 12
      tiles = [
        for at, chart in local.charts : {
          xPos   = (at % 2) * 6
          yPos   = floor(at / 2) * 4
          width  = 6
          height = 4
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [{
                plotType = "LINE"
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter = chart.filter
                    aggregation = {
                      alignmentPeriod    = "300s"
                      perSeriesAligner   = chart.aligner
                      crossSeriesReducer = chart.reducer
                      groupByFields      = chart.by
                    }
                  }
                }
              }]
            }
          }
        }
      ]
    }
  })
  depends_on = [google_project_service.needed]
}
