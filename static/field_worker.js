// Shows what is pushed, and leads to its page. Nothing else: it keeps no page and no data.
"use strict";

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data?.json() ?? {};
  } catch {
    // Whatever it was, somebody wanted us to look: a push that shows nothing ends the subscription.
  }
  const shown = self.registration.showNotification(told.subject ?? "Rightcall", {
    body: told.text,
    data: { url: told.url },
    tag: told.subject, // the same told twice is shown once
    renotify: Boolean(told.subject),
    requireInteraction: true,
  });
  event.waitUntil(shown);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data?.url ?? "/field/", self.location.origin);
  // What was pushed says which page, never whose.
  const url = wanted.origin === self.location.origin ? wanted.href : self.location.origin;
  event.waitUntil(
    (async () => {
      const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
      const open = pages.find((page) => page.url === url);
      return open ? open.focus() : self.clients.openWindow(url);
    })(),
  );
});
