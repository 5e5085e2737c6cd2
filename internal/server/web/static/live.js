// Live updates of a run. They are a convenience: a reload shows the same.
"use strict";
(() => {
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

  let before = "";
  const show = (update) => {
    say("settled", update.settled);
    say("in_hand", update.in_hand);
    find("bar").value = update.settled;
    const now = JSON.stringify(update.words);
    if (now !== before && !find("words").contains(document.activeElement)) {
      before = now;
      words(update.words);
    }
    for (const wave of update.waves || []) {
      const row = live.querySelector(`[data-wave="${wave.number}"]`);
      if (!row) continue;
      say("settled", wave.settled, row);
      say("failed", wave.failed, row);
    }
    for (const [position, device] of Object.entries(update.changed || {})) {
      const element = document.querySelector(`[data-device="${Number(position)}"]`);
      if (!element || element.textContent === spaced(device.word)) continue;
      badge(element, device.word, device.tone);
      // The sentence below the badge still describes the previous word.
      say("sentence", "Changed since this page was loaded. Reload it to see the result.", element.closest("article"));
    }
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
