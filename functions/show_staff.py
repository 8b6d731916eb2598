"""The pages for staff: what needs them now, the campaigns, the residents, trouble, and the settings.

`GET` shows a page, `POST` changes something. `staff/routes.py` lists the addresses, with the role that each needs and
the page's module in `staff/pages/`. What a page shows is worked out in `shared/staff/`.
"""

from __future__ import annotations

from flask import Request, Response

from functions._http import UnknownAddress, endpoint
from functions.staff.errors import refuse
from functions.staff.form import LARGEST_UPLOAD
from functions.staff.routes import Route, admit
from functions.staff.sign_in import NotSignedIn, remember
from functions.staff.visit import Visit


@endpoint(
    admit, limit=LARGEST_UPLOAD, methods=("GET", "HEAD", "POST"), refuse=refuse, quiet=(UnknownAddress, NotSignedIn)
)
def show_staff(request: Request, visit: Visit, route: Route) -> Response:
    """The page, or 303 to the page that shows what was changed. An error is a page too."""
    return remember(request, visit.person, route.run(visit))
