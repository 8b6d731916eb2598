# terraform test: the choices that the variables make. The assertions on a whole plan are in tests/terraform.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  project          = "test-project"
  environment      = "staging"
  alert_email      = "anna@zonnig-dorp.example"
  settings_version = 3
  secrets          = { ZONNIG_WEBFORM = ["run-task", "send-email"] }
  source_object    = "source-of-last-week.zip"
}

run "usual" {
  command = plan

  assert {
    condition = toset(concat(
      keys(google_cloudfunctions2_function.function), keys(google_cloud_run_v2_service.page)
    )) == toset(keys(yamldecode(file("../functions.yaml"))))
    error_message = "every row of the table is a function or a page"
  }
  assert {
    condition     = length(google_billing_budget.month) == 0
    error_message = "no budget unless asked for"
  }
  assert {
    condition     = alltrue([for it in google_cloudfunctions2_function.function : it.service_config[0].min_instance_count == 0])
    error_message = "nothing stays warm unless asked for"
  }
  assert {
    condition = alltrue([
      for it in google_cloudfunctions2_function.function :
      it.service_config[0].secret_volumes[0].versions[0].version == "3"
    ])
    error_message = "every function reads the version of the settings that was asked for"
  }
}

run "rollback_uploads_nothing" {
  command = plan

  assert {
    condition     = length(google_storage_bucket_object.source) == 0
    error_message = "a rollback uploads nothing"
  }
  assert {
    condition = alltrue([
      for it in google_cloudfunctions2_function.function :
      it.build_config[0].source[0].storage_source[0].object == "source-of-last-week.zip"
    ])
    error_message = "a rollback builds from the zip that was asked for"
  }
}

run "a_new_version_is_named_after_its_content" {
  command = plan
  variables {
    source_object = null
    source_zip    = "versions.tf"
  }

  assert {
    condition     = google_storage_bucket_object.source[0].name == "source-${filesha256("versions.tf")}.zip"
    error_message = "the name of a zip carries its SHA-256"
  }
  assert {
    condition     = google_storage_bucket_object.source[0].deletion_policy == "ABANDON"
    error_message = "a zip stays in the bucket for a rollback"
  }
}

run "warm_and_with_a_budget" {
  command = plan
  variables {
    min_instances   = 1
    billing_account = "012345-6789AB-CDEF01"
  }

  assert {
    condition = [
      for name, it in google_cloudfunctions2_function.function : name if it.service_config[0].min_instance_count == 1
    ] == ["create-dossier", "link-coach", "receive-event", "receive-webform"]
    error_message = "only what is called from outside stays warm"
  }
  assert {
    condition     = google_billing_budget.month[0].amount[0].specified_amount[0].units == "50"
    error_message = "a budget of 50 a month"
  }
}

run "a_page_stands_behind_the_sign_in_of_google" {
  command = plan
  variables {
    functions_table = "tests/table_with_a_page.yaml"
    secrets         = { PAGE_KEY = ["staff-page"] }
    staff           = ["group:helpdesk@zonnig-dorp.example"]
  }

  assert {
    condition     = !contains(keys(google_cloudfunctions2_function.function), "staff-page") && length(google_cloudfunctions2_function.function) == 3
    error_message = "a page is a service, and no function"
  }
  assert {
    condition     = google_cloud_run_v2_service.page["staff-page"].iap_enabled
    error_message = "Google's sign-in is on"
  }
  assert {
    condition     = google_cloud_run_v2_service.page["staff-page"].build_config[0].function_target == "staff_page"
    error_message = "the page is built from the same source"
  }
  assert {
    condition     = google_cloud_run_v2_service_iam_member.page["staff-page"].member == "serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"
    error_message = "only Google's sign-in calls the page"
  }
  assert {
    condition     = keys(google_cloud_run_v2_service_iam_member.public) == ["receive-webform"]
    error_message = "the page is not public"
  }
  assert {
    condition     = [for it in google_iap_web_cloud_run_service_iam_member.staff : it.member] == ["group:helpdesk@zonnig-dorp.example"]
    error_message = "only staff may sign in"
  }
  assert {
    condition = {
      for it in google_cloud_run_v2_service.page["staff-page"].template[0].containers[0].env : it.name => it.value
      if it.name == "THREADS"
    } == { THREADS = tostring(google_cloud_run_v2_service.page["staff-page"].template[0].max_instance_request_concurrency) }
    error_message = "as many threads as requests at once"
  }
  assert {
    condition = {
      for it in google_cloud_run_v2_service.page["staff-page"].template[0].containers[0].env : it.name => it.value
      if it.name == "LINK_STAFF"
    } == { LINK_STAFF = "iap:///projects/123456789012/locations/europe-west4/services/staff-page" }
    error_message = "the page checks the header of this very sign-in"
  }
  assert {
    condition     = google_project_service.needed["iap.googleapis.com"].service == "iap.googleapis.com"
    error_message = "the sign-in needs its API"
  }
}

