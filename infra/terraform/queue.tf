# The queue of all work. infra/local/run.py plays one with the same numbers; a test compares them.

resource "google_cloud_tasks_queue" "default" {
  name     = "default" # shared/tasks/queue.py
  location = var.queue_region

  rate_limits {
    max_dispatches_per_second = 100
    max_concurrent_dispatches = 20
  }

  # After the last attempt Cloud Tasks deletes a task. The work stays in the store, and `sweep` makes a new task.
  retry_config {
    max_attempts = 12
    min_backoff  = "1s"
    max_backoff  = "60s"
  }

  depends_on = [google_project_service.needed]
}
