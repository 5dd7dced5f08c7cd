// Comfort for browsers that run scripts. Every page does its work without this file.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("scripted");

  // Times in the reader's zone; the time in UTC stays in the title.
  function local(part) {
    part.querySelectorAll("time[datetime]").forEach(function (time) {
      var at = new Date(time.getAttribute("datetime"));
      if (isNaN(at.getTime())) { return; }
      var whole = time.getAttribute("datetime").length > 10;
      if (!whole) { return; }
      time.title = time.textContent;
      time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    });
  }
  local(document);
  // A part of the page that was fetched again.
  document.addEventListener("tenure:fresh", function (event) { local(event.target); });

  // Dropping a file is choosing it.
  document.querySelectorAll(".drop").forEach(function (drop) {
    var input = drop.querySelector("input[type=file]");
    if (!input) { return; }
    ["dragover", "dragenter"].forEach(function (name) {
      drop.addEventListener(name, function (event) { event.preventDefault(); drop.classList.add("over"); });
    });
    ["dragleave", "drop"].forEach(function (name) {
      drop.addEventListener(name, function () { drop.classList.remove("over"); });
    });
    drop.addEventListener("drop", function (event) {
      event.preventDefault();
      if (event.dataTransfer && event.dataTransfer.files.length) { input.files = event.dataTransfer.files; }
    });
  });

  // Copying a text that stands on the page.
  document.querySelectorAll("[data-copies]").forEach(function (button) {
    var source = document.getElementById(button.getAttribute("data-copies"));
    if (!source || !navigator.clipboard) { button.hidden = true; return; }
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(source.textContent).then(function () {
        var status = document.getElementById("copied");
        if (status) { status.textContent = "Copied."; }
        button.setAttribute("data-done", "");
      });
    });
  });

  // One form, sent once: a second click while the answer is under way does nothing.
  var forms = document.querySelectorAll("form[method=post]:not([data-downloads])");
  forms.forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (form.hasAttribute("data-sent")) { event.preventDefault(); return; }
      form.setAttribute("data-sent", "");
    });
  });
  window.addEventListener("pageshow", function () {
    forms.forEach(function (form) { form.removeAttribute("data-sent"); });
  });
})();