run "a_page_with_the_sign_in_of_microsoft" {
  command = plan
  variables {
    functions_table = "tests/table_with_a_page.yaml"
    secrets         = { LINK_STAFF_SECRET = ["staff-page"] }
    staff_sign_in   = "oidc://login.microsoftonline.com/2b1f0c9e-0000-4a4a-8b8b-123456789abc/v2.0?client_id=app"
    staff           = ["user:anna@zonnig-dorp.example"]
  }

  assert {
    condition     = !google_cloud_run_v2_service.page["staff-page"].iap_enabled
    error_message = "Google's sign-in is off"
  }
  assert {
    condition     = google_cloud_run_v2_service_iam_member.page["staff-page"].member == "allUsers"
    error_message = "a browser reaches the page that begins the sign-in"
  }
  assert {
    condition     = length(google_iap_web_cloud_run_service_iam_member.staff) == 0 && !contains(keys(google_project_service.needed), "iap.googleapis.com")
    error_message = "nothing of Google's sign-in is made"
  }
  assert {
    condition = {
      for it in google_cloud_run_v2_service.page["staff-page"].template[0].containers[0].env : it.name => it.value
      if it.name == "LINK_STAFF"
    } == { LINK_STAFF = var.staff_sign_in }
    error_message = "the page knows the service to sign in with"
  }
}

run "refuses_a_sign_in_that_lets_everybody_in" {
  command = plan
  variables {
    staff_sign_in = "local://"
  }
  expect_failures = [var.staff_sign_in]
}

run "refuses_everybody_as_staff" {
  command = plan
  variables {
    staff = ["allAuthenticatedUsers"]
  }
  expect_failures = [var.staff]
}

run "refuses_the_address_of_the_example" {
  command = plan
  variables {
    alert_email = "beheer@example.org"
  }
  expect_failures = [var.alert_email]
}

run "refuses_a_secret_for_a_function_that_does_not_exist" {
  command = plan
  variables {
    secrets = { ZONNIG_WEBFORM = ["run-tasks"] }
  }
  expect_failures = [var.secrets]
}

run "refuses_to_guess_which_code" {
  command = plan
  variables {
    source_object = null
  }
  expect_failures = [var.source_object]
}

run "refuses_an_environment_that_it_does_not_know" {
  command = plan
  variables {
    environment = "test"
  }
  expect_failures = [var.environment]
}

run "no_name_for_events_and_no_load_balancer" {
  command = plan

  assert {
    condition     = length(google_compute_global_address.events) + length(google_compute_global_forwarding_rule.events) == 0
    error_message = "nothing that costs money is made unless asked for"
  }
  assert {
    condition     = !contains(keys(google_project_service.needed), "compute.googleapis.com")
    error_message = "the API of load balancers stays off"
  }
  assert {
    condition     = output.event_hosts == {}
    error_message = "there is no name to ask for"
  }
}

run "a_name_for_events" {
  command = plan
  variables {
    event_hosts = { "zonnigdorp-link.econobis.nl" = "zonnig-dorp" }
  }

  assert {
    condition     = google_compute_url_map.events[0].path_matcher[0].route_rules[0].route_action[0].url_rewrite[0].path_prefix_rewrite == "/zonnig-dorp/"
    error_message = "the cooperation comes in the place of api"
  }
  assert {
    condition     = google_compute_region_network_endpoint_group.events[0].cloud_run[0].service == "receive-event"
    error_message = "the name leads to the function for events"
  }
  assert {
    condition     = google_cloudfunctions2_function.function["receive-event"].service_config[0].environment_variables.LINK_PROXIES == "1"
    error_message = "the function for events does not use the address of a visitor, and the others have no load balancer in front"
  }
}

run "refuses_an_address_for_a_name" {
  command = plan
  variables {
    event_hosts = { "https://zonnigdorp-link.econobis.nl/api" = "zonnig-dorp" }
  }
  expect_failures = [var.event_hosts]
}

run "refuses_capitals_in_a_name" {
  command = plan
  variables {
    event_hosts = { "Zonnigdorp-Link.econobis.nl" = "zonnig-dorp" }
  }
  expect_failures = [var.event_hosts]
}

run "refuses_a_number_for_a_name" {
  command = plan
  variables {
    event_hosts = { "203.0.113.7" = "zonnig-dorp" }
  }
  expect_failures = [var.event_hosts]
}

run "refuses_every_name_at_once" {
  command = plan
  variables {
    event_hosts = { "*.econobis.nl" = "zonnig-dorp" }
  }
  expect_failures = [var.event_hosts]
}

run "refuses_a_path_for_a_cooperation" {
  command = plan
  variables {
    event_hosts = { "zonnigdorp-link.econobis.nl" = "zonnig-dorp/../meer" }
  }
  expect_failures = [var.event_hosts]
}
