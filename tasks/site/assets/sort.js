/* Tables sort by column: a button in each heading, on a narrow screen a list above the cards. */
"use strict";

const FEWEST_ROWS = 3;
const NOTHING = new Set(["", "–", "none", "no figure", "no row", "no day", "no number", "not stated"]);
const RANKS = ["info", "low", "medium", "high", "critical"];
const ORDERS = ["ascending", "descending"];
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/* The text of a cell up to its first line break, below which is what belongs to it. */
const firstLine = (cell) => {
  const nodes = [...cell.childNodes];
  const end = nodes.findIndex((one) => one.nodeName === "BR");
  return nodes.slice(0, end < 0 ? nodes.length : end).map((one) => one.textContent).join("");
};

/* What a cell sorts by: a day, a number or a severity as a number, text as text, null for nothing. */
const keyOf = (text) => {
  const plain = text.replace(/\s+/g, " ").trim();
  if (NOTHING.has(plain)) return null;
  const day = /^(?:\d+ )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})(?: (\d\d):(\d\d) UTC)?$/.exec(plain);
  if (day && MONTHS.includes(day[2])) {
    const [, date, month, year, hour = 0, minute = 0] = day;
    return Date.UTC(year, MONTHS.indexOf(month), date, hour, minute);
  }
  const rank = RANKS.indexOf(plain.split(" ")[0]);
  if (rank >= 0) return rank;
  const number = /^([−+-]?)(\d[\d,]*(?:\.\d+)?)(?=$|[^\w:])/.exec(plain);
  if (!number) return plain;
  return Number(number[2].replaceAll(",", "")) * (number[1] === "−" || number[1] === "-" ? -1 : 1);
};

/* Numbers before text, so that a column of both still has one order. */
const compare = (one, other) => {
  if (typeof one === typeof other)
    return typeof one === "number" ? one - other : collator.compare(one, other);
  return typeof one === "number" ? -1 : 1;
};

const sortable = (table) => {
  const headings = [...table.querySelectorAll("thead th")];
  const body = table.tBodies[0];
  const published = [...(body?.rows ?? [])];
  if (published.length < FEWEST_ROWS || headings.some((one) => one.textContent.trim() === "") ||
      published.some((row) => row.cells.length !== headings.length)) return;
  const names = headings.map((one) => one.textContent.trim());
  let sorted = null; // null: as published, else column and order

  const select = make("select", {}, make("option", { value: "" }, "as published"));
  names.forEach((name, column) => ORDERS.forEach((order) =>
    select.append(make("option", { value: `${column} ${order}` }, `${name}, ${order}`))));
  const bar = make("p", { class: "sort-by screen" }, make("label", {}, "Sort by ", select));

  const arrange = () => {
    if (!sorted) return body.append(...published);
    const way = sorted.order === "ascending" ? 1 : -1;
    const keyed = published.map((row) => ({ row, key: keyOf(firstLine(row.cells[sorted.column])) }));
    keyed.sort((one, other) =>
      one.key === null || other.key === null
        ? (one.key === null) - (other.key === null) // nothing comes last, in either order
        : way * compare(one.key, other.key));
    return body.append(...keyed.map(({ row }) => row));
  };
  const sortBy = (column, order) => {
    sorted = order ? { column, order } : null;
    headings.forEach((one, index) => {
      if (sorted && index === column) one.setAttribute("aria-sort", order);
      else one.removeAttribute("aria-sort");
    });
    select.value = sorted ? `${column} ${order}` : "";
    arrange();
  };
  headings.forEach((heading, column) => {
    const button = make("button", { type: "button", class: "sort" });
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const order = sorted?.column === column ? sorted.order : null;
      sortBy(column, ORDERS[ORDERS.indexOf(order) + 1] ?? null);
    });
  });
  select.addEventListener("change", () => {
    const [column, order] = select.value.split(" ");
    sortBy(Number(column), order);
  });
  if (table.classList.contains("cards")) table.before(bar);
  document.addEventListener("vaxwatch:figures", () => { if (sorted) arrange(); });
};

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("main table").forEach(sortable);
});
