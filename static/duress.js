// Duress: held for a second, sent, and sent again until Rightcall has answered with a receipt. The key is made here at
// the press and kept over a reload, so that however often it is sent it is one duress. Needs no live stream.
"use strict";

(() => {
  const HOLD = 1_000; // ms that a press lasts which is meant
  const RECEIPT = 5_000; // ms without a receipt, and the radio is the way
  const AGAIN = 2_000; // ms between two tries
  const TWICE = 5_000; // ms for the second press of somebody who cannot hold
  const OLD = 86_400_000; // ms after which what is kept here is forgotten
  const KEPT = "rightcall.duress";

  const bar = document.getElementById("duress");
  if (!bar) return;
  const form = bar.querySelector("form");
  const button = bar.querySelector("[data-hold]");
  const told = bar.querySelector("[data-told]");
  const notSent = bar.querySelector("[data-not-sent]");

  let holding = null;
  let pressedOnce = 0;
  let pending = kept();

  function kept() {
    try {
      const found = JSON.parse(localStorage.getItem(KEPT));
      return found && Date.now() - found.at < OLD ? found : null;
    } catch {
      return null;
    }
  }

  // A phone that keeps nothing still sends.
  function keep(value) {
    pending = value;
    try {
      if (value) localStorage.setItem(KEPT, JSON.stringify(value));
      else localStorage.removeItem(KEPT);
    } catch {}
  }

  const key = () =>
    crypto.randomUUID?.() ??
    "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
      (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16),
    );

  function press() {
    let_go();
    if (pending) return;
    keep({ key: key(), at: Date.now() });
    notSent.textContent = "";
    told.textContent = gettext("Sending…");
    navigator.vibrate?.(200);
    send();
  }

  function hold(event) {
    if (holding || (event.button ?? 0) !== 0) return;
    button.classList.add("is-held");
    holding = setTimeout(press, HOLD);
  }

  function let_go() {
    clearTimeout(holding);
    holding = null;
    button.classList.remove("is-held");
  }

  function judge() {
    if (!pending || Date.now() - pending.at < RECEIPT) return;
    const sentence = gettext("NOT SENT, USE RADIO");
    if (notSent.textContent !== sentence) notSent.textContent = sentence; // said once
    told.textContent = gettext("Trying again…");
  }

  async function send() {
    const { key, at } = pending;
    const body = new FormData(form);
    body.set("key", key);
    body.set("pressed", String(Math.round((Date.now() - at) / 1_000)));
    body.set("csrfmiddlewaretoken", csrfToken());
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        redirect: "manual",
        signal: AbortSignal.timeout(RECEIPT),
      });
      if (answer.status !== 201) throw new Error(answer.status);
      const receipt = await answer.json();
      keep(null);
      notSent.textContent = "";
      told.textContent = interpolate(gettext("SENT %(at)s. Receipt %(receipt)s. It rings at dispatch."), receipt, true);
      navigator.vibrate?.([100, 100, 100]);
    } catch {
      judge();
      setTimeout(send, AGAIN);
    }
  }

  button.addEventListener("pointerdown", hold);
  for (const name of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(name, let_go);
  button.addEventListener("keydown", (event) => {
    if (!["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    if (!event.repeat) hold(event);
  });
  button.addEventListener("keyup", let_go);
  button.addEventListener("blur", let_go);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  form.addEventListener("submit", (event) => event.preventDefault());
  // A click that no finger and no key made comes from an aid that cannot hold: it is asked once more.
  button.addEventListener("click", (event) => {
    event.preventDefault();
    if (event.detail !== 0 || pending) return;
    if (Date.now() - pressedOnce < TWICE) return press();
    pressedOnce = Date.now();
    told.textContent = gettext("Press once more to send DURESS.");
  });
  setInterval(judge, 500);
  if (pending) send();
})();
