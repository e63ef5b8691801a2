
// The page reads without this script; it adds keys, and addresses that open a moment.
(() => {
  "use strict";
  const all = (root, selector) => [...root.querySelectorAll(selector)];

  // Keys.
  const help = document.querySelector("dialog.keys");
  const heads = all(document, "details.moment > summary");
  const go = (head) => {
    head.focus();
    head.scrollIntoView({ block: "nearest" });
  };
  const walk = (step) => {
    if (!heads.length) return;
    const within = document.activeElement.closest("details.moment");
    const at = within ? heads.indexOf(within.firstElementChild) : step > 0 ? -1 : heads.length;
    go(heads[Math.min(heads.length - 1, Math.max(0, at + step))]);
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else if (event.key === "?") help.showModal();
    else if (event.key === "Escape") {
      const moment = document.activeElement.closest("details.moment[open]");
      if (!moment) return;
      moment.open = false;
      go(moment.firstElementChild);
    } else return;
    event.preventDefault();
  });

  // An address that points at a moment opens it.
  const openTarget = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", openTarget);
  openTarget();
})();
