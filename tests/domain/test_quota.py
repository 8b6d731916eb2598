"""A quota fits so many at once, and as many again spread over the time after it."""

from __future__ import annotations

import pytest

from shared.domain.quota import Quota

NOW = 1_800_000_000.0


@pytest.mark.parametrize("quota", [Quota(1, 86400), Quota(3, 10), Quota(60, 3600), Quota(7, 86400), Quota(600, 3600)])
def test_exactly_so_many_fit_at_once(quota: Quota) -> None:
    used = 0.0
    for _ in range(quota.most):
        assert quota.wait(used, NOW) == 0
        used = quota.use(used, NOW)
    assert quota.wait(used, NOW) == pytest.approx(quota.seconds / quota.most)


def test_one_more_fits_each_time_that_its_part_of_the_time_has_passed() -> None:
    quota = Quota(60, 3600)
    used = quota.use(0.0, NOW, 60)
    assert quota.wait(used, NOW + 59) == pytest.approx(1)
    assert quota.wait(used, NOW + 60) == 0
    assert quota.wait(quota.use(used, NOW + 60), NOW + 60) == pytest.approx(60)


def test_what_was_not_used_is_not_saved_up() -> None:
    quota = Quota(5, 100)
    used = quota.use(quota.use(0.0, NOW - 1000), NOW, 5)
    assert quota.wait(used, NOW) == pytest.approx(20)


def test_what_was_used_too_much_is_waited_for() -> None:
    quota = Quota(5, 100)
    assert quota.over(quota.use(0.0, NOW, 5), NOW) == 0
    assert quota.over(quota.use(0.0, NOW, 7), NOW) == pytest.approx(40)
