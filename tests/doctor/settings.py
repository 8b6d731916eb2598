"""Settings without a fault, for tests that put one in."""

from __future__ import annotations

from pathlib import Path

from infra.doctor.settings_file import Settings, load

GOOD = """\
cooperations:
  zonnig-dorp:
    name: Zonnig Dorp
    econobis:
      url: https://zonnig-dorp.econobis.nl
      webform_key: env:FORM
      event_key: env:EVENT
    hoomdossier:
      url: https://zonnig-dorp.hoomdossier.nl/api/v1
      token: env:TOKEN
    callers:
      econobis: [env:ECONOBIS]
      hoomdossier: [env:HOOMDOSSIER]
    campaigns:
      12: {name: Isolatie}
    coaches:
      - {contact_id: 345, name: Karim, email: karim@zonnig-dorp.nl}
    staff:
      - {email: anna@zonnig-dorp.nl, role: manage}
    forms:
      aanmelden:
        campaign: 12
        measures: [3]
        coach: 345
        thank_you_page: https://www.zonnig-dorp.nl/bedankt
        error_page: https://www.zonnig-dorp.nl/fout
        origins: [https://www.zonnig-dorp.nl]
        page: {privacy_page: https://www.zonnig-dorp.nl/privacy}
    mail:
      name: Zonnig Dorp
      sender_address: dossier@zonnig-dorp.nl
      helpdesk_email: hulp@zonnig-dorp.nl
      dossier_url: https://zonnig-dorp.hoomdossier.nl
"""


def settings(folder: Path, text: str = GOOD) -> Settings:
    path = folder / "cooperations.yaml"
    path.write_text(text, encoding="utf-8")
    loaded = load(path)
    assert isinstance(loaded, Settings), loaded
    return loaded
