"""Settings are read, or they stop the start with file, line and reason. No secret is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from shared.caller_key import digest_of
from shared.config import Config, Cooperation, WrongConfig, from_environment, google_project, read, read_event_hosts

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "infra/cooperations.example.yaml"
SECRETS = {
    "FORM": "form-4f1c9a72be03d58",
    "EVENT": "event-90d3b7e1c6a2f458",
    "TOKEN": "7|token-55ae01c98d2bf376",
    "ECONOBIS": "econobis-e07b4d19c2a6f853",
    "ECONOBIS_NEW": "econobis-new-1b9f6d30a7c25e84",
    "HOOMDOSSIER": "hoomdossier-c83e2f5a9b1d7064",
}
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
GOOD = """\
cooperations:
  zonnig-dorp:
    name: Zonnig Dorp
    econobis:
      url: https://zonnig.econobis.example
      webform_key: env:FORM
      event_key: env:EVENT
    hoomdossier:
      url: https://zonnig.hoomdossier.example/api/v1/
      token: env:TOKEN
    callers:
      econobis: [env:ECONOBIS, env:ECONOBIS_NEW]
      hoomdossier: [env:HOOMDOSSIER]
    campaigns:
      12: {name: Isolatie}
    coaches:
      - {contact_id: 345, name: Karim, email: karim@zonnig.example}
    forms:
      aanmelden:
        campaign: 12
        measures: [3]
        coach: 345
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cooperations.yaml"


def load(file: Path, text: str, secrets: Mapping[str, str] = SECRETS) -> Cooperation:
    file.write_text(text, encoding="utf-8")
    return read(file, secrets).cooperations["zonnig-dorp"]


def refusal(file: Path, text: str, secrets: Mapping[str, str] = SECRETS) -> str:
    with pytest.raises(WrongConfig) as refused:
        load(file, text, secrets)
    return str(refused.value)


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_settings_are_read(file: Path) -> None:
    cooperation = load(file, GOOD)
    assert cooperation.econobis.url == "https://zonnig.econobis.example"
    assert cooperation.econobis.webform_key.value == SECRETS["FORM"]
    assert cooperation.econobis.key_for_events.value == SECRETS["EVENT"]
    assert cooperation.hoomdossier.url == "https://zonnig.hoomdossier.example/api/v1"
    assert cooperation.hoomdossier.host == "hoomdossier.example"
    assert [key.value for key in cooperation.callers.econobis] == [SECRETS["ECONOBIS"], SECRETS["ECONOBIS_NEW"]]
    assert cooperation.coach(345).name == "Karim"
    assert cooperation.coach(346) is None
    assert cooperation.mail is None


