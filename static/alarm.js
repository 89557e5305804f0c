// Sounds while something on the page is marked data-alarm: a duress that nobody has, a team that is asked whether it is
// all right. Only where the person has allowed sound, in this browser; a phone shakes, too. What moves, live.js moves.
"use strict";

(() => {
  const KEY = "rightcall.sound";
  const EVERY = 2_000; // ms between two signals

  const toggle = document.querySelector("[data-sound]");
  let audio = null;
  let title = "";

  const allowed = () => localStorage.getItem(KEY) === "on";

  function show() {
    if (!toggle) return;
    toggle.hidden = false;
    toggle.setAttribute("aria-pressed", String(allowed()));
    toggle.textContent = `Sound: ${allowed() ? "on" : "off"}`;
  }

  // A browser lets a page sound only once it has been pressed somewhere: each page anew.
  function ready() {
    if (!allowed()) return;
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume();
  }

  function beep() {
    if (!allowed() || audio?.state !== "running") return;
    for (const [after, pitch] of [[0, 880], [0.25, 660]]) {
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.25, audio.currentTime + after);
      volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + after + 0.22);
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + after);
      tone.stop(audio.currentTime + after + 0.23);
    }
  }

  function signal() {
    const alarm = document.querySelector("[data-alarm]");
    // The tab says it where the page is not looked at.
    const said = alarm?.querySelector("h2")?.textContent.trim() ?? "";
    if (said !== title) {
      const plain = title ? document.title.replace(`${title} · `, "") : document.title;
      document.title = said ? `${said} · ${plain}` : plain;
      title = said;
    }
    if (!alarm) return;
    beep();
    const phone = document.querySelector(".field") && navigator.userActivation?.hasBeenActive;
    if (phone) navigator.vibrate?.([400, 150, 400]);
  }

  toggle?.addEventListener("click", () => {
    localStorage.setItem(KEY, allowed() ? "off" : "on");
    show();
    ready();
    beep();
  });
  for (const name of ["pointerdown", "keydown"]) addEventListener(name, ready, true);
  show();
  setInterval(signal, EVERY);
  signal();
})();
