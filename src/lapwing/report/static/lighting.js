
// What the pictures, the ledger and the tables of a moment do, wherever they stand. All of it reads without.
(() => {
  "use strict";
  const all = (root, selector) => [...root.querySelectorAll(selector)];
  document.body.classList.add("script");

  // Pointing at an act, or giving it the focus, lights it up in timeline, network and ledger.
  let lit = null;
  const dark = () => {
    if (!lit) return;
    lit.classList.remove("lighting");
    all(lit, ".lit, .near").forEach((one) => one.classList.remove("lit", "near"));
    lit = null;
  };
  const light = (target) => {
    const one = target instanceof Element ? target.closest("[data-a], [data-s], [data-acts]") : null;
    dark();
    const moment = one && one.closest("[data-moment]");
    if (!moment) return;
    lit = moment;
    moment.classList.add("lighting");
    const mark = (selector, name = "lit") => all(moment, selector).forEach((el) => el.classList.add(name));
    const { a: act, s: subject, acts } = one.dataset;
    if (acts !== undefined) {
      // A stage of a ladder: the acts that are of its kinds.
      one.classList.add("lit");
      acts.split(" ").forEach((each) => mark(`[data-a="${each}"]`));
      return;
    }
    if (act === undefined) {
      mark(`[data-s="${subject}"]`);
      return;
    }
    mark(`[data-a="${act}"]`);
    mark(`[data-acts~="${act}"]`);
    const row = moment.querySelector(`tr[data-a="${act}"]`);
    const number = subject ?? (row && row.dataset.s);
    mark(`g[data-s="${number}"]`);
    for (const other of row && row.dataset.w ? row.dataset.w.split(" ") : []) {
      const pair = [Number(number), Number(other)].sort((x, y) => x - y).join("-");
      mark(`.nodes [data-s="${other}"]`, "near");
      mark(`[data-l="${pair}"]`);
    }
  };
  document.addEventListener("pointerover", (event) => light(event.target));
  document.addEventListener("focusin", (event) => light(event.target));
  addEventListener("beforeprint", dark);

  // Tables sort by the column whose head is pressed, and back.
  const value = (row, at) => row.cells[at].textContent.trim();
  // Numbers stand as the language of the page writes them.
  const mark = (1.5).toLocaleString(document.documentElement.lang || "en")[1];
  const amount = (text) => parseFloat(text.replace("−", "-").replace(new RegExp(`[^\\d${mark}-]`, "g"), "").replace(mark, ".")) || 0;
  for (const table of all(document, "table.sortable")) {
    all(table, "thead th:not([data-plain])").forEach((head) => {
      const button = document.createElement("button");
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        all(table, "thead th").forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const at = head.cellIndex, sign = down ? -1 : 1, numeric = head.classList.contains("n");
        const rows = [...table.tBodies[0].rows].map((row) => [value(row, at), row]);
        rows.sort(([x], [y]) => sign * (numeric ? amount(x) - amount(y) : x.localeCompare(y, "en", { numeric: true })));
        table.tBodies[0].append(...rows.map(([, row]) => row));
      });
    });
  }

  // The arrow keys walk through a ledger.
  const walkLedger = (row, step) => {
    const next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (!next) return;
    row.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") dark();
    const row = document.activeElement.closest("[data-ledger] tbody tr");
    if (!row || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    walkLedger(row, event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
  });

  // A picture wider than its place shows the onset first, as soon as it is seen.
  const showOnset = (moment) => {
    const onset = moment.querySelector("svg.timeline .onset");
    const room = onset && onset.closest(".scroll");
    if (!room || room.scrollWidth <= room.clientWidth) return;
    room.scrollLeft += onset.getBoundingClientRect().left - room.getBoundingClientRect().left - room.clientWidth / 3;
  };
  for (const moment of all(document, "[data-moment]")) {
    const entry = moment.closest("details");
    if (entry) entry.addEventListener("toggle", () => entry.open && showOnset(moment));
    if (!entry || entry.open) showOnset(moment);
  }
})();
