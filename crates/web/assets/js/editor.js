// Comfort in the text editor: marks and numbers follow, the caret goes to what was found, indentation stays.
(function () {
  "use strict";
  document.querySelectorAll("[data-editor]").forEach(function (editor) {
    var field = editor.querySelector("textarea");
    var gutter = editor.querySelector(".gutter");
    var marks = editor.querySelector(".marks");
    var numbers = gutter.textContent.split("\n").length - 1;

    function count(text) { return text.split("\n").length; }

    // Numbers for every line; what was marked below an edit no longer fits, what is above stays.
    function follow() {
      var before = field.value.slice(0, field.selectionStart);
      var line = count(before);
      var wanted = Math.max(count(field.value) + 2, 16);
      for (; numbers < wanted; numbers += 1) { gutter.append(String(numbers + 1) + "\n"); }
      field.rows = numbers;
      var rows = marks.childNodes;
      var at = 1;
      var rest = false;
      Array.prototype.slice.call(rows).forEach(function (node) {
        if (rest || at >= line) { rest = true; node.remove(); return; }
        at += (node.textContent.match(/\n/g) || []).length;
      });
    }
    field.addEventListener("input", follow);

    // The caret goes where a finding is.
    document.querySelectorAll("a[data-line]").forEach(function (link) {
      link.addEventListener("click", function (event) {
        var lines = field.value.split("\n");
        var line = Math.min(Number(link.getAttribute("data-line")), lines.length);
        var start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
        var column = Array.from(lines[line - 1] || "").slice(0, Number(link.getAttribute("data-column")) - 1).join("").length;
        event.preventDefault();
        field.focus({ preventScroll: true });
        field.setSelectionRange(start + column, start + column);
        editor.scrollIntoView({ block: "nearest" });
        editor.scrollTop = Math.max(0, (line - 4) * (field.scrollHeight / field.rows));
      });
    });

    // Tab makes a step only after it was asked for, and Escape gives the key back: nobody is held in the field.
    var toggle = document.querySelector("[data-tab-steps]");
    function steps() { return toggle && toggle.getAttribute("aria-pressed") === "true"; }
    if (toggle) {
      toggle.addEventListener("click", function () {
        toggle.setAttribute("aria-pressed", steps() ? "false" : "true");
      });
    }
    function type(text) {
      // The old command keeps what Undo knows; the new way does not.
      if (!document.execCommand("insertText", false, text)) {
        field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
        follow();
      }
    }
    field.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && steps()) { toggle.setAttribute("aria-pressed", "false"); return; }
      if (event.key === "Tab" && !event.shiftKey && steps()) { event.preventDefault(); type("  "); return; }
      if (event.key === "Enter" && !event.isComposing && !event.ctrlKey && !event.metaKey) {
        var before = field.value.slice(0, field.selectionStart);
        var last = before.slice(before.lastIndexOf("\n") + 1);
        var indent = last.match(/^[ \t]*/)[0] + (/\{\s*$/.test(last) ? "  " : "");
        if (indent) { event.preventDefault(); type("\n" + indent); }
      }
    });
  });
})();
