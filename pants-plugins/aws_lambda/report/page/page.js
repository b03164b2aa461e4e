"use strict";
// Which view is open. The location hash names it, so that links and the back button work.

const VIEWS = {
  overview: showOverview,
  artifact: showArtifact,
  layers: showLayers,
  search: showSearch,
  advice: showAdvice,
  changes: showChanges,
};

const content = document.getElementById("content");
const input = document.getElementById("search");

let current = { key: null, update: null };
// Where each view was scrolled to, for the back button.
const scrolled = new Map();
let followedLink = false;

function valuesOfHash() {
  return new URLSearchParams(location.hash.slice(1) || "view=overview");
}

function navigate(view, values) {
  followedLink = true;
  location.hash = linkTo(view, values);
}

/** Change one value of the open view, without an entry in the history. */
function replaceValue(key, value) {
  const values = valuesOfHash();
  if (value === null) values.delete(key);
  else values.set(key, value);
  history.replaceState(null, "", `#${values}`);
}

/** Show the view of the hash: make it, or only update it if it is open already. */
function showView() {
  const values = valuesOfHash();
  const view = Object.hasOwn(VIEWS, values.get("view")) ? values.get("view") : "overview";
  const key = `${view} ${view === "artifact" ? values.get("address") : ""}`;
  hideTooltip();
  if (key === current.key && current.update) {
    current.update(values);
    return;
  }
  printTasks = [];
  const made = VIEWS[view](values);
  const nodes = (made.nodes ?? made).filter(Boolean);
  const isFirst = current.key === null;
  current = { key, update: made.update };
  content.replaceChildren(...nodes);
  made.update?.(values);
  if (view === "overview") printTasks.push(appendOtherViews);
  drawNavigation(view);
  const heading = content.querySelector("h1");
  document.title = `${heading.textContent} – Lambda report`;
  if (view !== "search") input.value = "";
  // Screen readers and the keyboard continue at the new content, unless the user is typing.
  if (!isFirst && document.activeElement !== input) content.focus({ preventScroll: true });
  scrollTo(0, followedLink ? 0 : scrolled.get(location.hash) ?? 0);
  followedLink = false;
}

/** Until the overview is printed, add the other views, without treemaps and flame charts. */
function appendOtherViews() {
  const tasks = [...printTasks];
  const nodes = [
    ...(REPORT.against ? showChanges() : []),
    ...showAdvice(),
    ...REPORT.artifacts.flatMap((each) => [...artifactFacts(each), distributionsSection(each)]),
  ].filter(Boolean);
  content.append(...nodes);
  window.addEventListener("afterprint", () => {
    nodes.forEach((each) => each.remove());
    printTasks = tasks;
  }, { once: true });
}

function drawNavigation(open) {
  const views = [["overview", "Overview"], ["layers", "Layers"]];
  views.push(["advice", "Advice"]);
  if (REPORT.against) views.push(["changes", "Changes"]);
  document.querySelector("header nav").replaceChildren(
    ...views.map(([view, title]) =>
      element("a", { href: linkTo(view), "aria-current": view === open ? "page" : null }, title)));
}

input.oninput = () => {
  const hash = linkTo("search", { q: input.value });
  // One entry in the history for a search, not one for each letter.
  if (valuesOfHash().get("view") === "search") history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
  showView();
};

input.onkeydown = (event) => {
  if (event.key === "Escape") content.focus();
  if (event.key === "Enter" || event.key === "ArrowDown") {
    event.preventDefault();
    content.querySelector("a[href]")?.focus();
  }
};

input.form.onsubmit = (event) => event.preventDefault();

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  input.focus();
  input.select();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("a[href^='#view']")) followedLink = true;
});

document.querySelector("a.skip").onclick = (event) => {
  event.preventDefault();
  content.focus();
};

document.addEventListener("scroll", () => scrolled.set(location.hash, scrollY), { passive: true });
window.addEventListener("hashchange", showView);
history.scrollRestoration = "manual";
showView();
