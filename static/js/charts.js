// Draws every table marked data-chart above itself; the table stays, for everybody who wants the figures.
(function () {
  "use strict";
  var colours = ["#0b57a4", "#b35900"];

  function figures(table, column) {
    return Array.from(table.tBodies[0].rows, function (row) { return Number(row.cells[column].textContent); });
  }

  function draw(table) {
    if (table.tBodies[0].rows[0].cells.length < 2 || !window.Chart) { return; }
    var box = document.createElement("div");
    box.className = "o-chart";
    var canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", table.caption.textContent + "，数字见下表");
    box.appendChild(canvas);
    var details = table.closest("details");
    details.open = false;
    details.parentNode.insertBefore(box, details);
    var heads = Array.from(table.tHead.rows[0].cells).filter(function (head) { return head.dataset.kind; });
    var sets = heads.map(function (head, index) {
      return {
        type: head.dataset.kind, label: head.textContent, data: figures(table, head.cellIndex),
        backgroundColor: colours[index], borderColor: colours[index], borderWidth: head.dataset.kind === "line" ? 2 : 0,
        pointRadius: 2, order: head.dataset.kind === "line" ? 0 : 1
      };
    });
    var labels = Array.from(table.tBodies[0].rows, function (row) { return row.cells[0].textContent; });
    new window.Chart(canvas, {
      data: { labels: labels, datasets: sets },
      options: {
        animation: false, maintainAspectRatio: false,
        scales: { y: { beginAtZero: true, ticks: { precision: 0 } }, x: { grid: { display: false } } },
        plugins: { legend: { position: "bottom" } }
      }
    });
  }

  document.querySelectorAll("table[data-chart]").forEach(draw);
}());