@pytest.mark.parametrize(
    ("old", "new", "at", "reason"),
    [
        # Where a secret belongs
        ("env:TOKEN", "7|token-55ae01c98d2bf376", "token", "hoomdossier.token: a secret is given as env:NAME"),
        ("env:TOKEN", "env:7|token-55ae01c98d2bf376", "token", "hoomdossier.token: a secret is given as env:NAME"),
        ("env:TOKEN", "env:ABSENT", "token", "hoomdossier.token: the environment variable ABSENT is not set"),
        ("env:TOKEN", "12345678", "token", "hoomdossier.token: a secret is given as env:NAME"),
        ("      token: env:TOKEN\n", "", "hoomdossier:", "hoomdossier.token: is missing"),
        ("[env:HOOMDOSSIER]", "[]", "hoomdossier: []", "at least 1 item"),
        ("env:ECONOBIS_NEW]", "env:ECONOBIS_NEW, env:FORM]", "econobis: [", "at most 2 items"),
        # Addresses
        ("https://zonnig.econobis", "http://zonnig.econobis", "url: http:", "econobis.url: an address starts with https"),
        ("https://zonnig.econobis", "ftp://localhost", "url: ftp:", "econobis.url: an address starts with https"),
        ("https://zonnig.econobis", "https://me:form-4f1c9a72be03d58@x", "url: https://me", "no user or password"),
        ("econobis.example", "econobis.example/api", "url: https", "econobis.url: the address of Econobis goes without"),
        ("econobis.example", "econobis.example:http", "url: https", "econobis.url: Port could not be cast"),
        ("/api/v1/", "", "hoomdossier.example", "hoomdossier.url: the address of Hoomdossier ends in /api/v1"),
        ("coach: 345", "thank_you_page: https:///x", "thank_you", "thank_you_page: an address starts with https"),
        ("coach: 345", 'error_page: "https://x.example/a b"', "error_page", "error_page: no space stands in an address"),
        # Names and kinds
        ("webform_key:", "webform_kye:", "webform_kye", "econobis.webform_kye: is not a setting"),
        ("cooperations:", "cooperatie:", "cooperatie", "cooperatie: is not a setting"),
        ("  zonnig-dorp:", "  Zonnig Dorp:", "Zonnig Dorp:", "should match pattern"),
        ("      aanmelden:", "      ../x:", "../x", "should match pattern"),
        ("name: Zonnig Dorp", "name: yes", "name: yes", "name: is text: put it between quotes"),
        ("name: Zonnig Dorp", 'name: ""', 'name: ""', "name: String should have at least 1 character"),
        ("name: Zonnig Dorp", "country: DE\n    name: Z", "country", "country: Input should be 'NL' or 'BE'"),
        ("env:EVENT", "env:EVENT\n      calls_per_minute: 61", "calls_per", "less than or equal to 60"),
        ("coach: 345", "coach: yes", "coach: yes", "coach: is a whole number in plain digits"),
        ("measures: [3]", "measures: [3, 0]", "measures", "measures.1: Input should be greater than 0"),
        ("karim@zonnig.example", "karim", "contact_id", "coaches.0.email: value is not a valid email"),
        ("{name: Isolatie}", "Isolatie", "12:", "campaigns.12: settings stand under this name"),
        ("    name: Zonnig Dorp", "    name: Z\n    events: {measure_ids: {12: x}}", "events", "put it between quotes"),
        ("    name: Zonnig Dorp", "    name: Z\n    events: {measure_ids: {x y: x}}", "events", "should match pattern"),
        ("    name: Zonnig Dorp", "    name: Z\n    mail: {name: Z}", "mail", "mail.dossier_url: is missing"),
        # What fits together
        ("coach: 345", "coach: 346", "aanmelden", "form aanmelden: coach 346 is not in coaches"),
        ("campaign: 12", "campaign: 13", "aanmelden", "form aanmelden: campaign 13 is not in campaigns"),
        ("measures: [3]", "measures: []", "aanmelden", "form aanmelden: Econobis makes a visit only under a measure"),
        ("coach: 345", "fields: [kans_code]", "aanmelden", "kans_code never comes from a form: staff's own"),
        ("coach: 345", "required: [voornam]", "aanmelden", "voornam is not a field of Econobis' web form"),
        ("coach: 345", "mapping: {a: contact_nummer}", "aanmelden", "contact_nummer never comes from a form"),
        ("coach: 345", "mapping: {a: voornaam, b: voornaam}", "aanmelden", "two fields of the form the same name"),
        ("coach: 345", "confirm_email: true", "aanmelden", "form aanmelden: confirm_email needs mail"),
        ("coach: 345", "honeypot: emailadres", "aanmelden", "honeypot emailadres is a field that people fill in"),
        ("coach: 345", "mapping: {website: voornaam}\n        honeypot: website", "aanmelden", "honeypot website is a field"),
        ("coach: 345", "labels: {input_9: Bouwjaar}", "aanmelden", "labels: input_9 is neither in mapping nor a field"),
        ("coach: 345", "labels: {voornaam: ''}", "labels", "labels.voornaam: String should have at least 1 character"),
        ("coach: 345", "consent: [Gelezen, Nee.]", "aanmelden", "consent: Nee. is what a form sends for a no"),
        ("coach: 345", "consent: [yes]", "consent", "consent.0: is text: put it between quotes"),
        ("email: karim@zonnig.example}", "email: k@z.example}\n      - {contact_id: 345, name: K, email: k@z.example}",
         "zonnig-dorp", "coaches: the same contact_id stands there twice"),
        ("    name: Zonnig Dorp", "    name: Z\n    merged_contacts: {1: 2, 2: 3, 3: 1}", "zonnig-dorp", "circle"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_reported_with_line_and_reason(file: Path, old: str, new: str, at: str, reason: str) -> None:
    text = changed(old, new)
    told = refusal(file, text)
    # Settings that contradict each other are reported at the cooperation or the form.
    line = line_of(text, at) if "form aanmelden:" not in reason else line_of(text, "zonnig-dorp:")
    assert any(one.startswith(f"{file}:{line}: ") and reason in one for one in told.splitlines()), told
    assert not any(secret in told for secret in SECRETS.values())


ODD_NUMBERS = [
    "011", "0o11", "0x1F", "0b11", "1_000", "12:30", "1e3", "1.0", "12.", "+12", "012", "089", "0", "-12", "٣", "1 000",
    '"12"', "yes", "off", "2027-01-01", "12,5", "!!str 12", "!!float 12", "!!bool yes",
]  # fmt: skip
PLACES_OF_IDS = {
    "campaign": ("campaign: 12", "campaign: {}"),
    "measure": ("measures: [3]", "measures:\n          - 3\n          - {}"),
    "reason": ("coach: 345", "reasons:\n          - {}"),
    "source": ("measures: [3]", "measures: [3]\n        sources:\n          - {}"),
    "coach of a form": ("        coach: 345", "        coach: {}"),
    "coach": ("contact_id: 345", "contact_id: {}"),
    "a campaign's own": ("      12: {name: Isolatie}", "      {}: {{name: Isolatie}}"),
    "merged from": ("    forms:", "    merged_contacts:\n      {}: 78\n    forms:"),
    "merged into": ("    forms:", "    merged_contacts: {{78: {}}}\n    forms:"),
    "calls": ("    hoomdossier:\n", "    hoomdossier:\n      calls_per_minute: {}\n"),
    "minutes": ("    forms:", "    events: {{appointment_minutes: {}}}\n    forms:"),
}


@pytest.mark.parametrize("number", ODD_NUMBERS)
@pytest.mark.parametrize("place", PLACES_OF_IDS)
def test_an_id_that_is_not_in_plain_digits_is_refused_with_its_line(file: Path, place: str, number: str) -> None:
    """YAML reads some of these as another number: 011 is nine, 12:30 is 750."""
    old, new = PLACES_OF_IDS[place]
    new = new.format(number)
    text = changed(old, new)
    told = refusal(file, text)
    line = text.count("\n", 0, text.index(new) + new.index(number)) + 1
    assert any(one.startswith(f"{file}:{line}: ") for one in told.splitlines()), told


@pytest.mark.parametrize("place", PLACES_OF_IDS)
def test_the_reason_says_how_to_write_a_number(file: Path, place: str) -> None:
    old, new = PLACES_OF_IDS[place]
    told = refusal(file, changed(old, new.format("011")))
    assert "is a whole number in plain digits: 11, and not 011" in told
    assert "[key]" not in told


@pytest.mark.parametrize("phone", ["0201234567", "0612345678", "+31612345678", "020 123 45 67"])
def test_a_telephone_number_without_quotes_keeps_its_text(file: Path, phone: str) -> None:
    mail = "    mail: {name: Z, sender_address: a@z.example, dossier_url: https://h.example, helpdesk_phone: %s}\n"
    cooperation = load(file, GOOD + mail % phone)
    assert cooperation.mail
    assert cooperation.mail.helpdesk_phone == phone


@pytest.mark.parametrize("name", ["012", "MeasureApplication:012", "0"])
def test_the_id_of_a_measure_is_in_plain_digits_too(file: Path, name: str) -> None:
    text = changed("    forms:", f"    events: {{measure_ids: {{{name!r}: x}}}}\n    forms:")
    assert "events.measure_ids" in refusal(file, text)


@pytest.mark.parametrize("key", ["      event_key: env:FORM\n", ""])
def test_one_key_for_webform_and_events_is_warned_of_once_at_the_start(
    file: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    """Also when event_key is left out. The log names the cooperation, and not the key."""
    file.write_text(changed("      event_key: env:EVENT\n", key), encoding="utf-8")
    places = {"LINK_STORE": "s", "LINK_TASKS": "t", "LINK_BLOBS": "b", "LINK_CONFIG": str(file)}
    environment = from_environment({**SECRETS, **places})
    assert not environment.cooperations["zonnig-dorp"].econobis.has_two_keys
    (line,) = capsys.readouterr().out.splitlines()
    assert (json.loads(line)["severity"], json.loads(line)["cooperation"]) == ("WARNING", "zonnig-dorp")
    assert "event_key" in line
    assert SECRETS["FORM"] not in line


def test_two_keys_are_not_warned_of(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(GOOD, encoding="utf-8")
    places = {"LINK_STORE": "s", "LINK_TASKS": "t", "LINK_BLOBS": "b", "LINK_CONFIG": str(file)}
    assert from_environment({**SECRETS, **places}).cooperations["zonnig-dorp"].econobis.has_two_keys
    assert capsys.readouterr().out == ""


def test_all_errors_are_reported_at_once(file: Path) -> None:
    told = refusal(file, GOOD.replace("https://", "http://").replace("env:TOKEN", "x"))
    assert len(told.splitlines()) == 3


MAIL = "    mail: {name: Z, sender_address: a@z.example, dossier_url: <1>, logo_url: <2>}\n"
FORM_PAGES = "        error_page: <3>\n        thank_you_page: <4>\n"


@pytest.mark.parametrize("local", ["http://127.0.0.1:8080", "http://localhost:8080", "https://localhost"])
@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://zonnig.econobis.example", ""), ("https://zonnig.hoomdossier.example/api/v1/", "/api/v1"),
        ("<1>", ""), ("<2>", ""), ("<3>", ""), ("<4>", ""),
    ],
)  # fmt: skip
def test_an_address_on_this_machine_is_refused_in_google_cloud(file: Path, local: str, address: str, path: str) -> None:
    """Google sets K_SERVICE for each function."""
    text = (GOOD + FORM_PAGES + MAIL).replace(address, local + path)
    text = re.sub("<[1-4]>", "https://zonnig.example", text)
    load(file, text)
    (told,) = refusal(file, text, {**SECRETS, "K_SERVICE": "run-task"}).splitlines()
    assert told.startswith(f"{file}:{line_of(text, local)}: cooperations.zonnig-dorp.")
    assert told.endswith(": an address starts with https://, and this machine is only for a local run")


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("", "is not set"),
        (" \n", "is not set"),
        ("two words-of-some-length", "a space, a line break or a letter outside ASCII"),
        ("one\nline-and-another-one", "a space, a line break or a letter outside ASCII"),
        ("coöperatie-sleutel-123456", "a space, a line break or a letter outside ASCII"),
        ("short-key-12345", "at least 16 characters"),
        ("long-enough/but-not-in-a-path", "no / because it stands in an address"),
    ],
)
def test_a_secret_that_cannot_work_is_refused_and_not_shown(file: Path, secret: str, reason: str) -> None:
    told = refusal(file, GOOD, {**SECRETS, "HOOMDOSSIER": secret})
    assert told.startswith(f"{file}:13: cooperations.zonnig-dorp.callers.hoomdossier.0: ")
    assert reason in told
    assert not secret.strip() or secret.strip() not in told


HASH = "sha256:4f21cb3d9d8e1a9f5f1d0a3c2b7e6f5a4d3c2b1a09f8e7d6c5b4a39281706f5e"


@pytest.mark.parametrize("hash_", [HASH, HASH[:7] + HASH[7:].upper(), f'"{HASH}"'])
def test_a_key_that_opens_us_may_be_given_as_its_hash(file: Path, hash_: str) -> None:
    """Two may be valid at once, and no environment variable is needed."""
    text = changed("[env:ECONOBIS, env:ECONOBIS_NEW]", f"[{hash_}, env:ECONOBIS_NEW]")
    without = {name: secret for name, secret in SECRETS.items() if name != "ECONOBIS"}
    keys = load(file, text, without).callers.econobis
    assert [digest_of(key).hex() for key in keys] == [HASH[7:], sha256(SECRETS["ECONOBIS_NEW"].encode()).hexdigest()]


@pytest.mark.parametrize(
    "hash_",
    [
        "sha256:", HASH[:-1], f"{HASH}0", HASH.replace("4f", "gf"), HASH.replace("sha256", "sha512"), HASH[7:],
        HASH.replace("sha256", "SHA256"), HASH.replace(":", ": "), f'"{HASH.replace(":", ": ")}"', "12", "{}", "null",
    ],
)  # fmt: skip
def test_a_hash_in_a_wrong_form_is_refused_with_its_line(file: Path, hash_: str) -> None:
    told = refusal(file, changed("[env:ECONOBIS, env:ECONOBIS_NEW]", f"\n        - {hash_}"))
    assert told.startswith(
        f"{file}:13: cooperations.zonnig-dorp.callers.econobis.0: a key that opens us is given as env:"
    )
    assert "sha256: with the 64 hexadecimal digits" in told
    assert HASH[9:40] not in told


def test_the_hash_of_nothing_is_refused(file: Path) -> None:
    """It opens the link to a caller without a key. `printf "$UNSET" | sha256sum` makes it."""
    told = refusal(file, changed("env:HOOMDOSSIER]", f"sha256:{sha256(b'').hexdigest()}]"))
    assert "callers.hoomdossier.0: this is the hash of an empty text" in told


def test_a_caller_that_signs_needs_no_key(file: Path) -> None:
    text = changed("      hoomdossier: [env:HOOMDOSSIER]\n", "      hoomdossier_signing: [env:SIGNING]\n")
    callers = load(file, text, {**SECRETS, "SIGNING": SIGNING}).callers
    assert (callers.hoomdossier, [secret.value for secret in callers.hoomdossier_signing]) == ([], [SIGNING])
    assert SIGNING not in repr(callers)


@pytest.mark.parametrize("missing", ["econobis: [env:ECONOBIS, env:ECONOBIS_NEW]", "hoomdossier: [env:HOOMDOSSIER]"])
def test_a_caller_without_a_key_and_without_a_signature_is_refused(file: Path, missing: str) -> None:
    told = refusal(file, changed(f"      {missing}\n", ""))
    assert f"callers: {missing.partition(':')[0]} is missing: without a key it cannot call us" in told


@pytest.mark.parametrize(
    "secret", ["whsec_", "whsec_c2hvcnQ=", SIGNING[6:], f"{SIGNING[:-2]}!!", "whsec_" + "QUJD" * 22]
)
def test_a_secret_that_cannot_sign_is_refused_and_not_shown(file: Path, secret: str) -> None:
    text = changed("[env:HOOMDOSSIER]", "[env:HOOMDOSSIER]\n      hoomdossier_signing: [env:SIGNING]")
    told = refusal(file, text, {**SECRETS, "SIGNING": secret})
    assert told.startswith(
        f"{file}:14: cooperations.zonnig-dorp.callers.hoomdossier_signing.0: a secret for signatures"
    )
    assert secret not in told.replace("whsec_ and", "")


def test_a_secret_may_end_in_a_line_break(file: Path) -> None:
    """A secret that was made with `echo` ends in a line break in Secret Manager."""
    assert load(file, GOOD, {**SECRETS, "TOKEN": "7|abc\r\n"}).hoomdossier.token.value == "7|abc"


def test_the_repr_of_settings_holds_no_secret(file: Path) -> None:
    file.write_text(GOOD, encoding="utf-8")
    smtp = "smtp://me:mail-secret-71@mail.example"
    places = {"LINK_STORE": "s", "LINK_TASKS": "t", "LINK_BLOBS": "b", "LINK_CONFIG": str(file), "LINK_SMTP": smtp}
    environment = from_environment({**SECRETS, **places})
    shown = f"{environment!r} {environment} {environment.cooperations!r} {environment.cooperations['zonnig-dorp']}"
    assert environment.smtp == smtp
    assert not any(secret in shown for secret in [*SECRETS.values(), "mail-secret-71"])


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (GOOD + "cooperations: {}\n", 23, "cooperations stands here for the second time"),
        (
            changed("      token", "      url: https://x.example/api/v1\n      token"),
            10,
            "url stands here for the second",
        ),
        (changed("12: {name: Isolatie}", "12: {name: a}\n      12: {name: b}"), 16, "12 stands here for the second"),
        ("cooperations: [\n", 2, "expected the node content"),
        ("a:\n  - b\n c: d", 3, ""),
        ("a: 'geheim-1", 1, "found unexpected end of stream"),
        ("a: *geheim-1", 1, "found undefined alias"),
        ("a: !geheim-1 x", 1, "could not determine a constructor for the tag"),
        ("a: !geheim-1!x y", 1, "found undefined tag handle"),
        ("a: @geheim-1", 1, "found character '@' that cannot start any token"),
        ("a: b\n\nc: !!bool geheim-1", 3, "this value cannot be read (KeyError)"),
        ("a: b\nc: 2027-13-01", 2, "this value cannot be read (ValueError)"),
        ("a: b\nc: !!int ''", 2, "a whole number is written in plain digits"),
        ("a: b\nc: !!int 011", 2, "a whole number is written in plain digits"),
        ("a: b\nc: !!int [1]", 2, "a whole number is written in plain digits"),
        ("a: b\nc: \x07", 2, "a character that YAML does not allow"),
        ("? [geheim-1, {}]\n: b", 1, "found unhashable key"),
        ("[" * 5000, 1, "nested too deep"),
        ("a: b\n---\nc: d", 2, "but found another document"),
    ],
)
def test_a_file_that_is_not_yaml_is_reported_without_its_text(file: Path, text: str, line: int, reason: str) -> None:
    """PyYAML's own error quotes the line, and PyYAML takes the last of two settings with one name."""
    told = refusal(file, text)
    assert told.startswith(f"{file}:{line}: ")
    assert reason in told
    assert "geheim" not in told
    assert "\n" not in told


