// Asks the browser for leave to show notices on this computer while a console is open behind other windows. Only ever by
// a press: a page that asks on its own is refused for good. static/alarm.js shows them.
"use strict";

(() => {
  const KEY = "rightcall.notices";
  const button = document.getElementById("notices-on");
  const said = document.getElementById("notices-said");
  if (!("Notification" in window)) {
    said.textContent = gettext("This browser shows no notices.");
    return;
  }

  const on = () => Notification.permission === "granted" && localStorage.getItem(KEY) === "on";

  function show() {
    button.disabled = false;
    button.textContent = on() ? gettext("Show no more notices here") : gettext("Show notices on this computer");
  }

  button.addEventListener("click", async () => {
    if (on()) {
      localStorage.setItem(KEY, "off");
      said.textContent = gettext("No more notices on this computer.");
    } else if ((await Notification.requestPermission()) === "granted") {
      localStorage.setItem(KEY, "on");
      new Notification("Rightcall", { body: gettext("Notices will look like this.") });
      said.textContent = gettext("On. They show while no console is looked at here.");
    } else {
      said.textContent = gettext("The browser does not allow it. Its settings for this page can.");
    }
    show();
  });
  show();
})();
