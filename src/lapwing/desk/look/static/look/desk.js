/* Keyboard, dialogs and menus. Everything here also works without it, by links, buttons and forms. */
"use strict";
(() => {
  const typing = (element) => element.matches("input, select, textarea, [contenteditable]");
  const rows = () => [...document.querySelectorAll("[data-list] a.whole, [data-list] [data-row]")];

  // On a narrow screen the navigation is longer than its line: where one is, is in sight.
  const nav = document.querySelector(".top nav.places");
  const here = nav && nav.querySelector("[aria-current]");
  if (here) nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;

  // What is wider than its place can be scrolled by keyboard, and is no stop on the way where it is not.
  for (const room of document.querySelectorAll(".scroll:not([tabindex])")) {
    if (room.scrollWidth > room.clientWidth) room.tabIndex = 0;
  }

  // A form that comes back is in sight where something is wrong with it, and read out there.
  const wrong = document.querySelector("main [aria-invalid=true]") || document.querySelector("main .errorlist");
  if (wrong) {
    if (wrong.matches(".errorlist")) wrong.tabIndex = -1;
    wrong.focus({ preventScroll: true });
    wrong.scrollIntoView({ block: "center" });
  }

  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement);
    const next = here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by));
    all[next].focus();
    all[next].scrollIntoView({ block: "nearest" });
  };

  const use = (element) => {
    if (element.matches("input, select, textarea")) {
      element.focus();
      element.scrollIntoView({ block: "center" });
    } else {
      element.click();
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    const keys = { j: () => step(1), k: () => step(-1), "?": () => document.getElementById("keys")?.showModal() };
    const marked = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    const act = marked ? () => use(marked) : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.opens)?.showModal();
    }
    if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // A choice that takes effect at once, such as the language; without script its form has a button.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
  document.documentElement.classList.add("script");
})();
