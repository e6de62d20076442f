// A new sitting: only the subjects of the chosen session's occupation can be picked. Without this the server says no.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const session = document.getElementById("id_exam_session");
  const subject = document.getElementById("id_subject");
  if (!(session instanceof HTMLSelectElement) || !(subject instanceof HTMLSelectElement)) return;
  const fit = () => {
    const wanted = session.selectedOptions[0]?.dataset.occupation;
    for (const one of subject.options) {
      const other = Boolean(wanted && one.dataset.occupation && one.dataset.occupation !== wanted);
      one.hidden = other;
      one.disabled = other;
      if (other && one.selected) subject.value = "";
    }
  };
  session.addEventListener("change", fit);
  fit();
});
