// Brings the page up to date in place: at once when the server says that something changed (events),
// and every ten seconds in any case. What is typed, selected, focused or scrolled to stays. Without
// scripts the page reloads itself instead.
"use strict";

(() => {
  const EVERY_MILLISECONDS = 10_000;
  const lost = document.getElementById("lost");

  const isTyped = (part) => [...part.querySelectorAll("input, textarea, select")].some((field) =>
    field === document.activeElement || (field.value !== field.defaultValue && "defaultValue" in field));

  const refocus = (part, focused) => {
    if (!focused) return;
    const href = focused.getAttribute("href");
    const same = (focused.id && document.getElementById(focused.id)) ||
      (href && [...part.querySelectorAll("a")].find((link) => link.getAttribute("href") === href));
    same?.focus({ preventScroll: true });
  };

  // A list in which somebody types in one place: all the others are replaced around it.
  const merge = (old, fresh) => {
    const kept = new Map();
    for (const child of [...old.children]) {
      if (isTyped(child)) kept.set(child.dataset.key, child);
      else child.remove();
    }
    let before = old.firstElementChild;
    for (const child of [...fresh.children]) {
      const same = kept.get(child.dataset.key);
      if (same) before = same.nextElementSibling;
      else old.insertBefore(child, before);
    }
  };

  const replace = (old, fresh) => {
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    if ("keyed" in old.dataset) {
      merge(old, fresh);
      if (!document.contains(focused)) refocus(old, focused);
    } else if (!isTyped(old)) {
      old.replaceWith(fresh);
      refocus(fresh, focused);
    }
  };

  const refresh = async () => {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.status === 401) {
      location.reload();
      return;
    }
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    lost.hidden = true;
    if (getSelection().type === "Range") return;
    document.title = page.title;
    for (const fresh of page.querySelectorAll("[data-live]")) {
      const old = document.querySelector(`[data-live="${fresh.dataset.live}"]`);
      if (old && old.outerHTML !== fresh.outerHTML) replace(old, fresh);
    }
  };

  let timer = 0;
  let isRunning = false;
  let isAskedAgain = false;

  const run = async () => {
    clearTimeout(timer);
    if (isRunning) {
      isAskedAgain = true;
      return;
    }
    isRunning = true;
    try {
      await refresh();
    } catch {
      lost.hidden = false;
    }
    isRunning = false;
    timer = setTimeout(run, isAskedAgain ? 0 : EVERY_MILLISECONDS);
    isAskedAgain = false;
  };

  // Browsers open few connections to one host: a page that nobody looks at gives its own back.
  let events = null;
  const listen = () => {
    if (document.hidden) {
      events?.close();
      events = null;
    } else if (!events && "EventSource" in window) {
      events = new EventSource("/events");
      events.addEventListener("verdicts", run);
    }
  };
  document.addEventListener("visibilitychange", () => {
    listen();
    if (!document.hidden) run();
  });
  addEventListener("pagehide", () => events?.close());

  listen();
  timer = setTimeout(run, EVERY_MILLISECONDS);
})();
