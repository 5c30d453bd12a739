"use strict";

// The page is rendered by the gateway alone. When it announces a change, the page is fetched again and its live regions
// are exchanged, so that nothing from the network is ever put together to markup here.
(() => {
  const status = document.getElementById("status");
  let running = false;
  let again = false;

  const keys = (region) => new Set(Array.from(region.querySelectorAll("[data-key]"), (e) => e.dataset.key));

  // selected tells whether somebody is copying text out of a region: it is not taken away from under the mouse.
  function selected(region) {
    const selection = getSelection();
    return !selection.isCollapsed && region.contains(selection.anchorNode);
  }

  // exchange replaces a region's content and keeps the focus where it was. It returns the number of new calls.
  function exchange(old, fresh) {
    const unfolded = Array.from(old.querySelectorAll("details[id][open]"), (e) => e.id);
    for (const details of fresh ? fresh.querySelectorAll("details[id]") : []) {
      details.open = unfolded.includes(details.id);
    }
    if (!fresh || old.innerHTML === fresh.innerHTML || selected(old)) {
      return 0;
    }
    const known = keys(old);
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const added = Array.from(fresh.querySelectorAll("[data-key]")).filter((e) => !known.has(e.dataset.key));
    added.forEach((e) => e.classList.add("new"));
    old.replaceChildren(...fresh.childNodes);
    const target = focused && document.getElementById(focused);
    if (target) {
      target.focus({ preventScroll: true });
    }
    return added.length;
  }

  async function refresh() {
    if (running || document.hidden) {
      again = true;
      return;
    }
    running = true;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        let added = 0;
        for (const region of document.querySelectorAll("[data-live]")) {
          added += exchange(region, page.getElementById(region.id));
        }
        if (added > 0) {
          status.textContent = added === 1 ? "1 new call" : added + " new calls";
        }
      }
    } catch (_) {
      status.textContent = "The gateway does not answer";
    } finally {
      running = false;
    }
    if (again) {
      again = false;
      refresh();
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && again) {
      again = false;
      refresh();
    }
  });

  function listen(address) {
    const source = new EventSource(address);
    let first = true;
    source.addEventListener("open", () => {
      if (!first) {
        status.textContent = "";
      }
      first = false;
    });
    source.addEventListener("changed", refresh);
    source.addEventListener("transaction", refresh);
    source.addEventListener("end", () => {
      source.close();
      document.body.classList.add("ended");
      status.textContent = "The session has ended; its data is discarded.";
    });
    source.addEventListener("error", () => {
      status.textContent = "The connection to the gateway is lost";
    });
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => event.persisted && location.reload()); // back from the browser's cache
  }

  function select(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  // copy uses the clipboard where the browser allows it: not over plain HTTP from another machine.
  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch (_) {
      select(source);
      if (!document.execCommand("copy")) {
        status.textContent = "Selected; copy with the keyboard";
        return;
      }
    }
    button.classList.add("done");
    status.textContent = "Copied";
    setTimeout(() => button.classList.remove("done"), 1500);
  }

  function tick() {
    for (const element of document.querySelectorAll("[data-until]")) {
      const left = Math.max(0, Math.round((Date.parse(element.dataset.until) - Date.now()) / 1000));
      element.textContent = left < 60 ? left + " s" : Math.floor(left / 60) + " min " + String(left % 60).padStart(2, "0") + " s";
    }
  }

  setInterval(tick, 1000);
  for (const region of document.querySelectorAll("[data-from-end]")) {
    region.scrollLeft = region.scrollWidth;
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  if (document.body.dataset.events) {
    listen(document.body.dataset.events);
  }
})();
