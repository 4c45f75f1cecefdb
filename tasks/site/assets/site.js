/* What pages can do beyond what they show without a script. No request leaves the folder. */
"use strict";

/* An element with attributes and children; text is never read as markup. */
const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "boolean") element.toggleAttribute(key, value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
};

/* Days are texts such as 2022-02-01, in UTC. */
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DAY_LONG = 86_400_000;
const numberOf = (day) => Date.parse(day + "T00:00:00Z") / DAY_LONG;
const dayOf = (number) => new Date(number * DAY_LONG).toISOString().slice(0, 10);
const isDay = (text) =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(numberOf(text)) && dayOf(numberOf(text)) === text;
const dayText = (day) => {
  const [year, month, date] = day.split("-").map(Number);
  return `${date} ${MONTHS[month - 1]} ${year}`;
};

/* The time machine: every [data-row] as known at the end of a day, which the address names. */
const timeMachine = (place, data) => {
  const days = data.days;
  const [first, last] = [days[0], days[days.length - 1]];
  const rows = [...document.querySelectorAll("[data-row]")]
    .filter((row) => Object.hasOwn(data.rows, row.dataset.row))
    .map((row) => ({
      row,
      steps: data.rows[row.dataset.row],
      cells: ["value", "since"].map((name) => {
        const cell = row.querySelector(`[data-${name}]`);
        return cell && { cell, latest: [...cell.childNodes], text: cell.textContent.trim() };
      }),
    }));

  const slider = make("input", {
    type: "range", id: "asof-slider", min: numberOf(first), max: numberOf(last), step: 1,
    list: "asof-days",
  });
  const ticks = make("datalist", { id: "asof-days" });
  ticks.append(...days.map((day) => make("option", { value: numberOf(day) })));
  const box = make("input", { type: "date", id: "asof-box", min: first, max: last });
  const earlier = make("button", { type: "button" }, "Earlier version");
  const later = make("button", { type: "button" }, "Later version");
  const latest = make("button", { type: "button" }, "Latest");
  const line = make("p", { class: "asof-line", role: "status" });
  place.append(
    make("h2", {}, "Time machine"),
    make("p", { class: "soft" },
      `Set the figures of the tables to what was known at the end of a day. ` +
      `${days.length} ${days.length === 1 ? "day" : "days"} with a version, ` +
      `${dayText(first)} to ${dayText(last)}.`),
    make("label", { for: "asof-slider" }, "Day"), slider, ticks,
    make("p", { class: "asof-controls" },
      make("label", { for: "asof-box" }, "Date"), box, earlier, later, latest),
    line,
  );

  let shownDay = null; // null: the latest
  const show = (day, note = "") => {
    shownDay = day;
    let differing = 0;
    for (const { row, steps, cells } of rows) {
      const step = day === null ? null : steps.findLast(([since]) => since <= day);
      const texts = step === undefined
        ? ["no row", ""] : step && [step[1] ?? "no figure", dayText(step[0])];
      cells.forEach((one, index) => {
        if (one && texts) one.cell.textContent = texts[index];
        else if (one) one.cell.replaceChildren(...one.latest);
      });
      const differs = Boolean(texts && cells[0] && texts[0] !== cells[0].text);
      row.classList.toggle("differs", differs);
      differing += differs;
    }
    const version = day && days.findLast((one) => one <= day);
    slider.value = numberOf(day ?? last);
    slider.setAttribute("aria-valuetext", dayText(day ?? last));
    box.value = day ?? last;
    earlier.disabled = (day ?? last) <= first;
    later.disabled = latest.disabled = day === null;
    place.classList.toggle("past", day !== null);
    const figures = `${differing} of ${rows.length} ${rows.length === 1 ? "figure" : "figures"}`;
    line.textContent = note + (
      day === null ? `Latest: as known on ${dayText(last)}.`
      : version ? `As known on ${dayText(day)}, from the version of ${dayText(version)}; ` +
        `${figures} ${differing === 1 ? "differs" : "differ"} from the latest.`
      : `As known on ${dayText(day)}: nothing, since the first version is of ${dayText(first)}.`);
  };

  const fromAddress = () => {
    const [, wanted] = /^#asof=(.*)$/.exec(location.hash) ?? [];
    if (wanted === undefined) {
      if (location.hash === "" || shownDay === null) show(null);
    } else if (isDay(wanted)) show(wanted);
    else show(null, "The address names no day. ");
  };
  const go = (day) => {
    const hash = day === null ? "" : `#asof=${day}`;
    if (location.hash === hash) return fromAddress();
    history.pushState(null, "", hash || location.pathname + location.search);
    return fromAddress();
  };
  slider.addEventListener("input", () => show(dayOf(Number(slider.value))));
  slider.addEventListener("change", () => go(dayOf(Number(slider.value))));
  box.addEventListener("change", () => { if (isDay(box.value)) go(box.value); });
  earlier.addEventListener("click", () => {
    const day = days.findLast((one) => one < (shownDay ?? last));
    if (day) go(day);
  });
  later.addEventListener("click", () => go(days.find((one) => one > shownDay) ?? null));
  latest.addEventListener("click", () => go(null));
  window.addEventListener("popstate", fromAddress);
  window.addEventListener("hashchange", fromAddress);
  place.hidden = false;
  fromAddress();
};

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("time-machine");
  const data = globalThis.vaxwatchData;
  if (place && data?.kind === "steps" && data.days.length) timeMachine(place, data);
});
