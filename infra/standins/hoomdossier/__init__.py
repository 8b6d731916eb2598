"""A stand-in of Hoomdossier with the rules, answers and oddities that our calls can meet (docs/peers/hoomdossier.md).

app.py, caller.py       the API v1: routes, errors, throttle, tokens
register*.py            POST /register: validation, then what it stores
coach_link.py           POST /building-coach-status
appointments.py         the feed of appointments that we propose
pushes.py, payloads.py, econobis_client.py   what it sends to Econobis, when, and how
pages.py, actions.py, report.py              the screens of coach and resident
coordinator_pages.py, coach_table.py, reports.py, total_report.py   what a coordinator or coach can take out by hand
dossier.py, reference.py, seed.py, recorded.py   the tables, and how they are filled
validation.py, rules.py, email_address.py, php.py, mysql.py   rules of Laravel, PHP and MySQL
"""