def test_yaml_anchors_and_merge_keys_may_be_used(file: Path) -> None:
    text = changed("      token: env:TOKEN\n", "      <<: *limits\n      token: env:TOKEN\n")
    text = text.replace("    econobis:\n", "    econobis: &limits\n", 1)
    text = text.replace("    econobis: &limits\n", "    econobis:\n      <<: &limits {calls_per_minute: 40}\n")
    assert load(file, text).hoomdossier.calls_per_minute == 40


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_read(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("Zonnig Dorp", "Coöperatie").replace("\n", "\r\n").encode())
    assert read(file, SECRETS).cooperations["zonnig-dorp"].name == "Coöperatie"


def test_a_file_that_is_not_utf_8_is_reported_with_its_line(file: Path) -> None:
    file.write_bytes(GOOD.replace("Isolatie", "Coöperatie").encode("cp1252"))
    with pytest.raises(WrongConfig, match=r"cooperations.yaml:15: the file is not saved as UTF-8"):
        read(file, SECRETS)


@pytest.mark.parametrize("text", ["", "# leeg\n", "- a\n", "tekst", "cooperations: {}", "cooperations:", "? a\n: b"])
def test_an_empty_file_is_refused(file: Path, text: str) -> None:
    assert refusal(file, text).startswith(f"{file}:1: ")


