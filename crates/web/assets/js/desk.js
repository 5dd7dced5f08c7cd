// Comfort on the pages of people who log in.
(function () {
  "use strict";
  // A choice in a toolbar is made by choosing; without a script there is a button.
  document.querySelectorAll("form[data-at-once] select, form[data-at-once] input[type=checkbox]").forEach(function (field) {
    field.addEventListener("change", function () { field.form.requestSubmit(); });
  });
})();
