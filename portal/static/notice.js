// Tells how far a document has been read, and shows the page anew when it is. Without this script one loads it oneself.
"use strict";

(() => {
  const status = document.getElementById("reading");
  if (!status || !status.dataset.underWay) return;

  async function look() {
    try {
      const answer = await fetch(status.dataset.address, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const found = await answer.json();
        if (!found.under_way) return location.reload();
        if (status.textContent !== found.text) status.textContent = found.text;
      }
    } catch { /* the network is gone: asked again below */ }
    setTimeout(look, 2000);
  }
  setTimeout(look, 2000);
})();
