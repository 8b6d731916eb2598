/* What the sign-up page does beside HTML: fill in street and town, wait while it is sent, lead to what is wrong.
   Without this script, and without an answer to anything that it asks, the page works all the same.

   The page says with attributes what is what: on the form `data-address` (where to ask an address), `data-busy` (the
   text of the button meanwhile) and `data-wait` (seconds that it may not be sent before); on each field of an address
   `data-part`; on the place that is read aloud `data-part="found"`, with the texts `data-found`, `data-homes` and
   `data-unknown`; on the summary of what is wrong `data-summary`. */
"use strict";
const PAUSE = 300, LONGEST = 2500, RETURNED = 20000; // milliseconds
const MOST_NAMED = 8; // homes that are named; of more nobody listens to the end
const opened = performance.now();

document.querySelector("[data-summary]")?.focus();

/* -- street and town -- */

function followAddress(form) {
  const [postcode, number, addition, street, city, told] =
    ["postcode", "number", "addition", "street", "city", "found"].map((part) => form.querySelector(`[data-part="${part}"]`));
  if (!postcode || !number || !told) return;
  const places = { street, city };
  let timer, asked = "", asking, known;

  const isOurs = (field) => field.dataset.filled !== undefined && field.value === field.dataset.filled;
  const mayFill = (field) => field && (!field.value.trim() || isOurs(field));
  const say = (text) => { if (told.textContent !== text) told.textContent = text; };
  const fill = (field, value) => { field.value = value; field.dataset.filled = value; };

  /* What stood there for another address is not true any more. What somebody typed stays. */
  function forget() {
    known = undefined;
    say("");
    for (const field of Object.values(places)) if (field && isOurs(field)) fill(field, "");
  }

  function show(home) {
    known = home;
    for (const [part, field] of Object.entries(places)) {
      if (mayFill(field)) fill(field, home[part]);
      else if (field?.value === home[part]) field.dataset.filled = home[part]; // it came back with the page
    }
    // Who typed another street or town knows it better than the register.
    if (Object.entries(places).some(([part, field]) => field && field.value !== home[part])) return say("");
    const parts = [told.dataset.found.replace("{street}", home.street).replace("{city}", home.city)];
    if (addition && !addition.value.trim() && home.additions.length > 1 && !home.additions.includes(""))
      parts.push(told.dataset.homes.replace("{additions}", named(home.additions)));
    say(parts.join(" "));
  }

  const named = (additions) => additions.slice(0, MOST_NAMED).join(", ") + (additions.length > MOST_NAMED ? ", …" : "");

  async function ask() {
    const typed = `${postcode.value.replace(/[\s.-]/g, "").toUpperCase()} ${number.value.trim()}`;
    if (typed === asked) return;
    asking?.abort();
    if (asked) forget();
    asked = typed;
    if (!/^[1-9]\d{3}[A-Z]{2} .*\d/.test(typed)) return;
    const mine = (asking = new AbortController());
    const late = setTimeout(() => mine.abort(), LONGEST);
    try {
      const query = new URLSearchParams({ postcode: postcode.value, number: number.value });
      const answer = await fetch(`${form.dataset.address}?${query}`, { headers: { Accept: "application/json" }, signal: mine.signal });
      const home = answer.status === 200 ? await answer.json() : undefined;
      if (mine !== asking || mine.signal.aborted) return;
      if (home) show(home);
      else if (answer.status === 404) say(told.dataset.unknown);
    } catch {
      // No answer, or not in time: people fill it in themselves.
    } finally {
      clearTimeout(late);
    }
  }

  const soon = () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); };
  for (const field of [postcode, number]) {
    field.addEventListener("input", soon);
    field.addEventListener("change", soon); // some browsers fill in without an input event
  }
  addition?.addEventListener("change", () => { if (known) show(known); });
  addEventListener("pageshow", soon); // what the browser, or our answer to a mistake, brought back
}

/* -- sending: once, and not sooner than a person could -- */

function sendOnce(form) {
  const button = form.querySelector("button[type=submit], button:not([type])");
  const label = button?.textContent;
  let sent = false, back;

  function ready() {
    clearTimeout(back);
    sent = false;
    delete form.dataset.sent;
    button?.removeAttribute("aria-disabled");
    if (button) button.textContent = label;
  }

  form.addEventListener("submit", (event) => {
    if (sent) return event.preventDefault();
    sent = true;
    form.dataset.sent = "";
    button?.setAttribute("aria-disabled", "true");
    if (button && form.dataset.busy) button.textContent = form.dataset.busy;
    back = setTimeout(ready, RETURNED); // somebody stopped it, or there is no connection
    const early = (Number(form.dataset.wait) || 0) * 1000 - (performance.now() - opened);
    if (early > 0) {
      event.preventDefault();
      setTimeout(() => { if (sent) form.submit(); }, early);
    }
  });
  addEventListener("pageshow", ready);
}

for (const form of document.querySelectorAll("form[data-busy]")) {
  if (form.dataset.address) followAddress(form);
  sendOnce(form);
}
