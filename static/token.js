// The token that every POST carries, read anew each time: whoever had to log in again in another tab has a new one there,
// and what is typed on this page can still be sent.
"use strict";

function csrfToken() {
  const [, token] = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/) ?? [];
  return token ?? document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb === "post") event.detail.parameters.csrfmiddlewaretoken = csrfToken();
});
