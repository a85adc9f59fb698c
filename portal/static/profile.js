// What a change of place or size would have brought, told while the form is filled in. Without this script the button
// "preview" does the same.
"use strict";

for (const form of document.querySelectorAll("form[data-preview]")) {
  const place = document.getElementById(form.dataset.preview);
  let timer = 0, asked = 0;

  const tell = async () => {
    const mine = ++asked;
    const body = new URLSearchParams(new FormData(form));
    body.set("preview", "1");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      const told = (await answer.json()).told || [];
      // An answer that is overtaken by a later question says nothing any more.
      if (mine !== asked) return;
      const list = document.createElement("ul");
      list.className = answer.ok ? "done" : "wrong";
      list.append(...told.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
      place.replaceChildren(list);
    } catch {
      place.replaceChildren();
    }
  };

  form.addEventListener("change", () => { clearTimeout(timer); timer = setTimeout(tell, 300); });
}
