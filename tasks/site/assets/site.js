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
    document.dispatchEvent(new Event("vaxwatch:figures"));
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

/* The search box: a combobox over names in several languages; its data is loaded on first use. */
const KINDS = ["country", "source", "table", "product", "alert"];
const MOST_FOUND = 10;
const folded = (text) =>
  text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ").trim();

const joined = (text) => text.replaceAll(" ", "");

/* How well one of the names fits, 0 the best, and which; null for none. */
const rankOf = (names, wanted) => {
  const words = wanted.split(" ");
  let best = null;
  names.forEach((name, index) => {
    const padded = ` ${name} `;
    const rank = padded === ` ${wanted} ` ? 0 : name.startsWith(wanted) ? 1
      : padded.includes(` ${wanted}`) ? 2 : words.every((one) => padded.includes(` ${one}`)) ? 3
      : wanted.length > 2 && joined(name).includes(joined(wanted)) ? 4 : null;
    if (rank !== null && (best === null || rank < best.rank)) best = { rank, index };
  });
  return best;
};

const search = (place) => {
  const root = place.dataset.root;
  let entries = null;
  let found = [];
  let active = -1;
  const input = make("input", {
    type: "search", id: "search-box", role: "combobox", autocomplete: "off", spellcheck: "false",
    "aria-expanded": "false", "aria-controls": "search-list", "aria-autocomplete": "list",
    placeholder: "Country, table, product …",
  });
  const list = make("ul", { id: "search-list", role: "listbox", "aria-label": "Found", hidden: true });
  const state = make("p", { class: "search-state", role: "status" });
  place.append(make("label", { for: "search-box", class: "unseen" }, "Search"), input, list, state);

  const load = () => {
    if (entries !== null || place.querySelector("script")) return;
    const script = make("script", { src: `${root}search.js` });
    script.addEventListener("load", () => {
      entries = globalThis.vaxwatchSearch.map(([kind, address, name, others]) => {
        const shown = [name, ...(others ? others.split("|") : [])];
        const code = kind === "country" ? /\(([A-Z]{3})\)$/.exec(name) : null;
        return { kind, address, shown, names: [...shown, ...(code ? [code[1]] : [])].map(folded) };
      });
      if (input.value) update();
    });
    script.addEventListener("error", () => { state.textContent = "search.js is missing."; });
    place.append(script);
  };
  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (index) => {
    active = index;
    [...list.children].forEach((option, at) => {
      option.setAttribute("aria-selected", String(at === index));
      if (at === index) option.scrollIntoView({ block: "nearest" });
    });
    if (index < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `found-${index}`);
  };
  const open = (one) => { location.href = root + one.address; };
  const option = (one, at) => {
    const other = one.index > 0 && one.index < one.shown.length ? ` · ${one.shown[one.index]}` : "";
    const row = make("li", { id: `found-${at}`, role: "option", "aria-selected": "false" },
      make("span", {}, one.shown[0] + other), make("span", { class: "kind" }, one.kind));
    row.addEventListener("pointerdown", (event) => { event.preventDefault(); open(one); });
    return row;
  };
  const update = () => {
    const wanted = folded(input.value);
    if (!wanted || entries === null) {
      state.textContent = "";
      return close();
    }
    found = entries
      .map((one) => ({ ...one, ...rankOf(one.names, wanted) }))
      .filter((one) => one.rank !== undefined)
      .sort((a, b) => a.rank - b.rank || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind)
        || a.names[0].length - b.names[0].length)
      .slice(0, MOST_FOUND);
    list.replaceChildren(...found.map(option));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    state.textContent = found.length ? `${found.length} found` : "Nothing found";
    return mark(-1);
  };
  input.addEventListener("focus", load);
  input.addEventListener("input", () => { load(); update(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const last = found.length - 1;
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" && list.hidden) update();
    else if (list.hidden) return;
    else if (event.key === "ArrowDown") mark(active < last ? active + 1 : 0);
    else if (event.key === "ArrowUp") mark(active > 0 ? active - 1 : last);
    else if (event.key === "Enter") open(found[Math.max(active, 0)]);
    else return;
    event.preventDefault();
  });
  place.hidden = false;
};

document.addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("search");
  if (box) search(box);
  const place = document.getElementById("time-machine");
  const data = globalThis.vaxwatchData;
  if (place && data?.kind === "steps" && data.days.length) timeMachine(place, data);
});
