// Sounds while something on the page is marked data-alarm: a duress that nobody has, a team that is asked whether it is
// all right; and once for each event that its reader has chosen (data-sounds): of the board (static/board.js), or a
// message (static/messages.js). Only where the person has allowed sound, in this browser; a phone shakes, too. Behind
// other windows the computer shows a notice, where they have asked for that: a number and a priority, or from whom,
// nothing else.
"use strict";

(() => {
  const KEY = "rightcall.sound";
  const NOTICES = "rightcall.notices";
  const EVERY = 2_000; // ms between two signals
  const LEAST = 0.1; // of the volume, for what nobody may miss
  const RINGS = 5_000; // ms between two sounds of the same kind, at least

  // Pitches in Hz, one after the other: each kind is told from the others by its tune, not its loudness.
  const TUNES = {
    duress: [880, 660],
    overdue: [520, 520, 520],
    returned: [620, 440],
    new: [740],
    message: [590, 790, 990],
  };
  const SAYS = {
    overdue: gettext("Waits longer than promised"),
    returned: gettext("A team that was asked does not come"),
    new: gettext("New incident"),
    message: gettext("Message"),
  };

  const toggle = document.querySelector("[data-sound]");
  const desk = document.querySelector("[data-sounds]");
  const chosen = (desk?.dataset.sounds ?? "").split(" ");
  const volume = Math.max(LEAST, (desk?.dataset.volume ?? 40) / 100);
  let audio = null;
  let title = "";

  const allowed = () => localStorage.getItem(KEY) === "on";

  function show() {
    if (!toggle) return;
    toggle.hidden = false;
    toggle.setAttribute("aria-pressed", String(allowed()));
    toggle.textContent = allowed() ? gettext("Sound: on") : gettext("Sound: off");
  }

  // A browser lets a page sound only once it has been pressed somewhere: each page anew.
  function ready() {
    if (!allowed()) return;
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume();
  }

  function play(kind) {
    document.dispatchEvent(new CustomEvent("sounded", { detail: kind }));
    if (audio?.state !== "running") return;
    TUNES[kind].forEach((pitch, place) => {
      const after = audio.currentTime + place * 0.25;
      const [tone, loud] = [audio.createOscillator(), audio.createGain()];
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0.6 * volume, after);
      loud.gain.exponentialRampToValueAtTime(0.001, after + 0.22);
      tone.connect(loud).connect(audio.destination);
      tone.start(after);
      tone.stop(after + 0.23);
    });
  }

  function signal() {
    const alarm = document.querySelector("[data-alarm]");
    // The tab says it where the page is not looked at.
    const said = alarm?.querySelector("h2")?.textContent.trim() ?? "";
    if (said !== title) {
      const plain = title ? document.title.replace(`${title} · `, "") : document.title;
      document.title = said ? `${said} · ${plain}` : plain;
      title = said;
      if (said) notice(gettext("DURESS"), gettext("Open Rightcall now."), "duress");
    }
    if (!alarm) return;
    if (allowed()) play("duress");
    const phone = document.querySelector(".field") && navigator.userActivation?.hasBeenActive;
    if (phone) navigator.vibrate?.([400, 150, 400]);
  }

  function notice(about, words, tag) {
    const wanted = window.Notification?.permission === "granted" && localStorage.getItem(NOTICES) === "on";
    if (!wanted || !document.hidden) return;
    const shown = new Notification(about, { body: words, tag, renotify: true });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
  }

  const rang = {}; // kind → when it sounded last
  document.addEventListener("news", ({ detail: events }) => {
    for (const kind of Object.keys(SAYS)) {
      const about = events.filter((each) => each.kind === kind);
      if (!about.length || !chosen.includes(kind)) continue;
      const [{ number, priority, from }] = about;
      const words = priority ? gettext("Incident %(number)s, priority %(priority)s") : gettext("Incident %(number)s, priority open");
      const more = about.length > 1 ? interpolate(gettext(", and %(count)s more"), { count: about.length - 1 }, true) : "";
      notice(SAYS[kind], (from ?? interpolate(words, { number, priority }, true)) + more, kind);
      if (!allowed() || performance.now() - (rang[kind] ?? -RINGS) < RINGS) continue;
      rang[kind] = performance.now();
      play(kind);
    }
  });

  toggle?.addEventListener("click", () => {
    localStorage.setItem(KEY, allowed() ? "off" : "on");
    show();
    ready();
    if (allowed()) play("duress");
  });
  for (const button of document.querySelectorAll("[data-try-sound]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      audio ??= new AudioContext(); // pressed for, so heard: whatever is switched on
      audio.resume().then(() => play(button.dataset.trySound));
    });
  }
  for (const name of ["pointerdown", "keydown"]) addEventListener(name, ready, true);
  show();
  setInterval(signal, EVERY);
  signal();
})();
