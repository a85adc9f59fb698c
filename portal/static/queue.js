// The queue by keyboard, and answers that survive a broken network. Without this script all of it works by forms.
"use strict";

(() => {
  const cards = document.getElementById("cards");
  const status = document.getElementById("status");
  const latest = document.getElementById("latest");
  const words = cards.dataset;
  const store = `anbudslots-unsent-${words.account}`;
  const LONGEST_WAIT = 30000;

  const all = () => [...cards.querySelectorAll(".card")];
  const say = (text) => { status.textContent = text; };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // --- What is not saved yet: kept by the browser until the server has said that it is saved. ---

  const unsent = (() => {
    try { return JSON.parse(localStorage.getItem(store)) || []; } catch { return []; }
  })();
  const keep = () => {
    // A browser that stores nothing still sends: only a closed tab would then lose what is unsent.
    try {
      if (unsent.length) localStorage.setItem(store, JSON.stringify(unsent));
      else localStorage.removeItem(store);
    } catch { /* storage is off */ }
  };
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  const csrf = () => document.querySelector("input[name=csrf]").value;
  let sending = false, pause = 1000, timer = 0;

  async function send() {
    if (sending || !unsent.length) return;
    sending = true;
    clearTimeout(timer);
    const first = unsent[0];
    try {
      const body = new URLSearchParams({ ...first.fields, csrf: csrf() });
      const answer = await fetch(first.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.status === 403) return say(words.signedOut);
      if (answer.status >= 500 || answer.status === 429) throw new Error(answer.status);
      unsent.shift();
      keep();
      pause = 1000;
      if (answer.ok) done(first, await answer.json());
      else { say(words.refused); mark(first.subject, words.refused, "unsaved"); }
    } catch {
      mark(first.subject, words.unsaved, "unsaved");
      say(fill(words.unsavedCount, { n: unsent.length }));
      timer = setTimeout(send, pause);
      pause = Math.min(pause * 2, LONGEST_WAIT);
    } finally {
      sending = false;
    }
    // After a success the next one goes at once; after a failure the timer sends the same again.
    if (unsent.length && unsent[0] !== first) send();
  }

  function put(action, fields, subject) {
    unsent.push({ action, fields, subject });
    keep();
    send();
  }
  addEventListener("online", send);

  // --- What an answer of the server changes on the page. ---

  const card = (subject) => all().find((one) => one.dataset.subject === subject);

  function mark(subject, text, state) {
    const own = card(subject);
    if (!own) return null;
    own.classList.remove("judged", "unsaved");
    if (state) own.classList.add(state);
    const said = own.querySelector(".said");
    said.textContent = text;
    return said;
  }

  function done(sent, told) {
    if (told.asked) return say(words.asked);
    const text = fill(words.saved, told);
    if (told.undone) {
      latest.querySelector(`[data-number="${told.number}"]`)?.remove();
      mark(sent.subject, words.undone, "");
      return say(`${words.undone} ${told.title}`);
    }
    if (sent.undo) return undo(told.number, sent.subject);
    const said = mark(sent.subject, `${text} `, "judged");
    if (said) said.append(undoButton(told.number, sent.subject));
    const row = document.createElement("li");
    row.dataset.number = told.number;
    row.dataset.subject = sent.subject;
    row.append(`${text} – ${told.title} `, undoButton(told.number, sent.subject));
    if (!latest.querySelector(`[data-number="${told.number}"]`)) latest.prepend(row);
    latest.parentElement.hidden = false;
    say(`${text} – ${told.title}`);
  }

  function undoButton(number, subject) {
    const button = document.createElement("button");
    button.className = "link";
    button.textContent = words.undo;
    button.addEventListener("click", () => undo(number, subject));
    return button;
  }

  function undo(number, subject) {
    put("/ko/angra", { number }, subject);
  }

  function undoLast() {
    // What has not been sent yet is taken out of the list; what is on its way, or may have arrived without an answer,
    // is undone as soon as it is known to be saved.
    for (let at = unsent.length - 1; at >= 0; at--) {
      const one = unsent[at];
      if (one.action !== "/ko" || one.undo) continue;
      if (at === 0) one.undo = true;
      else unsent.splice(at, 1);
      keep();
      mark(one.subject, words.undone, "");
      return say(words.undone);
    }
    const row = [...latest.children].find((one) => !unsent.some((other) => String(other.fields.number) === one.dataset.number));
    if (row) undo(row.dataset.number, row.dataset.subject || "");
  }

  // --- Buttons and forms. ---

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches(".judge, .ask, .undo")) return;
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form, event.submitter));
    delete fields.csrf;
    const subject = form.closest(".card")?.dataset.subject || "";
    if (form.matches(".judge")) fields.key = newKey();
    put(new URL(form.action).pathname, fields, subject);
    if (form.matches(".judge")) {
      form.querySelector(".no").open = false;
      const next = all()[all().indexOf(form.closest(".card")) + 1];
      (next || document.getElementById("more") || form.closest(".card")).focus();
    }
  });

  // --- Keys. They can be switched off, and do nothing while a field is written in. ---

  const keys = document.getElementById("keys");
  const keysStore = "anbudslots-keys";
  try { keys.checked = localStorage.getItem(keysStore) !== "off"; } catch { /* storage is off */ }
  keys.addEventListener("change", () => {
    try { localStorage.setItem(keysStore, keys.checked ? "on" : "off"); } catch { /* storage is off */ }
  });

  const current = () => document.activeElement.closest?.(".card");
  const press = (own, value) => own?.querySelector(`button[value="${value}"]`)?.click();

  function move(step) {
    const list = all(), at = list.indexOf(current());
    const next = at < 0 ? (step > 0 ? 0 : list.length - 1) : at + step;
    if (next >= list.length) document.getElementById("more")?.focus();
    else list[Math.max(0, next)]?.focus();
  }

  document.addEventListener("keydown", (event) => {
    const field = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape") {
      const own = current();
      if (own) { own.querySelector(".no").open = false; own.focus(); }
      return;
    }
    if (field || !keys.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    const own = current();
    const no = own?.querySelector(".no");
    const act = {
      j: () => move(1),
      k: () => move(-1),
      u: undoLast,
      n: () => { if (own) { own.querySelector(".note").open = true; own.querySelector("textarea").focus(); } },
      o: () => own?.querySelector(".open").click(),
      "/": () => document.getElementById("q").focus(),
      "?": () => { const help = document.getElementById("help"); help.open = !help.open; help.querySelector("summary").focus(); },
    }[event.key];
    if (act) { event.preventDefault(); return act(); }
    if (!own || !/^[1-9]$/.test(event.key)) return;
    event.preventDefault();
    if (no.open) return no.querySelectorAll("button")[Number(event.key) - 1]?.click();
    if (event.key === "1") press(own, "yes");
    if (event.key === "2") press(own, "maybe");
    if (event.key === "3") { no.open = true; no.querySelector("button").focus(); }
  });

  all()[0]?.focus({ preventScroll: true });
  send();
})();
