// The table of runs: a click on a heading sorts; in the filter, every word must begin a word of the run's settings, and every
// number must be one of its settings.
(() => {
  const table = document.querySelector("#runs table");
  const body = table.tBodies[0];
  const settings = Number(table.dataset.settings); // columns at the left that the filter looks at
  const wordsOf = (text) => text.toLowerCase().split(/[\s,]+/).filter(Boolean);
  const rows = Array.from(body.rows, (row) => ({
    row,
    words: wordsOf(Array.from(row.cells).slice(0, settings).map((cell) => cell.textContent).join(" ")),
  }));
  const count = document.getElementById("count");
  const filter = document.getElementById("filter");

  const show = () => {
    const wanted = wordsOf(filter.value);
    const fits = (word, found) => (Number.isNaN(Number(word)) ? found.startsWith(word) : Number(found) === Number(word));
    let shown = 0;
    for (const { row, words } of rows) {
      row.hidden = !wanted.every((word) => words.some((found) => fits(word, found)));
      shown += !row.hidden;
    }
    count.textContent = shown === rows.length ? `${rows.length} runs` : `${shown} of ${rows.length} runs`;
  };

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
  };

  const compare = (one, other) => {
    if (typeof one === "string") return one.localeCompare(other, "en", { numeric: true });
    if (Number.isNaN(one) || Number.isNaN(other)) return Number.isNaN(one) - Number.isNaN(other);
    return one - other;
  };

  const sort = (heading) => {
    const descending = heading.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const column = heading.cellIndex;
    const sign = descending ? -1 : 1;
    rows.sort((a, b) => sign * compare(valueOf(a.row, column), valueOf(b.row, column)));
    body.append(...rows.map(({ row }) => row));
  };

  for (const heading of table.tHead.rows[0].cells) {
    heading.querySelector("button").addEventListener("click", () => sort(heading));
  }
  filter.addEventListener("input", show);
  show();
})();