def test_a_missing_file_is_reported(file: Path) -> None:
    with pytest.raises(WrongConfig, match=f"^{re.escape(str(file))}: No such file"):
        read(file, SECRETS)
    with pytest.raises(WrongConfig, match="Is a directory"):
        read(file.parent, SECRETS)


def test_missing_variables_are_named_and_a_wrong_file_stops_the_start(file: Path) -> None:
    with pytest.raises(WrongConfig, match=r"^not set: LINK_CONFIG, LINK_BLOBS$"):
        from_environment({"LINK_STORE": "s", "LINK_TASKS": "t", "LINK_BLOBS": ""})
    file.write_text("x: 1")
    places = {"LINK_STORE": "s", "LINK_TASKS": "t", "LINK_BLOBS": "b", "LINK_CONFIG": str(file)}
    with pytest.raises(WrongConfig, match="x: is not a setting"):
        from_environment(places)


@pytest.mark.parametrize(("said", "proxies"), [(None, 1), ("", 1), ("0", 0), ("2", 2)])
def test_the_number_of_proxies_is_read(file: Path, said: str | None, proxies: int) -> None:
    file.write_text(GOOD)
    places = {"LINK_STORE": "s", "LINK_TASKS": "t", "LINK_BLOBS": "b", "LINK_CONFIG": str(file)}
    more = {} if said is None else {"LINK_PROXIES": said}
    assert from_environment({**SECRETS, **places, **more}).proxies == proxies


