"""Dates as Econobis reads them. Call `carbon.parse`: `formats` and `parts` are PHP's date language below it.

Recorded in `tests/fixtures/vectors/rules/econobis_appointment_date.csv`.
"""
