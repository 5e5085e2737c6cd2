// Times in the visitor's own zone. Without it pages show UTC.
"use strict";
(() => {
  const own = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  const show = () => {
    for (const time of document.querySelectorAll("time.moment")) {
      const at = new Date(time.dateTime);
      const shown = time.querySelector("[data-local]");
      if (shown && !Number.isNaN(at.getTime())) shown.textContent = own.format(at).replace(",", "");
    }
  };
  show();
  const zone = document.querySelector("[data-zone]");
  if (zone) zone.textContent = `times in ${own.resolvedOptions().timeZone}, UTC on hover`;
  document.addEventListener("acfix:renewed", show);
})();
