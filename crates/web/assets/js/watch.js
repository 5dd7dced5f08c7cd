// What goes on by itself: the part of the page is fetched again until it says that it is over. Focus and scroll stay.
(function () {
  "use strict";
  var watched = document.querySelector("[data-watch][id]");
  if (!watched || !window.fetch || !window.DOMParser) { return; }
  var id = watched.id;
  function again(wait) { window.setTimeout(look, wait); }
  function look() {
    if (document.hidden) { again(2000); return; }
    fetch(window.location.href, { credentials: "same-origin" }).then(function (answer) {
      return answer.ok && !answer.redirected ? answer.text() : null;
    }).then(function (text) {
      var page = text && new DOMParser().parseFromString(text, "text/html");
      var isOurs = page && page.body.dataset.server === document.body.dataset.server;
      var found = isOurs && page.getElementById(id);
      // Over, or not ours any more: the whole page, once.
      if (!found || !found.hasAttribute("data-watch")) { window.location.reload(); return; }
      var now = document.getElementById(id);
      if (now && !now.contains(document.activeElement)) { now.replaceWith(document.importNode(found, true)); }
      again(1000);
    }).catch(function () { again(3000); });
  }
  again(1000);
})();
