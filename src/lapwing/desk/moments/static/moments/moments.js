/* From a row of the queue straight to its forms, and into the first field of the form that an address points at. */
"use strict";
(() => {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.key !== "a" && event.key !== "d")) return;
    const row = document.activeElement.closest("[data-list] a.whole");
    if (!row || !row.id.startsWith("q-")) return;
    event.preventDefault();
    location.href = `${row.href}#${event.key === "a" ? "assess" : "decide"}`;
  });

  const enter = () => {
    const place = document.getElementById(location.hash.slice(1));
    place?.querySelector("form")?.querySelector("textarea, input:not([type=hidden]), select")?.focus({ preventScroll: true });
  };
  addEventListener("hashchange", enter);
  // After the browser has gone to the place itself, which takes the focus away again.
  addEventListener("load", () => setTimeout(enter));
  document.addEventListener("click", (event) => {
    // Pointing at the same place again enters it again.
    if (event.target.closest('a[href^="#"]')) setTimeout(enter);
  });
})();
