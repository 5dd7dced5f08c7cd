// Figures that stay current: `data-fresh="30"` is asked for again every 30 seconds, but only while somebody looks,
// and not under the hand of a reader. After half an hour without a touch it rests, so that it keeps nobody logged in.
(function () {
  "use strict";
  var live = document.querySelector("[data-fresh][id]");
  if (!live || !window.fetch || !window.DOMParser) { return; }
  var every = Math.max(10, Number(live.getAttribute("data-fresh")) || 30) * 1000;
  var rests = 30 * 60 * 1000;
  var touched = Date.now();
  ["pointerdown", "pointermove", "keydown", "scroll"].forEach(function (name) {
    window.addEventListener(name, function () { touched = Date.now(); }, { passive: true });
  });
  function isRead() {
    var selection = window.getSelection();
    return live.contains(document.activeElement) || live.querySelector("details[open]") || live.querySelector(".here") ||
      (selection && !selection.isCollapsed);
  }
  function ask() {
    if (document.visibilityState !== "visible" || Date.now() - touched > rests || isRead()) { return; }
    fetch(window.location.href, { credentials: "same-origin", redirect: "error", headers: { accept: "text/html" } })
      .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(); })
      .then(function (text) {
        var page = new DOMParser().parseFromString(text, "text/html");
        var next = page.getElementById(live.id);
        // In another window somebody went to another server: its figures don't belong under this one's name.
        if (page.body.dataset.server !== document.body.dataset.server) { return; }
        if (!next || isRead()) { return; }
        ["fresh", live.id].forEach(function (id) {
          var from = page.getElementById(id);
          var to = document.getElementById(id);
          if (!from || !to) { return; }
          var made = document.importNode(from, true);
          to.replaceWith(made);
          made.dispatchEvent(new CustomEvent("tenure:fresh", { bubbles: true }));
        });
        live = document.getElementById(live.id);
      })
      .catch(function () { /* The figures stay; their time says how old they are. */ });
  }
  window.setInterval(ask, every);
  document.addEventListener("visibilitychange", ask);
})();
