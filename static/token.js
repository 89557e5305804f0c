// Whoever had to log in again in another tab has a new token there: htmx sends that one with every form, so that what is
// typed on this page can still be sent.
"use strict";

document.addEventListener("htmx:configRequest", (event) => {
  const [, token] = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/) ?? [];
  if (token && event.detail.verb === "post") event.detail.parameters.csrfmiddlewaretoken = token;
});