@pytest.mark.parametrize("said", ["-1", "one", "1.5", "10", " 1", "²"])
def test_a_wrong_number_of_proxies_stops_the_start(file: Path, said: str) -> None:
    file.write_text(GOOD)
    places = {"LINK_STORE": "s", "LINK_TASKS": "t", "LINK_BLOBS": "b", "LINK_CONFIG": str(file), "LINK_PROXIES": said}
    with pytest.raises(WrongConfig, match="LINK_PROXIES"):
        from_environment({**SECRETS, **places})


def limited(more: str) -> str:
    return GOOD + f"        {more}\n"


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://www.zonnig-dorp.nl", "https://www.zonnig-dorp.nl"),
        ("https://WWW.Zonnig-Dorp.nl/", "https://www.zonnig-dorp.nl"),
        ("https://zonnig-dorp.nl:443", "https://zonnig-dorp.nl"),
        ("https://zonnig-dorp.nl:8443", "https://zonnig-dorp.nl:8443"),
        ("https://coöperatie.nl", "https://xn--coperatie-17a.nl"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_an_origin_is_read_as_a_browser_sends_it(file: Path, given: str, origin: str) -> None:
    text = changed(
        "        coach: 345\n", f"        coach: 345\n        origins: ['{given}']\n        minimum_seconds: 3\n"
    )
    form = load(file, text).forms["aanmelden"]
    assert (form.origins, form.minimum_seconds) == ([origin], 3)


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        (
            "origins: ['https://zonnig-dorp.nl/aanmelden']",
            "origins.0: the address of a web site is meant, without what",
        ),
        ("origins: ['https://zonnig-dorp.nl?a']", "origins.0: the address of a web site is meant, without what"),
        ("origins: ['zonnig-dorp.nl']", "origins.0: an address starts with https://"),
        ("origins: ['http://zonnig-dorp.nl']", "origins.0: an address starts with https://"),
        ("origins: ['*']", "origins.0: an address starts with https://"),
        ("origins: ['null']", "origins.0: an address starts with https://"),
        ("origins: ['https://a..nl']", "origins.0: this is no name of a web site"),
        ("minimum_seconds: 3", "minimum_seconds needs origins"),
        ("minimum_seconds: 0", "minimum_seconds: Input should be greater than 0"),
        ("minimum_seconds: yes", "minimum_seconds: is a whole number"),
        ("minimum_seconds: 600", "minimum_seconds: Input should be less than or equal to 60"),
    ],
)
def test_a_wrong_setting_against_robots_and_other_sites_is_refused(file: Path, setting: str, reason: str) -> None:
    assert reason in refusal(file, changed("        coach: 345\n", f"        coach: 345\n        {setting}\n"))


