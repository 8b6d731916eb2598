"""The way of every change: plan, question, apply, smoke test, and a record of the release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.deploy import releases, smoke_test
from infra.deploy.refused import Refused
from infra.deploy.releases import Release
from infra.deploy.start import Deployment
from infra.deploy.terraform import ApplyFailed
from infra.deploy.wanted import Wanted
from infra.printed import say
from shared.tasks.queue import QueueAddress


class NotWorking(Exception):
    """It was applied, in part or wholly, and does not work. The text says what was seen, a line each."""


def roll_out(deployment: Deployment, wanted: Wanted, question: str = "Carry out this plan?") -> None:
    """Plans, asks, applies, tests and writes down.

    Raises Refused when nothing was changed, and NotWorking when something was.
    """
    changes = deployment.terraform.plan(wanted.variables(deployment.project.id))
    if changes and isinstance(wanted.source, str):
        say("Does the plan destroy google_storage_bucket_object.source? The zip with the code stays in the bucket.")
    if changes and not deployment.questions.agree(question):
        raise Refused("The plan was not carried out. No function was changed.")
    apply_and_test(deployment, wanted, changes=changes)


def apply_and_test(deployment: Deployment, wanted: Wanted, *, changes: bool) -> None:
    """The second half of `roll_out`, for a plan that was agreed on. Raises Refused and NotWorking as it does."""
    last = next(releases.newest_first(deployment.project), None)
    release = _numbered(wanted, last)
    is_known = last is not None and last.content == release.content
    if changes:
        if last and not is_known:  # Before the first release there is no bucket to write into.
            releases.write_down(deployment.project, release)
        _apply(deployment)
    else:
        say("Nothing has to be changed.")
    if problems := smoke_test.run(address_of(deployment), deployment.wait, deployment.project.staff_sign_in):
        raise NotWorking("\n".join(problems))
    say("Every function answers as it should.")
    if not (last and last.works and is_known):
        releases.write_down(deployment.project, release.model_copy(update={"works": True}))
        say(f"This is {release}.")


def address_of(deployment: Deployment) -> str:
    """The address of the functions, with {function} in the place of a name. Raises Refused."""
    environment = deployment.terraform.output("environment")
    if not environment:
        raise Refused(f"Nothing is deployed to {deployment.project.id} yet.")
    return QueueAddress.parse(environment["LINK_TASKS"]).url


def event_hosts_of(deployment: Deployment) -> Mapping[str, Any]:
    """For each name at which events come in its `cooperation` and its `address`. Raises Refused."""
    hosts: Mapping[str, Any] = deployment.terraform.output("event_hosts") or {}
    return hosts


def _apply(deployment: Deployment) -> None:
    try:
        deployment.terraform.apply()
    except ApplyFailed:
        raise NotWorking("Terraform stopped halfway; the reason stands above.") from None


def _numbered(wanted: Wanted, last: Release | None) -> Release:
    """The record of `wanted`. A second try of the same keeps the number of the first."""
    if last is None:
        return wanted.release(1)
    again = wanted.release(last.number)
    return again if again.content == last.content else wanted.release(last.number + 1)


def lines_of(problem: NotWorking) -> str:
    """What was seen, a line each, to stand under a sentence."""
    return "\n".join(f"  {line}" for line in str(problem).splitlines())
