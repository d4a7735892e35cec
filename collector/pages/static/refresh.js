// Brings the page up to date in place every ten seconds: what is typed, selected, focused or
// scrolled to stays. Without scripts the page reloads itself instead.
"use strict";

(() => {
  const EVERY_MILLISECONDS = 10_000;
  const lost = document.getElementById("lost");

  const replace = (old, fresh) => {
    const focused = old.contains(document.activeElement) && document.activeElement;
    const href = focused && focused.getAttribute("href");
    old.replaceWith(fresh);
    if (href) {
      [...fresh.querySelectorAll("a")].find((link) => link.getAttribute("href") === href)?.focus();
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
      if (old) replace(old, fresh);
    }
  };

  const plan = () => setTimeout(async () => {
    try {
      await refresh();
    } catch {
      lost.hidden = false;
    }
    plan();
  }, EVERY_MILLISECONDS);

  plan();
})();