def test_a_form_has_default_limits_and_those_of_its_settings(file: Path) -> None:
    form = load(file, GOOD).forms["aanmelden"]
    assert form.limits.model_dump() == {
        "per_address": 80, "connections": 10, "at_once": 3, "per_form": 600, "per_email": 5,
    }  # fmt: skip
    assert form.websites == []
    form = load(file, limited('limits: {per_email: 9}\n        websites: [203.0.113.7, "2001:db8::1/32"]')).forms[
        "aanmelden"
    ]
    assert (form.limits.per_email, form.limits.per_form, form.limits.at_once) == (9, 600, 3)
    assert [str(network) for network in form.websites] == ["203.0.113.7/32", "2001:db8::/32"]


@pytest.mark.parametrize(
    "more",
    [
        "limits: {per_address: 0}", "limits: {per_form: -1}", "limits: {per_email: yes}", "limits: {per_hour: 5}",
        "limits: 5", "websites: [zonnig-dorp.example]", "websites: [203.0.113]", "websites: [7]",
        "websites: ['203.0.113.7/33']", "websites: 203.0.113.7", "websites: ['']",
    ],
)  # fmt: skip
def test_an_impossible_limit_is_refused(file: Path, more: str) -> None:
    told = refusal(file, limited(more))
    assert f"cooperations.zonnig-dorp.forms.aanmelden.{more.partition(':')[0]}" in told


