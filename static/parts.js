// Where a part of a page is asked for anew while somebody types, what is typed stays: an answer that is not that part
// (a log-in page after the session has ended, an error) changes nothing but says so.
"use strict";

(() => {
  function refuse(words) {
    let said = document.getElementById("part-refused");
    if (!said) {
      said = document.createElement("p");
      said.id = "part-refused";
      said.className = "alert";
      said.setAttribute("role", "alert");
      document.querySelector(".messages").append(said);
    }
    said.textContent = words;
    said.scrollIntoView({ block: "nearest" });
  }

  addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (xhr.status === 200 && xhr.responseText.includes(`id="${target.id}"`)) {
      document.getElementById("part-refused")?.remove();
      return;
    }
    event.detail.shouldSwap = false;
    refuse(gettext("Not shown: you may have been logged out. What you typed is still here; log in in another window, then go on."));
  });
  addEventListener("htmx:sendError", () => {
    refuse(gettext("Rightcall cannot be reached. What you typed is still here; try again in a moment."));
  });
})();
