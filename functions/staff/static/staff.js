/* What the staff pages do beside HTML: follow what happens while they are open, and copy. Every page works without it. */
"use strict";
const QUICK = 15, SLOW = 60; // seconds; slower while nothing happens
const told = document.getElementById("told");
const silent = new Set(["TIME"]); // a page where only "3 minuten geleden" changed says nothing
let pause = QUICK, etag = "", busy = false, timer;

/* A region that is at work says itself how often to look, in `data-every` (seconds). */
const quick = () => Math.min(QUICK, ...[...document.querySelectorAll("[data-every]")].map((at) => at.dataset.every));

const clock = () => new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Amsterdam" });
let shown = clock();

/* -- saying what happened: once, in the one place that a screen reader follows -- */

function say(what, at = "") {
  const text = told.dataset[what].replace("{time}", at);
  told.classList.toggle("trouble", what === "away" || what === "out");
  if (told.firstChild?.data === text) return;
  told.textContent = text;
  if (what === "out") {
    const link = Object.assign(document.createElement("a"), { href: location.href, textContent: told.dataset.signIn });
    told.append(" ", link);
  }
}

/* -- bringing a region up to date: what stays the same stays the same node, so focus, place and selection stay too -- */

const keyOf = (node) =>
  node.id || (/^(TR|LI)$/.test(node.nodeName) && node.querySelector("a[href]")?.getAttribute("href")) || "";

function sameAttributes(old, fresh) {
  const kept = (name) => (name === "open" && old.nodeName === "DETAILS") || (name === "hidden" && "copy" in old.dataset);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !kept(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value && !kept(name)) old.setAttribute(name, value);
}

function bring(old, fresh) {
  let changed = false;
  sameAttributes(old, fresh);
  const keyed = new Map([...old.children].map((child) => [keyOf(child), child]).filter(([key]) => key));
  let at = old.firstChild;
  for (const node of fresh.childNodes) {
    const key = keyOf(node);
    const was = at && keyOf(at) === key ? at : keyed.get(key) ?? at;
    if (keyed.get(key) === was) keyed.delete(key); // Two rows may have one link: each node is used once.
    if (!was || was.nodeName !== node.nodeName || keyOf(was) !== key) {
      old.insertBefore(document.importNode(node, true), at);
      changed = true;
      continue;
    }
    if (was === at) at = at.nextSibling;
    else { old.insertBefore(was, at); changed = true; }
    if (was.nodeType === Node.ELEMENT_NODE) changed = bring(was, node) || changed;
    else if (was.data !== node.data) { was.data = node.data; changed ||= !silent.has(old.nodeName); }
  }
  while (at) { const next = at.nextSibling; at.remove(); at = next; changed = true; }
  return changed;
}

/* Somebody selects or types there: that region waits for the next turn. */
function inUse(region) {
  const selected = getSelection();
  const typing = region.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  return typing || (!selected.isCollapsed && selected.containsNode(region, true));
}

function refresh(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  let changed = false, whole = true;
  for (const region of document.querySelectorAll("[data-live][id]")) {
    const focused = document.activeElement, next = fresh.getElementById(region.id);
    if (!next) continue;
    if (inUse(region)) { whole = false; continue; }
    changed = bring(region, next) || changed;
    if (focused !== document.activeElement) (focused.isConnected ? focused : region.querySelector(`[href="${CSS.escape(focused.getAttribute?.("href") ?? "")}"]`))?.focus({ preventScroll: true });
  }
  return { changed, whole };
}

/* -- asking -- */

async function ask() {
  const headers = { "X-Requested-With": "XMLHttpRequest", ...(etag && { "If-None-Match": etag }) };
  const answer = await fetch(location.href, { headers, redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(12000) });
  if (answer.type === "opaqueredirect" || answer.status === 401) return say("out");
  if (answer.status !== 304 && answer.status !== 200) return say("away", shown);
  const wasAway = told.classList.contains("trouble");
  shown = clock();
  let { changed, whole } = { changed: false, whole: true };
  if (answer.status === 200) {
    ({ changed, whole } = refresh(await answer.text()));
    etag = whole ? answer.headers.get("ETag") ?? "" : "";
  }
  pause = changed || !whole || quick() < QUICK ? quick() : Math.min(pause * 1.5, SLOW);
  if (changed || wasAway) say("updated", shown);
}

async function turn() {
  clearTimeout(timer);
  if (busy) return;
  busy = true;
  try {
    if (!document.hidden) await ask();
  } catch {
    say("away", shown); // no connection, or no answer in time
  } finally {
    busy = false;
    if (!document.hidden) timer = setTimeout(turn, pause * 1000);
  }
}

if (told && document.querySelector("[data-live][id]")) {
  timer = setTimeout(turn, quick() * 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { pause = quick(); turn(); } });
}

