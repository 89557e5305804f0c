// Asks the browser for leave to show notices on this device, and tells Rightcall where to send them. Only ever by a touch:
// a page that asks on its own is refused for good.
"use strict";

(() => {
  const button = document.getElementById("push-on");
  const said = document.getElementById("push-said");
  const say = (text) => {
    said.textContent = text;
  };
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    button.disabled = true;
    say(gettext("This browser shows no notices. On an iPhone, add Rightcall to the home screen first."));
    return;
  }

  const bytes = (text) => {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };

  const subscribe = async () => {
    const registration = await navigator.serviceWorker.register(button.dataset.worker);
    await new Promise((resolve) => {
      const worker = registration.active ?? registration.waiting ?? registration.installing;
      if (worker.state === "activated") resolve();
      worker.addEventListener("statechange", () => worker.state === "activated" && resolve());
    });
    const key = bytes(button.dataset.key);
    const known = await registration.pushManager.getSubscription();
    // One that was made with another key of ours can never be used again.
    const ours = known && String(new Uint8Array(known.options.applicationServerKey)) === String(key);
    if (known && !ours) await known.unsubscribe();
    return ours ? known : registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    say(gettext("Asking the browser…"));
    try {
      if ((await Notification.requestPermission()) !== "granted") {
        say(gettext("The browser does not allow it. Its settings for this page can."));
        return;
      }
      const subscription = await subscribe();
      const answer = await fetch(button.dataset.subscribe, {
        method: "POST",
        headers: { "X-CSRFToken": csrfToken() },
        body: new URLSearchParams({ subscription: JSON.stringify(subscription) }),
      });
      if (answer.status === 201) window.location.reload();
      else if (answer.headers.get("Content-Type")?.startsWith("application/json")) say((await answer.json()).why);
      else say(gettext("That did not work. Look whether you are still logged in, and try again."));
    } catch (error) {
      say(interpolate(gettext("The browser’s push service did not answer (%(name)s). Try again, or choose another way."), error, true));
    } finally {
      button.disabled = false;
    }
  });
})();
