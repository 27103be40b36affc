// What HTML cannot do alone: keep what the reader opened when a part of the page is renewed.
"use strict";

// A <details> the reader opened stays open: the server does not know it was, and would close it.
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, element) =>
  !(name === "open" && element.tagName === "DETAILS");

// A control waits for nobody: a renewal by the timer is dropped while the reader's own is under way.
document.addEventListener("htmx:responseError", (event) => {
  // An error page instead of the part: show it as a page, with its remedy, not silence.
  if (event.detail.requestConfig.triggeringEvent) {
    window.location.assign(event.detail.pathInfo.finalRequestPath);
  }
});