def test_the_project_of_the_log_lines_is_that_of_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Google sets no variable with the project in a function of the second generation."""
    monkeypatch.setenv("LINK_TASKS", "cloudtasks://zonnig/europe-west4?url=https://x/{function}")
    assert google_project() == "zonnig"
    monkeypatch.delenv("LINK_TASKS")
    assert google_project() is None


def test_the_current_contact_is_the_last_one_of_a_chain_of_merges(file: Path) -> None:
    cooperation = load(file, GOOD + "    merged_contacts: {1: 2, 2: 3, 7: 3}\n")
    assert [cooperation.current_contact(number) for number in (1, 2, 3, 7, 8)] == [3, 3, 3, 3, 8]


def test_a_form_that_only_makes_an_intake_may_have_any_campaign(file: Path) -> None:
    text = changed("campaign: 12", "campaign: 99\n        action: null\n        dossier: false")
    assert load(file, text).forms["aanmelden"].campaign == 99


# -- any content of the file -------------------------------------------------------------------------------------------

WORDS = st.sampled_from([
    "cooperations", "zonnig-dorp", "name", "econobis", "hoomdossier", "callers", "forms", "mail", "campaigns", "coaches",
    "url", "webform_key", "env:FORM", "env:", "merged_contacts", "measures", "templates_folder", "\ud800", "\x00", "<<",
])  # fmt: skip
SCALARS = st.one_of(
    WORDS, st.text(max_size=8), st.integers(), st.floats(), st.booleans(), st.none(), st.dates(), st.binary(max_size=4)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | SCALARS, inner, max_size=4),
    max_leaves=20,
)
FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ends_well(file: Path, text: str) -> None:
    """The text is read, or it is refused with the file and without a secret. No other error is raised."""
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        assert isinstance(read(file, SECRETS), Config)
    except WrongConfig as error:
        told = str(error)
        told.encode()
        assert told.startswith(f"{file}:")
        assert not any(secret in told for secret in SECRETS.values())


@FUZZ
@given(TREES)
def test_any_tree_gives_settings_or_says_what_is_wrong(file: Path, tree: Any) -> None:
    ends_well(file, yaml.dump(tree, allow_unicode=False))


@FUZZ
@given(st.lists(st.sampled_from(GOOD.splitlines(keepends=True)), max_size=30), st.text(max_size=20))
def test_any_lines_give_settings_or_say_what_is_wrong(file: Path, lines: list[str], more: str) -> None:
    ends_well(file, "".join(lines) + more)


@FUZZ
@given(st.data())
def test_good_settings_with_one_value_changed_give_settings_or_say_what_is_wrong(
    file: Path, data: st.DataObject
) -> None:
    tree = yaml.safe_load(GOOD)
    places = list(_places(tree))
    node, key = data.draw(st.sampled_from(places))
    node[key] = data.draw(TREES)
    ends_well(file, yaml.dump(tree))


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    for key in node if isinstance(node, dict) else range(len(node) if isinstance(node, list) else 0):
        yield node, key
        yield from _places(node[key])


@FUZZ
@given(st.text(alphabet=" \n-:[]{}&*!|>'\"%@`#?,<=.0123456789abc~", max_size=40))
def test_any_yaml_like_text_gives_settings_or_says_what_is_wrong(file: Path, text: str) -> None:
    ends_well(file, text)


# -- the example -------------------------------------------------------------------------------------------------------


def example_text() -> str:
    """The example with its commented settings turned on."""
    return re.sub(r"#(?=[a-z_]+: )", "", EXAMPLE.read_text(encoding="utf-8"))


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models within a field, also in a list, a dictionary or an optional value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


def absent(model: type[BaseModel], values: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The settings of the model that the values do not have, as `cooperations.mail.colour`."""
    for name, field in model.model_fields.items():
        if name not in values:
            yield f"{path}{name}"
            continue
        for inner in models(field.annotation):
            value = values[name]
            children = [value] if inner is field.annotation or "| None" in str(field.annotation) else value
            children = children.values() if isinstance(children, dict) else children
            for child in children:
                yield from absent(inner, child, f"{path}{name}.")


