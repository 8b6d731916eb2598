"""What programs read of a campaign: rows for Power BI and spreadsheets, and visits for calendars."""
