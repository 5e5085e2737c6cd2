// Jobs in progress. It is a convenience: a reload shows the same.
"use strict";
(() => {
  const soon = 3000;
  // A browser opens few connections to one server; runs beyond these wait for the next reload.
  const most = 3;
  const jobs = document.querySelectorAll("[data-job]");
  const reload = () => window.location.reload();
  const follow = (job) => {
    const find = (name) => job.querySelector(`[data-follow="${name}"]`);
    const source = new EventSource(job.dataset.follow);
    source.addEventListener("progress", (event) => {
      const update = JSON.parse(event.data);
      find("settled").textContent = update.settled;
      find("bar").value = update.settled;
    });
    source.addEventListener("end", () => {
      source.close();
      setTimeout(reload, soon / 3); // the job itself ends a moment after its run
    });
  };
  const running = [...jobs].filter((job) => job.dataset.follow);
  if (window.EventSource) running.slice(0, most).forEach(follow);
  if (running.length < jobs.length || running.length > most) setTimeout(reload, soon);
})();
