"use strict";
// Elements that all views use. Texts become text nodes, never HTML.

/** An element with properties, attributes (with "-" or unknown as properties) and children. */
function element(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name);
  made.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key in made && key !== "role") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((each) => each !== null && each !== undefined));
  return made;
}

/** The address of a view. A list as a value repeats its key. */
function linkTo(view, values = {}) {
  const query = new URLSearchParams({ view });
  for (const [key, value] of Object.entries(values)) {
    for (const each of [value].flat()) query.append(key, each);
  }
  return `#${query}`;
}

function link(view, values, ...children) {
  return element("a", { href: linkTo(view, values) }, ...children);
}

/** A link into an artifact, or the name of a layer that is not part of the report. */
function artifactLink(address, values = {}) {
  if (!ARTIFACTS.has(address)) return element("span.address", {}, address);
  return element("a.address", { href: linkTo("artifact", { address, ...values }) }, address);
}

/** A size with a bar for its part of a limit. */
function bar(value, limit, what) {
  if (value === null) return element("span.muted", { title: "not a zip" }, "–");
  const over = value > limit;
  const share = formatShare(value, limit);
  const filled = element("i.bar", { "aria-hidden": "true" });
  filled.style.setProperty("--filled", `${Math.min(100, (100 * value) / limit)}%`);
  return element(
    over ? "span.measure.over" : "span.measure",
    { title: `${share} of ${formatBytes(limit)} ${what}` },
    formatBytes(value),
    filled,
    element("span.share", {}, over ? `over: ${share}` : share),
  );
}

function section(title, ...children) {
  return element("section", {}, element("h2", {}, title), ...children);
}

/** Terms and values in a row. */
function figures(pairs) {
  return element(
    "dl.figures",
    {},
    pairs.map(([term, ...value]) =>
      element("div", {}, element("dt", {}, term), element("dd", {}, ...value)),
    ),
  );
}

/** A list that shows the first entries, and makes the others on demand. `show` makes their links. */
function shortList(entries, limit = 8, show = (address) => artifactLink(address)) {
  const items = (some) => some.map((entry) => element("li", {}, show(entry)));
  const list = element("ul.inline", {}, items(entries.slice(0, limit)));
  if (entries.length > limit) {
    const button = element("button.more", { type: "button" }, `${entries.length - limit} more`);
    const last = element("li", {}, button);
    button.onclick = () => {
      last.replaceWith(...items(entries.slice(limit)));
      list.children[limit].querySelector("a")?.focus();
    };
    list.append(last);
  }
  return list;
}

// The browser draws this number of rows at once without a noticeable pause.
const ROWS = 100;

/**
 * A table that header buttons sort.
 *
 * A column has `title`, `cell(row)`, and `sort(row)` if it can be sorted; `number` aligns it right
 * and sorts it from large to small. `detail(row)` is shown below a row when its first cell, then a
 * button, is pressed; `open` is the row that shows it from the start.
 */
function table({ caption, columns, rows, sorted = null, detail = null, open = null, onToggle,
  printAll = true, limit = ROWS }) {
  const body = element("tbody");
  const headers = columns.map((column) => header(column));
  const rest = element("button.more", { type: "button" });
  let order = rows;
  let shown = 0;
  const made = new Map();

  function header(column) {
    const cell = element(column.number ? "th.number" : "th", { scope: "col" });
    if (!column.sort) {
      cell.append(column.title);
      return cell;
    }
    const button = element("button", { type: "button" }, column.title);
    button.onclick = () => {
      const now = cell.getAttribute("aria-sort");
      sort(column, now ? now === "ascending" : Boolean(column.number));
    };
    cell.append(button);
    return cell;
  }

  function sort(column, descending) {
    const value = new Map(rows.map((row) => [row, column.sort(row)]));
    const sign = descending ? -1 : 1;
    order = [...rows].sort((a, b) => {
      const [x, y] = [value.get(a), value.get(b)];
      // Rows without a value come last.
      if (x === null || y === null) return (x === null) - (y === null);
      return sign * (x < y ? -1 : x > y ? 1 : 0);
    });
    headers.forEach((each) => each.removeAttribute("aria-sort"));
    const direction = descending ? "descending" : "ascending";
    headers[columns.indexOf(column)].setAttribute("aria-sort", direction);
    draw(limit);
  }

  function rowElements(row) {
    if (!made.has(row)) made.set(row, detail ? expandable(row) : [plain(row, columns[0].cell(row))]);
    return made.get(row);
  }

  function plain(row, first) {
    const cells = columns.map((column, index) => {
      const content = index === 0 ? first : column.cell(row);
      if (index === 0) return element("th", { scope: "row" }, content);
      return element(column.number ? "td.number" : "td", {}, content);
    });
    return element("tr", {}, cells);
  }

  function expandable(row) {
    const button = element("button.toggle", { type: "button" }, columns[0].cell(row));
    const below = element("tr.detail", { hidden: true });
    const toggle = (expanded) => {
      if (expanded && !below.firstChild) {
        below.append(element("td", { colSpan: columns.length }, detail(row)));
      }
      below.hidden = !expanded;
      button.setAttribute("aria-expanded", String(expanded));
    };
    button.onclick = () => {
      toggle(below.hidden);
      onToggle?.(row, !below.hidden);
    };
    toggle(row === open);
    return [plain(row, button), below];
  }

  function draw(number) {
    shown = Math.min(number, order.length);
    body.replaceChildren(...order.slice(0, shown).flatMap(rowElements));
    rest.hidden = shown === order.length;
    rest.textContent = `Show ${Math.min(ROWS, order.length - shown)} more of ${order.length} rows`;
  }

  rest.onclick = () => draw(shown + ROWS);
  // Paper has no buttons.
  if (printAll) printTasks.push(() => draw(order.length));
  if (sorted) sort(columns[sorted], Boolean(columns[sorted].number));
  else draw(limit);
  const head = element("thead", {}, element("tr", {}, headers));
  const title = element("caption", {}, caption);
  return element("div.scroll", {}, element("table", {}, title, head, body), rest);
}

// What views do before the browser prints them. The page forgets it with the view.
let printTasks = [];
window.addEventListener("beforeprint", () => {
  // Tables that a task makes add tasks.
  for (const task of printTasks) task();
});
