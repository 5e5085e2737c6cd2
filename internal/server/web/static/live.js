// Live updates of a run. They are a convenience: a reload shows the same.
"use strict";
(() => {
  // Countdowns to the end of a soak or a pause.
  const left = () => {
    for (const element of document.querySelectorAll("[data-until]")) {
      const seconds = Math.round((new Date(element.dataset.until) - Date.now()) / 1000);
      const text = seconds > 0 ? `(${Math.floor(seconds / 60)} min ${seconds % 60} s left)` : "";
      if (element.textContent !== text) element.textContent = text;
    }
  };
  left();
  setInterval(left, 1000);

  const live = document.querySelector("[data-events]");
  if (!live || !window.EventSource) return;
  const find = (name, within = document) => within.querySelector(`[data-live="${name}"]`);
  const say = (name, text, within) => {
    const element = find(name, within);
    if (element && element.textContent !== String(text)) element.textContent = text;
  };
  const spaced = (word) => word.replaceAll("_", " ");

  const badge = (element, word, tone) => {
    element.textContent = spaced(word);
    element.className = "word " + tone;
  };

  // words shows the number of devices by word, problems first.
  const words = (list) => {
    find("words").replaceChildren(...list.map((one) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const count = document.createElement("b");
      count.textContent = one.count;
      link.href = one.link + "#list";
      link.className = one.tone;
      link.append(count, " " + spaced(one.word));
      item.append(link);
      return item;
    }));
  };

  // renew takes the list of devices and the waves from a new copy of the page: devices move to others with the same
  // reason. It waits while the visitor reads details or stands in the list.
  const renewEvery = 4000;
  let renewed = 0, asked = false;
  const renew = () => {
    const parts = [find("list"), document.querySelector(".waves")].filter(Boolean);
    const busy = parts.some((part) => part.contains(document.activeElement) || part.querySelector("details[open]"));
    if (asked || busy || Date.now() - renewed < renewEvery) return;
    asked = true;
    const request = new XMLHttpRequest();
    request.responseType = "document";
    request.open("GET", window.location.href.split("#")[0]);
    request.addEventListener("loadend", () => {
      asked = false;
      renewed = Date.now();
      const page = request.response;
      if (!page || request.status !== 200) return;
      stale = false;
      for (const [mine, other] of [[find("list"), find("list", page)], [document.querySelector(".waves"), page.querySelector(".waves")]]) {
        if (mine && other) mine.replaceWith(document.adoptNode(other));
      }
      document.dispatchEvent(new Event("acfix:renewed"));
      left();
    });
    request.send();
  };

  let before = "", stale = false;
  const show = (update) => {
    say("settled", update.settled);
    say("in_hand", update.in_hand);
    find("bar").value = update.settled;
    const now = JSON.stringify(update.words);
    if (now !== before) {
      stale = stale || before !== "";
      if (!find("words").contains(document.activeElement)) {
        before = now;
        words(update.words);
      }
    }
    for (const wave of update.waves || []) {
      const row = document.querySelector(`[data-wave="${wave.number}"]`);
      if (!row) continue;
      say("settled", wave.settled, row);
      say("failed", wave.failed, row);
      row.querySelector("progress").value = wave.settled;
      row.querySelector("b").textContent = wave.state;
    }
    for (const [position, device] of Object.entries(update.changed || {})) {
      const element = document.querySelector(`[data-device="${Number(position)}"]`);
      if (!element) continue;
      const doing = find("doing", element.closest("article"));
      if (element.textContent === spaced(device.word)) {
        if (device.doing) doing.textContent = device.doing;
        continue;
      }
      badge(element, device.word, device.tone);
      doing.textContent = device.doing || "changed since this list was loaded";
      stale = true;
    }
    if (stale) renew();
  };

  const source = new EventSource(live.dataset.events);
  source.addEventListener("open", () => say("note", ", live"));
  source.addEventListener("error", () => say("note", ", live updates interrupted"));
  source.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  source.addEventListener("end", () => {
    source.close();
    window.location.reload();
  });
})();
