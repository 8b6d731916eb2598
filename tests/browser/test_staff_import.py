"""The import: by keyboard, at 320 px, without JavaScript, in both languages; a pasted table, and the filters."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from shared import wiring
from tests.browser.checks import assert_accessible, assert_at_each_width, assert_fits
from tests.browser.keyboard import follow, go_to, stops
from tests.browser.visits import NARROW, Visits, watched
from tests.fixtures import FIXTURES
from tests.world.functions_over_http import Machine, running
from tests.world.known_from_report import BUILDINGS, KEES, ZOE, know, relays

FILES = FIXTURES / "import"
REPORT = FILES / "total-report.csv"
IMPORT = "/functions/show-staff/zonnig-dorp/import?as=werker@zonnig-dorp.example"
COORDINATOR, COACH = (
    (FILES / f"{name}.html").read_text(encoding="utf-8") for name in ("coordinator-table", "coach-list")
)
# What a browser does when somebody pastes: the event, with both forms of what was copied.
PASTE = """(field, copied) => {
  const clipboardData = new DataTransfer();
  for (const [kind, text] of Object.entries(copied)) clipboardData.setData(kind, text);
  return field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with running(tmp_path_factory.mktemp("import")) as machine:
        yield machine


@pytest.fixture
def link(machine: Machine) -> Machine:
    """Four residents of the file are known, and no visit of theirs."""
    with closing(sqlite3.connect(machine.state / "link.sqlite", isolation_level=None)) as store:
        if store.execute("SELECT 1 FROM sqlite_master WHERE name = 'documents'").fetchone():
            store.execute("DELETE FROM documents")
    for contact_id in BUILDINGS:
        know(wiring.services(), contact_id)
    return machine


@pytest.fixture
def staff(browser: Browser, link: Machine) -> Iterator[Visits]:
    yield from watched(Visits(browser, link.base))


def paste(page: Page, **copied: str) -> bool:
    """Whether the browser still pastes by itself. `html` and `plain` are what stands on the clipboard."""
    done: bool = page.get_by_label("Tabel met afspraken").evaluate(PASTE, {f"text/{it}": copied[it] for it in copied})
    return done


def bring(page: Page, file: Path | None = REPORT, pasted: str = "") -> None:
    """Sends the form, and waits until the whole answer is there."""
    if file:
        page.locator("#file").set_input_files(file)
    page.locator("#pasted").fill(pasted)
    with page.expect_navigation():
        page.locator("main form button").click()


def table_without(name: str) -> str:
    """The copied table without the line of this resident, whose time is then not known."""
    lines = (FILES / "coordinator-table.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if name not in line)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


def section(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=re.compile(f"^{title}"))


# -- the form ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["coordinator-table", "coach-list"])
def test_a_pasted_table_keeps_the_number_of_each_home(staff: Visits, name: str) -> None:
    page = staff.open(IMPORT)
    html = (FILES / f"{name}.html").read_text(encoding="utf-8")
    plain = (FILES / f"{name}.txt").read_text(encoding="utf-8")
    assert not paste(page, html=html, plain=plain)
    lines = page.locator("#pasted").input_value().splitlines()
    assert len(lines) == len(plain.strip().splitlines())
    kees = next(line for line in lines if "Kees" in line).split("\t")
    assert "Dorpsstraat 12 a https://zonnig-dorp.hoomdossier.example/admin/buildings/show/30003" in kees
    assert {"2026-12-01 10:00", 'Kees Bakker "Bak"', "1203 AB", "In uitvoering"} <= set(kees)
    page.locator("main form button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nieuw uit Hoomdossier")
    expect(row(page, "Ria Nummer 1003")).to_contain_text("afspraak di 1 dec 2026 10:00")


def test_tables_are_pasted_below_each_other(staff: Visits) -> None:
    page = staff.open(IMPORT)
    page.locator("#pasted").fill("zelf getypt")
    for html in (COORDINATOR, COACH):
        paste(page, html=html, plain="x")
    lines = page.locator("#pasted").input_value().splitlines()
    assert lines[0] == "zelf getypt"
    assert len(lines) == 1 + 8 + 8
    page.locator("#pasted").select_text()
    paste(page, html=COACH)
    assert len(page.locator("#pasted").input_value().splitlines()) == 8  # What was selected is replaced.


def test_text_without_a_table_is_pasted_as_ever(staff: Visits) -> None:
    page = staff.open(IMPORT)
    assert paste(page, plain="zomaar tekst")
    assert paste(page, html="<p>zomaar <b>tekst</b></p>", plain="zomaar tekst")
    assert page.locator("#pasted").input_value() == ""


def test_a_pasted_table_runs_no_script_and_asks_nobody(staff: Visits) -> None:
    page = staff.open(IMPORT)
    evil = (
        '<table><tr><td>A<img src="http://elders.example/x.png" onerror="document.title=1"></td><td>B</td></tr></table>'
    )
    paste(page, html=f"<script>document.title=2</script>{evil}")
    assert page.locator("#pasted").input_value() == "A\tB\n"
    assert page.title().startswith("Inlezen")


def test_a_row_without_a_link_keeps_its_text(staff: Visits) -> None:
    """Of a home that somebody may not open the screen shows the street alone. A page may have a table around the table."""
    page = staff.open(IMPORT)
    row = "<tr><td>-</td><td><p>Laan\u00a0 5</p></td><td><a href='/elders/3'>1201 AB</a></td></tr>"
    paste(page, html=f"<table><tr><td>Menu<table>{row}<tr><td> </td></tr></table></td></tr></table>")
    assert page.locator("#pasted").input_value() == "-\tLaan 5\t1201 AB\n"


def test_the_real_clipboard_brings_the_table(staff: Visits) -> None:
    """Copied in a page of Hoomdossier, which has another policy than ours."""
    page = staff.open("/hoomdossier/zonnig-dorp/_state")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(
        """(html) => navigator.clipboard.write([new ClipboardItem({
          "text/html": new Blob([html], {type: "text/html"}), "text/plain": new Blob(["x"], {type: "text/plain"})})])""",
        COORDINATOR,
    )
    page.goto(IMPORT)
    staff.expect("status of 404")  # That page has no icon.
    go_to(page, "Tabel met afspraken van een coach")
    page.keyboard.press("Control+V")
    assert "/buildings/show/30003" in page.locator("#pasted").input_value()


def test_the_moment_of_the_file_is_filled_in(staff: Visits, tmp_path: Path) -> None:
    page = staff.open(IMPORT)
    file = tmp_path / "rapport.csv"
    file.write_bytes(REPORT.read_bytes())
    os.utime(file, (1_793_000_000, 1_793_000_000))
    page.locator("#file").set_input_files(file)
    assert page.locator("#as_of").input_value() == "2026-10-26T08:33"  # In Amsterdam, after summer time.
    ahead = tmp_path / "klok-loopt-voor.csv"
    ahead.write_bytes(REPORT.read_bytes())
    os.utime(ahead, (4_000_000_000, 4_000_000_000))
    page.locator("#file").set_input_files(ahead)
    assert "2026-10-26T08:33" < page.locator("#as_of").input_value() < "2090"
    assert page.locator("#as_of").evaluate("(it) => it.checkValidity()")


def test_what_is_wrong_has_the_focus(staff: Visits) -> None:
    page = staff.open(IMPORT)
    bring(page, None, "zomaar tekst")
    expect(page.locator("#wrong")).to_be_focused()
    staff.expect("status of 422")
    expect(page).to_have_title(re.compile("^Fout: "))
    assert page.locator("#pasted").input_value() == "zomaar tekst"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_page_is_accessible_at_each_width(staff: Visits, lang: str, dark: bool) -> None:
    name = f"inlezen-{lang}{'-donker' if dark else ''}"
    page = staff.open(f"{IMPORT}&lang={lang}", dark=dark)
    assert_at_each_width(page, name)
    page.set_viewport_size({"width": 1280, "height": 900})
    bring(page, None)
    expect(page.locator("#wrong")).to_be_visible()
    staff.expect("status of 422")
    assert_at_each_width(page, f"{name}-fout")
    page.goto(f"{IMPORT}&lang={lang}")
    page.set_viewport_size({"width": 1280, "height": 900})
    bring(page, REPORT, (FILES / "coach-list.txt").read_text(encoding="utf-8").replace("Kees", "Koos"))
    assert_at_each_width(page, f"{name}-nieuw")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator(".send button").click()
    expect(page.locator(".lead[role=status]")).to_be_visible()
    assert_at_each_width(page, f"{name}-klaar")


# -- what is new -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_the_whole_import_goes_by_keyboard_on_a_small_screen(staff: Visits, link: Machine, javascript: bool) -> None:
    page = staff.open(IMPORT, width=NARROW, javascript=javascript)
    page.locator("#file").set_input_files(REPORT)
    follow(page, "Bekijk wat er nieuw is")
    assert_fits(page)
    go_to(page, 'Tijd Kees Bakker "Bak"')
    page.keyboard.type("1430")
    page.keyboard.press("Enter")  # It sends nothing: the other times are still to come.
    expect(page.get_by_role("heading", level=1)).to_have_text("Nieuw uit Hoomdossier")
    go_to(page, "tijd niet bekend Zoë Çelik-Müller")
    page.keyboard.press("Space")
    follow(page, "Bezorg wat is aangevinkt")
    assert_fits(page)
    expect(page.get_by_role("status").filter(has_text="Van 2 bewoners is het bezorgd.")).to_be_visible()
    assert relays(link).keys() == {BUILDINGS[KEES], BUILDINGS[ZOE]}
    page.reload()  # The browser sends it once more.
    expect(page.locator(".lead")).to_contain_text("Van 2 bewoners was alles al bekend.")
    assert len(relays(link)) == 2


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_the_filter_shows_a_part_and_says_that_the_rest_goes_along(
    staff: Visits, link: Machine, javascript: bool
) -> None:
    page = staff.open(IMPORT, javascript=javascript)
    bring(page, REPORT, (FILES / "coordinator-table.txt").read_text(encoding="utf-8"))
    warning = page.get_by_text("Wat u niet ziet en wel is aangevinkt, gaat ook mee.")
    expect(warning).to_be_hidden()
    expect(section(page, "Nieuw")).to_be_visible()
    page.get_by_label("wat niet bezorgd wordt").check()
    expect(section(page, "Nieuw")).to_be_hidden()
    expect(section(page, "Zonder contactnummer")).to_be_visible()
    expect(warning).to_be_visible()
    page.get_by_label("waar u kiest").check()
    expect(section(page, "Nog niet bekend")).to_be_visible()
    expect(section(page, "Zonder contactnummer")).to_be_hidden()
    page.get_by_label("wat nieuw is").check()
    expect(section(page, "Nieuw")).to_be_visible()
    expect(section(page, "Nog niet bekend")).to_be_hidden()
    page.get_by_label("waar u kiest").check()
    page.get_by_role("button", name="Bezorg wat is aangevinkt").click()
    assert {BUILDINGS[KEES], BUILDINGS[ZOE]} <= relays(link).keys()  # As the page said.


def test_a_coordinator_looks_at_one_coach(staff: Visits) -> None:
    page = staff.open(IMPORT)
    bring(page, REPORT, table_without("Dirk"))
    choice = page.get_by_label("Coach in Hoomdossier")
    assert choice.locator("option").all_text_contents() == ["alle coaches", "Cora Coach", "Koen Kans"]
    choice.select_option("Koen Kans")
    expect(section(page, "Nieuw")).to_be_hidden()
    shown = section(page, "Nog niet bekend")
    expect(shown.get_by_role("row").filter(has_text="Ilse Mei")).to_be_visible()
    expect(page.get_by_text("Wat u niet ziet en wel is aangevinkt, gaat ook mee.")).to_be_visible()
    expect(page.locator("[data-ticked]")).to_have_text("Aangevinkt: 2, waarvan nu niet te zien: 2")
    shown.get_by_role("button", name="Vink alles aan").click()
    expect(page.locator("[data-ticked]")).to_have_text("Aangevinkt: 4, waarvan nu niet te zien: 2")
    choice.select_option("")
    expect(section(page, "Nieuw")).to_be_visible()
    expect(page.get_by_text("Wat u niet ziet en wel is aangevinkt, gaat ook mee.")).to_be_hidden()


def test_a_section_is_ticked_at_once(staff: Visits) -> None:
    page = staff.open(IMPORT)
    bring(page, REPORT, table_without("Dirk"))
    new, times = section(page, "Nieuw"), section(page, "Tijd ontbreekt")
    expect(times).to_be_visible()
    new.get_by_role("button", name="Vink niets aan").click()
    expect(new.get_by_role("checkbox", checked=True)).to_have_count(0)
    expect(page.locator("[data-ticked]")).to_have_text("Aangevinkt: 0")
    new.get_by_role("button", name="Vink alles aan").click()
    expect(new.get_by_role("checkbox", checked=False)).to_have_count(0)
    times.locator("input[type=time]").first.fill("09:15")
    expect(page.locator("[data-ticked]")).to_have_text("Aangevinkt: 3")


def test_who_tells_the_time_of_an_unknown_resident_ticks_the_row(staff: Visits) -> None:
    page = staff.open(IMPORT)
    bring(page)
    karel = row(page, "Karel 1 april")
    expect(karel.get_by_role("checkbox").first).not_to_be_checked()
    karel.locator("input[type=time]").fill("09:15")
    expect(karel.get_by_role("checkbox").first).to_be_checked()


def test_250_rows_with_long_names_fit_and_keep_the_focus_in_sight(staff: Visits, tmp_path: Path) -> None:
    header, *lines = REPORT.read_text(encoding="utf-8").splitlines(keepends=True)
    kees = next(line for line in lines if ",1003" in line)
    long = "Wilhelmina-Alexandrina-Theodora" + "van" * 30
    many = [
        kees.replace("1003", str(n + 1000)).replace("Kees", long).replace("0003", str(n).zfill(4))
        for n in range(300, 557)
    ]
    file = tmp_path / "groot.csv"
    file.write_text(header + "".join([*lines, *many]), encoding="utf-8")
    page = staff.open(IMPORT, width=NARROW)
    bring(page, file)
    assert page.get_by_role("row").count() > 200
    assert_fits(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert_fits(page)
    page.locator("tr input:visible").nth(30).focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            """() => {
              const box = document.activeElement.getBoundingClientRect(), bar = document.querySelector(".send");
              return bar.contains(document.activeElement) || box.bottom <= bar.getBoundingClientRect().top + 1;
            }"""
        )


def test_every_stop_of_the_keyboard_is_seen(staff: Visits) -> None:
    page = staff.open(IMPORT)
    bring(page, REPORT, (FILES / "coordinator-table.txt").read_text(encoding="utf-8"))
    names = stops(page)
    order = [names.index(it) for it in ("alles", "Coach in Hoomdossier", "Bezorg wat is aangevinkt") if it in names]
    assert order == sorted(order)
    assert "Bezorg wat is aangevinkt" in names
    assert_accessible(page)
