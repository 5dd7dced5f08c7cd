// Instants in the reader's zone: fields for date and time, and ways such as "yesterday". They travel in UTC.
(function () {
  "use strict";
  function two(number) { return (number < 10 ? "0" : "") + number; }
  function local(at) {
    var day = at.getFullYear() + "-" + two(at.getMonth() + 1) + "-" + two(at.getDate());
    var time = two(at.getHours()) + ":" + two(at.getMinutes());
    return day + "T" + time + (at.getSeconds() ? ":" + two(at.getSeconds()) : "");
  }
  function exact(at) { return at.toISOString().replace(/\.\d+Z$/, "Z"); }

  var forms = [];
  document.querySelectorAll("input[type=datetime-local]").forEach(function (field) {
    var at = new Date(field.getAttribute("data-instant") || "");
    if (!isNaN(at.getTime())) { field.value = local(at); }
    var zone = field.parentNode.querySelector(".zone");
    if (zone) { zone.hidden = true; }
    if (field.form && forms.indexOf(field.form) < 0) { forms.push(field.form); }
  });
  forms.forEach(function (form) {
    form.addEventListener("formdata", function (event) {
      form.querySelectorAll("input[type=datetime-local]").forEach(function (field) {
        var at = new Date(field.value);
        if (isNaN(at.getTime())) { event.formData.delete(field.name); return; }
        event.formData.set(field.name, exact(at));
      });
    });
  });

  // "yesterday 12:00", "monday 09:00", "7-days": as server and reader both understand them.
  function ofWords(words) {
    var parts = words.split(" "), at = new Date();
    var time = (parts[1] || "00:00").split(":");
    var back = /^(\d+)-days$/.exec(parts[0]);
    var days = parts[0] === "yesterday" ? 1 : 0;
    if (back) { days = Number(back[1]); }
    if (parts[0] === "monday") { days = (at.getDay() + 6) % 7 || 7; }
    at.setDate(at.getDate() - days);
    at.setHours(Number(time[0]), Number(time[1]), 0, 0);
    return at;
  }
  var here = new URL(window.location.href);
  document.querySelectorAll(".ways a").forEach(function (link) {
    var to = new URL(link.href), same = true, moved = false;
    ["from", "to", "at"].forEach(function (name) {
      var words = link.getAttribute("data-" + name);
      if (words) { to.searchParams.set(name, exact(ofWords(words))); moved = true; }
      same = same && to.searchParams.get(name) === here.searchParams.get(name);
    });
    if (!moved) { return; }
    link.href = to.href;
    if (same) { link.setAttribute("aria-current", "true"); } else { link.removeAttribute("aria-current"); }
  });
})();
