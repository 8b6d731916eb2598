"""When a task is tried again, compared with the examples in Google's documentation."""

from __future__ import annotations

import pytest
from google.cloud import tasks_v2

from infra.standins.cloud_tasks.messages import SECOND
from infra.standins.cloud_tasks.rules import backoff, complete_retry_config, is_exhausted

RetryConfig = tasks_v2.RetryConfig.pb()


def config(**fields: float):
    made = RetryConfig()
    for name, value in fields.items():
        if name in ("max_attempts", "max_doublings"):
            setattr(made, name, value)
        else:
            getattr(made, name).FromMicroseconds(round(value * SECOND))
    return made


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        # The example in the documentation of max_doublings.
        ({"min_backoff": 10, "max_backoff": 300, "max_doublings": 3}, [10, 20, 40, 80, 160, 240, 300, 300]),
        ({"min_backoff": 1, "max_backoff": 100, "max_doublings": 0}, [1, 2, 3, 4, 5]),
        ({"min_backoff": 0.1, "max_backoff": 3600, "max_doublings": 16}, [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]),
        ({"min_backoff": 5, "max_backoff": 5, "max_doublings": 16}, [5, 5, 5]),
        ({"min_backoff": 0, "max_backoff": 0, "max_doublings": 5}, [0, 0, 0]),
    ],
)
def test_the_interval_doubles_then_grows_linearly_then_stays_at_the_maximum(settings, seconds):
    retries = config(**settings)
    assert [backoff(retries, attempt) / SECOND for attempt in range(1, len(seconds) + 1)] == seconds


def test_the_interval_stays_at_the_maximum_however_many_attempts_there_were():
    retries = config(min_backoff=0.000001, max_backoff=3600, max_doublings=2**31 - 1)
    assert backoff(retries, 1_000_000) == 3600 * SECOND


@pytest.mark.parametrize(
    ("max_attempts", "max_retry_duration", "attempts", "seconds", "gone"),
    [
        (3, 0, 2, 999, False),
        (3, 0, 3, 0, True),  # no duration is set, so the attempts decide
        (-1, 10, 999, 9, False),
        (-1, 10, 1, 10, True),  # attempts are unlimited, so the duration decides
        (3, 10, 3, 9, False),  # both are set, and both have to be reached
        (3, 10, 2, 11, False),
        (3, 10, 3, 10, True),
        (-1, 0, 10**6, 10**6, False),  # neither is set, so only the age of the task ends it
    ],
)
def test_a_task_is_given_up_when_every_limit_that_is_set_is_reached(
    max_attempts, max_retry_duration, attempts, seconds, gone
):
    retries = config(max_attempts=max_attempts, max_retry_duration=max_retry_duration)
    assert is_exhausted(retries, attempts, first_attempt=5, now=5 + seconds * SECOND) is gone


def test_a_retry_duration_is_cut_to_whole_seconds():
    retries = config(max_retry_duration=2.9)
    complete_retry_config(retries)
    assert retries.max_retry_duration.ToMicroseconds() == 2 * SECOND
