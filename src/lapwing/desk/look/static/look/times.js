/* Times: the server writes UTC; here the reader's zone is put in front of it, and how long ago or until then. */
"use strict";
(() => {
  const named = document.documentElement.lang;
  const language = named === "en" ? "en-GB" : named || undefined;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const local = new Intl.DateTimeFormat(language, {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  const localYear = new Intl.DateTimeFormat(language, {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "long" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];

  // Tomorrow is the next day of the calendar, and not whatever lies once 24 hours ahead and not yet twice.
  const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);
  const days = (time, now) => Math.round((midnight(time) - midnight(now)) / 86400000);

  const distance = (time, now) => {
    const seconds = (time - now) / 1000;
    if (Math.abs(seconds) > 45 * 86400) return "";
    for (const [unit, length] of units) {
      if (Math.abs(seconds) < length) continue;
      return relative.format(unit === "day" ? days(time, now) : Math.trunc(seconds / length), unit);
    }
    return relative.format(0, "minute");
  };

  // The server's clock counts, not that of the machine one happens to sit at.
  const meta = document.querySelector("meta[name=now]");
  const skew = meta ? Date.parse(meta.content) - Date.now() : 0;

  const show = (root) => {
    const now = Date.now() + skew;
    for (const element of root.querySelectorAll("time.when")) {
      const time = new Date(element.dateTime);
      if (Number.isNaN(time.valueOf())) continue;
      element.dataset.utc ??= element.textContent.trim();
      // Another year is said where no distance tells it.
      const far = !distance(time, now) && time.getFullYear() !== new Date(now).getFullYear();
      const plain = element.classList.contains("plain");
      const parts = [(far ? localYear : local).format(time), plain ? "" : distance(time, now)];
      if (element.classList.contains("relative") && parts[1]) parts.reverse();
      const brief = element.classList.contains("brief");
      element.textContent = parts[1] && !brief ? `${parts[0]} (${parts[1]})` : parts[0];
      element.title = brief ? `${local.format(time)} ${zone} · ${element.dataset.utc}` : element.dataset.utc;
    }
    for (const element of root.querySelectorAll(".due:has(time)")) {
      const time = Date.parse(element.querySelector("time").dateTime);
      element.classList.toggle("late", time <= now);
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    show(document);
    const name = document.querySelector("[data-zone]");
    if (name) name.textContent = zone;
    setInterval(() => show(document), 30000);
  });
  document.addEventListener("htmx:afterSettle", (event) => show(event.target.ownerDocument || document));
})();
