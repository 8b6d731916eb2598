"""A stand-in for Econobis: the web form, the seven endpoints for Hoomdossier, and the screens of an employee.

`app.py` has the routes. Below it stand the callers' sides: `webform/`, `events/` (what Hoomdossier sends), `screens/`
and `hoomdossier_calls/` (what Econobis sends to Hoomdossier). What they store: `contacts.py`, `opportunities.py`,
`quotation_requests.py`. The language and the database of the real Econobis: `php.py`, `php_json.py`, `mysql.py`,
`mysql_columns.py`, `dates/`. How to use the stand-in: `infra/standins/README.md`.
"""
