// Charts: the numbers under the pointer, or under the arrow keys, in a line of their own; hours in the reader's zone.
(function () {
  "use strict";
  var halves = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hour12;
  // On an axis there is little room: `3 PM`, or `15:00`.
  function mark(at) {
    if (at.getHours() === 0 && at.getMinutes() === 0) { return day(at); }
    return halves && at.getMinutes() === 0 ? at.toLocaleTimeString(undefined, { hour: "numeric" }) : clock(at);
  }
  function clock(at) { return at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" }); }
  function day(at) { return at.toLocaleDateString(undefined, { day: "numeric", month: "short" }); }

  function prepare(chart) {
    var body = chart.querySelector(".chart-body");
    var line = chart.querySelector("[data-readout]");
    var spots = chart.querySelectorAll(".chart-spots rect");
    if (!body || !line || !spots.length) { return; }

    // Marks of hours; days and months are those of UTC, as the numbers are.
    chart.querySelectorAll("text[data-time]").forEach(function (text) {
      var at = new Date(text.getAttribute("data-time"));
      if (isNaN(at.getTime())) { return; }
      text.textContent = mark(at);
    });
    // Titles of hours: "22 Nov, 13:00–14:00 UTC: numbers".
    spots.forEach(function (spot) {
      var title = spot.querySelector("title");
      var parts = / (\d\d):(\d\d)–(\d\d):(\d\d) UTC: /.exec(title.textContent);
      if (!parts) { return; }
      var from = new Date(Number(spot.getAttribute("data-t")) * 1000);
      var minutes = (parts[3] * 60 + Number(parts[4])) - (parts[1] * 60 + Number(parts[2]));
      var to = new Date(from.getTime() + ((minutes + 1440) % 1440) * 60000);
      var numbers = title.textContent.slice(parts.index + parts[0].length);
      title.textContent = day(from) + ", " + clock(from) + "–" + clock(to) + ": " + numbers;
    });

    var at = -1;
    function show(index) {
      if (at >= 0) { spots[at].classList.remove("here"); }
      at = Math.max(0, Math.min(spots.length - 1, index));
      var words = spots[at].querySelector("title").textContent;
      spots[at].classList.add("here");
      line.textContent = words;
      body.setAttribute("aria-valuenow", String(at + 1));
      body.setAttribute("aria-valuetext", words);
    }
    body.setAttribute("role", "slider");
    body.setAttribute("tabindex", "0");
    body.setAttribute("aria-valuemin", "1");
    body.setAttribute("aria-valuemax", String(spots.length));
    body.setAttribute("aria-valuenow", String(spots.length));
    body.setAttribute("aria-valuetext", spots[spots.length - 1].querySelector("title").textContent);
    body.addEventListener("pointermove", function (event) {
      var index = Array.prototype.indexOf.call(spots, event.target);
      if (index >= 0) { show(index); }
    });
    body.addEventListener("pointerleave", function () {
      if (at >= 0 && document.activeElement !== body) { spots[at].classList.remove("here"); at = -1; }
    });
    body.addEventListener("focus", function () { if (at < 0) { show(spots.length - 1); } });
    body.addEventListener("keydown", function (event) {
      var steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -24, PageUp: 24, Home: -1e6, End: 1e6 };
      if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in steps)) { return; }
      event.preventDefault();
      show((at < 0 ? spots.length - 1 : at) + steps[event.key]);
    });
  }

  function prepareAll(part) { part.querySelectorAll("[data-chart]").forEach(prepare); }
  prepareAll(document);
  document.addEventListener("tenure:fresh", function (event) { prepareAll(event.target); });
})();
