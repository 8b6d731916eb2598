"""What a deployment costs per month at Google Cloud, from the counts of `benchmarks.journey` and published prices.

Run `python -m benchmarks.costs`. The estimate is on the high side: no two requests share the time of an instance, and
Firestore is counted at its price in several regions.
"""

# ruff: noqa: T201 (printing is its purpose)
from __future__ import annotations

from collections import Counter
from contextlib import redirect_stdout
from io import StringIO

from benchmarks import journey

RESIDENTS = (0, 1_000, 10_000)
DAYS = 30
EURO = 0.92  # for a dollar; Google's own rate is on the bill

# What we assume: each resident makes the whole journey in this month, and Hoomdossier sends the usage of each home
# every night, unchanged.
SWEEPS, PULLS = DAYS * 24 * 12, DAYS * 24 * 4
SAME_EVENT = Counter(requests=1, reads=1, writes=1)  # the row "the same appointment again" of benchmarks.journey
SECONDS_OF_A_REQUEST, SECONDS_OF_A_PEER = 0.2, 2.0
COLD_STARTS, SECONDS_OF_A_START = 20_000, 1.0
KIB_OF_A_RESIDENT, KIB_OF_A_LOG_LINE, LOG_LINES_OF_A_REQUEST = 30, 1.5, 2  # with the request log of Cloud Run
SECRETS, READS_OF_SECRETS_OF_A_START = 10, 3
ALERT_CONDITIONS = 6

# Dollars beyond the free part of a month. Prices of November 2026: cloud.google.com/{run,firestore,tasks,scheduler,
# secret-manager,stackdriver,artifact-registry}/pricing. Cloud Run: region of tier 1, billed per request.
PRICES = {
    "Cloud Run: CPU (s)": (0.000024, 180_000),
    "Cloud Run: memory (GiB s)": (0.0000025, 360_000),
    "Cloud Run: requests": (0.40 / 1e6, 2_000_000),
    "Firestore: reads": (0.06 / 1e5, 50_000 * DAYS),
    "Firestore: writes": (0.18 / 1e5, 20_000 * DAYS),
    "Firestore: stored, with 7 days of changes (GiB)": (0.18, 1),
    "Cloud Tasks: operations": (0.40 / 1e6, 1_000_000),
    "Cloud Scheduler: jobs": (0.10, 3),
    "Secret Manager: versions": (0.06, 6),
    "Secret Manager: reads": (0.03 / 1e4, 10_000),
    "Cloud Logging (GiB)": (0.50, 50),
    "Alerts: conditions": (0.10, 0),
    "Images and source (GiB)": (0.10, 0.5),
}

EVENT_HOSTS = 0.025 * 24 * DAYS
"""Dollars for the load balancer of `event_hosts`: the first global forwarding rule, whatever goes through it. Each GiB
is 0.008 more (cloud.google.com/load-balancing/pricing).
"""


def main() -> None:
    """Prints the use and the cost for each number of residents."""
    with redirect_stdout(StringIO()):
        of_journey, of_sweep = journey.main()
    uses = [_use(residents, of_journey, of_sweep) for residents in RESIDENTS]
    print(f"{'residents in a month':<50}" + "".join(f"{residents:>18,}" for residents in RESIDENTS))
    for what, (price, free) in PRICES.items():
        costs = [max(use[what] - free, 0) * price for use in uses]
        print(
            f"{what:<50}" + "".join(f"{use[what]:>10,.0f} ${cost:>6.2f}" for use, cost in zip(uses, costs, strict=True))
        )
    totals = [sum(max(use[what] - free, 0) * price for what, (price, free) in PRICES.items()) for use in uses]
    print(f"{'in all, euros without VAT':<50}" + "".join(f"{total * EURO:>18.2f}" for total in totals))
    print(f"{'more with event_hosts, euros':<50}" + f"{EVENT_HOSTS * EURO:>18.2f}" * len(RESIDENTS))


def _use(residents: int, of_journey: Counter[str], of_sweep: Counter[str]) -> dict[str, float]:
    counted = Counter(requests=SWEEPS + PULLS)
    for name in ("reads", "writes", "counts", "queries", "requests", "tasks", "peer calls"):
        counted[name] += residents * (of_journey[name] + DAYS * SAME_EVENT[name]) + SWEEPS * of_sweep[name]
    seconds = counted["requests"] * SECONDS_OF_A_REQUEST + counted["peer calls"] * SECONDS_OF_A_PEER
    seconds += COLD_STARTS * SECONDS_OF_A_START
    return {
        "Cloud Run: CPU (s)": seconds,
        "Cloud Run: memory (GiB s)": seconds * 0.6,  # run-task, show-staff and serve-feed have 1 GiB, the others half
        "Cloud Run: requests": counted["requests"],
        "Firestore: reads": counted["reads"] + counted["queries"],  # A query that finds nothing counts as one read.
        "Firestore: writes": counted["writes"] + counted["counts"],
        "Firestore: stored, with 7 days of changes (GiB)": residents * KIB_OF_A_RESIDENT * 2 / 2**20,
        "Cloud Tasks: operations": 2 * counted["tasks"],  # made, and sent
        "Cloud Scheduler: jobs": 2,
        "Secret Manager: versions": SECRETS,
        "Secret Manager: reads": COLD_STARTS * READS_OF_SECRETS_OF_A_START,
        "Cloud Logging (GiB)": counted["requests"] * LOG_LINES_OF_A_REQUEST * KIB_OF_A_LOG_LINE / 2**20,
        "Alerts: conditions": ALERT_CONDITIONS,
        "Images and source (GiB)": 2,
    }


if __name__ == "__main__":
    main()