/* -- copying -- */

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(from.value ?? from.textContent);
    say("copied");
  });
}

/* -- after a form that was refused: what is wrong comes first -- */

document.querySelector(".problem[tabindex]")?.focus();

/* -- the import: when a file was made, and a table from the clipboard with the addresses of its links -- */

const inAmsterdam = (at) => new Date(at).toLocaleString("sv", { timeZone: "Europe/Amsterdam" }).slice(0, 16).replace(" ", "T");

for (const field of document.querySelectorAll("[data-made-at]")) {
  document.getElementById(field.dataset.madeAt).addEventListener("change", ({ target }) => {
    if (target.files[0]) field.value = inAmsterdam(Math.min(target.files[0].lastModified, Date.now()));
  });
}

function textOf(cell) {
  for (const link of cell.querySelectorAll('a[href*="/buildings/"]')) link.append(` ${link.getAttribute("href")} `);
  return cell.textContent.replace(/\s+/g, " ").trim();
}

/* How it looks, which our policy refuses with a message in the console each time. */
const LOOK = /<style[\s\S]*?<\/style>|\s(?:style|on\w+)=(?:"[^"]*"|'[^']*')/gi;

/* The rows as lines with tabs; of a table within a table only the inner one. Nothing of `html` is run, shown or loaded. */
function linesOf(html) {
  const rows = [...new DOMParser().parseFromString(html.replace(LOOK, ""), "text/html").querySelectorAll("tr")];
  return rows.filter((row) => !row.querySelector("tr")).map((row) => [...row.cells].map(textOf).join("\t")).filter((line) => line.trim());
}

for (const field of document.querySelectorAll("[data-paste-table]")) {
  field.addEventListener("paste", (event) => {
    const lines = linesOf(event.clipboardData.getData("text/html"));
    if (!lines.length) return;
    event.preventDefault();
    const end = field.value.length, marked = field.selectionStart < field.selectionEnd;
    const [from, to] = marked ? [field.selectionStart, field.selectionEnd] : [end, end];
    const apart = /[^\n]$/.test(field.value.slice(0, from)) ? "\n" : "";
    field.setRangeText(`${apart}${lines.join("\n")}\n`, from, to, "end");
    field.scrollTop = field.scrollHeight;
  });
}

/* -- the import: a filter by coach, ticks for a whole section, and how many rows go along -- */

const rows = [...document.querySelectorAll("tr[data-coaches]")];
const inSight = (node) => node.getClientRects().length > 0;
const goes = (row) => row.querySelector(".pick [name=row]")?.type === "hidden"
  ? [...row.querySelectorAll(".pick .time input, .pick .tick input")].some((it) => (it.type === "time" ? it.value : it.checked))
  : row.querySelector(".pick [name=row]")?.checked;

function count() {
  const told = document.querySelector("[data-ticked]");
  if (!told) return;
  const going = rows.filter(goes), unseen = going.filter((row) => !inSight(row)).length;
  told.textContent = told.dataset[unseen ? "unseen" : "ticked"].replace("{n}", going.length).replace("{hidden}", unseen);
  document.querySelector(".hidden-too").hidden = !unseen;
  told.hidden = false;
}

function byCoach() {
  const box = document.querySelector("[data-by-coach]"), names = new Set(rows.flatMap((row) => row.dataset.coaches.split("|")).filter(Boolean));
  if (!box || names.size < 2) return;
  const choice = box.querySelector("select");
  for (const name of [...names].sort((one, other) => one.localeCompare(other))) choice.add(new Option(name, name));
  box.hidden = false;
  choice.addEventListener("change", () => {
    for (const row of rows) row.hidden = choice.value !== "" && !row.dataset.coaches.split("|").includes(choice.value);
    for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector("tbody tr:not([hidden])");
  });
}

function ticks() {
  for (const button of document.querySelectorAll("[data-tick]")) {
    button.parentElement.hidden = false;
    button.addEventListener("click", () => {
      const boxes = button.closest(".group").querySelectorAll("tr:not([hidden]) .tick input");
      const wanted = button.closest(".group").querySelector(".pick [type=checkbox][name=row]") ? (it) => it.name === "row" : () => true;
      for (const box of boxes) if (wanted(box)) box.checked = button.dataset.tick === "all";
      count();
    });
  }
}

/* Who tells the time of a row wants it delivered. */
function tickRow({ target }) {
  const box = target.closest?.(".pick")?.querySelector("[type=checkbox][name=row]");
  if (box && box !== target && (target.type === "time" ? target.value : target.checked)) box.checked = true;
}

if (rows.length) {
  byCoach();
  ticks();
  count();
  document.addEventListener("change", (event) => { tickRow(event); count(); });
  addEventListener("pageshow", count); // The way back brings the ticks as they were.
}
