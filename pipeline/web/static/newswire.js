// What the pages gain with JavaScript: dates in the reader's zone, and keys that can be switched off. All of it is extra.
(() => {
  "use strict";
  document.documentElement.classList.add("scripted");

  const forms = {
    minute: { dateStyle: "medium", timeStyle: "short" },
    second: { dateStyle: "medium", timeStyle: "short" },
  };
  for (const time of document.querySelectorAll("time[datetime]")) {
    const form = forms[time.dataset.precision];
    if (!form) continue; // a day is a day wherever one reads of it
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = time.textContent;
    time.textContent = new Intl.DateTimeFormat(undefined, form).format(at);
  }

  const facets = document.querySelector(".facets-all");
  if (facets && window.matchMedia("(max-width: 61.99rem)").matches && !facets.querySelector(".chosen")) {
    facets.open = false;
  }

  const field = document.getElementById("q");
  const hits = [...document.querySelectorAll(".hit")];
  const bar = document.getElementById("keys");
  const button = document.getElementById("keys-switch");
  let on = true;
  try { on = localStorage.getItem("newswire-keys") !== "off"; } catch { /* storage is off: keys stay on */ }

  const show = () => {
    button.textContent = on ? "Turn keys off" : "Turn keys on";
    button.setAttribute("aria-pressed", String(on));
  };
  bar.hidden = false;
  show();
  button.addEventListener("click", () => {
    on = !on;
    try { localStorage.setItem("newswire-keys", on ? "on" : "off"); } catch { /* only for this page, then */ }
    show();
  });

  let place = -1;
  const step = (by) => {
    if (!hits.length) return;
    hits[place]?.classList.remove("current");
    place = Math.min(Math.max(place + by, 0), hits.length - 1);
    hits[place].classList.add("current");
    hits[place].querySelector("a").focus();
  };
  document.addEventListener("keydown", (event) => {
    if (!on || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "/" && field) { event.preventDefault(); field.focus(); field.select(); }
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
  });
})();