def test_the_example_shows_every_setting() -> None:
    assert list(absent(Config, yaml.safe_load(example_text()))) == []


def test_a_setting_that_the_example_lacks_is_found() -> None:
    values = yaml.safe_load(example_text())
    cooperation = values["cooperations"]["zonnig-dorp"]
    del cooperation["coaches"][0]["roles"], cooperation["mail"]["colour"], cooperation["events"]["hold_deletes"]
    del cooperation["forms"]["aanmelden"]["honeypot"], cooperation["country"]
    assert {name.rpartition(".")[2] for name in absent(Config, values)} == {
        "country", "roles", "colour", "hold_deletes", "honeypot",
    }  # fmt: skip


def test_the_example_can_be_used_as_it_is() -> None:
    names = re.findall(r"env:([A-Z_]{6,})", EXAMPLE.read_text(encoding="utf-8"))  # Also of settings behind a #.
    cooperation = read(EXAMPLE, {name: f"{name}-0123456789abcdef" for name in names}).cooperations["zonnig-dorp"]
    assert len(cooperation.callers.econobis) == 2
    assert cooperation.mail
    assert cooperation.mail.helpdesk_hours


def test_the_example_holds_no_secret() -> None:
    for value in re.findall(r"^ *(?:- |token: |\w*_key: )(\S+)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE):
        assert value.startswith(("env:", "sha256:")) or value == "contact_id:"


def test_optional_settings_may_be_left_out(file: Path) -> None:
    """The settings that remain are the required ones of the models."""
    fewest = {
        "name": "Z",
        "econobis": {"url": "https://e.example", "webform_key": "env:FORM"},
        "hoomdossier": {"url": "https://h.example/api/v1", "token": "env:TOKEN"},
        "callers": {"econobis": ["env:ECONOBIS"], "hoomdossier": ["env:HOOMDOSSIER"]},
    }
    cooperation = load(file, yaml.dump({"cooperations": {"zonnig-dorp": fewest}}))
    assert (cooperation.country, cooperation.econobis.calls_per_minute, cooperation.mail) == ("NL", 50, None)


# -- names for events --------------------------------------------------------------------------------------------------


def test_the_names_at_which_events_come_in() -> None:
    assert read_event_hosts("") == {}
    assert read_event_hosts("a-link.econobis.nl=a,b.econobis.nl=b") == {"a-link.econobis.nl": "a", "b.econobis.nl": "b"}
    for wrong in ("a-link.econobis.nl", "=a", "a.econobis.nl="):
        with pytest.raises(WrongConfig, match="LINK_EVENT_HOSTS is host=cooperation"):
            read_event_hosts(wrong)
