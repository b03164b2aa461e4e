"use strict";
// The document, and values that several views derive from it. Nothing here touches the page.

const REPORT = JSON.parse(document.getElementById("document").textContent);

const ARTIFACTS = new Map(REPORT.artifacts.map((artifact) => [artifact.address, artifact]));
const FUNCTIONS = REPORT.artifacts.filter((artifact) => artifact.kind === "function");
const LAYERS = REPORT.artifacts.filter((artifact) => artifact.kind === "layer");

// Each attached layer, also those of other repositories, with the functions that attach it.
const ATTACHED = new Map(LAYERS.map((layer) => [layer.address, []]));
for (const artifact of FUNCTIONS) {
  for (const layer of artifact.layers) {
    if (!ATTACHED.has(layer)) ATTACHED.set(layer, []);
    ATTACHED.get(layer).push(artifact.address);
  }
}

// The categories of files, in the order of the legend. Each has a color and a pattern in page.css.
const CATEGORIES = {
  first: "first-party",
  third: "third-party",
  native: "native",
  bytecode: "bytecode",
  metadata: "metadata",
};

function categoryOf(owner, kind) {
  if (kind in CATEGORIES) return kind;
  return owner === -1 ? "first" : "third";
}

// Texts

/** A size like in the output of `package`: B, or KiB and MiB with one decimal place. */
function formatBytes(count) {
  if (count === null) return "–";
  const size = Math.abs(count);
  if (size < 1024) return `${count} B`;
  if (size < 1024 * (1024 - 0.05)) return `${(count / 1024).toFixed(1)} KiB`;
  return `${(count / 1024 / 1024).toFixed(1)} MiB`;
}

function formatChange([before, after], format = formatBytes) {
  const change = (after ?? 0) - (before ?? 0);
  return change === 0 ? "±0" : `${change > 0 ? "+" : "−"}${format(Math.abs(change))}`;
}

function formatShare(part, whole) {
  const percent = whole ? (100 * part) / whole : 0;
  if (percent > 0 && percent < 0.1) return "<0.1 %";
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

function formatTime(microseconds) {
  if (microseconds === undefined || microseconds === null) return "–";
  const milliseconds = microseconds / 1000;
  return `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`;
}

function count(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString("en-US")} ${number === 1 ? noun : plural}`;
}

const sum = (values) => values.reduce((total, value) => total + (value ?? 0), 0);

/** Names of distributions are equal if they differ in case, "-", "_" and "." only. */
const normalizeName = (name) => name.toLowerCase().replace(/[-_.]+/g, "-");

// Files as a tree

const FIRST_PARTY = "first-party files";
// The trees of artifacts that have been shown.
const trees = new Map();

/**
 * The files of an artifact: first-party files and distributions, then folders, then files.
 *
 * A node has `name`, `bytes`, `files` (their number), `category` (with most of the bytes), `parent`,
 * and for folders `children`, a map by name. A node of the first level also has `owner`, a
 * distribution or null. Folders with nothing but one folder become one node: "google/cloud".
 */
async function buildTree(artifact, pause) {
  const root = folder(artifact.address, null);
  for (const [owner, list] of artifact.files) {
    const distribution = artifact.distributions[owner] ?? null;
    const top = child(root, distribution?.name ?? FIRST_PARTY);
    top.owner = distribution;
    const folders = new Map();
    for (const [path, bytes, kind] of REPORT.file_lists[list]) {
      const end = path.lastIndexOf("/");
      const name = path.slice(end + 1);
      const above = end === -1 ? "" : path.slice(0, end);
      let parent = folders.get(above);
      if (!parent) folders.set(above, (parent = above ? above.split("/").reduce(child, top) : top));
      // A file and a folder cannot have the same path, so that a name is unique in its folder.
      parent.children.set(name, { name, bytes, files: 1, category: categoryOf(owner, kind), parent });
      if (pause.isDue()) await pause.now();
    }
  }
  summarize(root);
  trees.set(artifact, root);
}

function folder(name, parent) {
  return { name, parent, children: new Map() };
}

function child(parent, name) {
  let node = parent.children.get(name);
  if (!node) parent.children.set(name, (node = folder(name, parent)));
  return node;
}

/** Merge folders that contain only a folder, and add up sizes and categories. */
function summarize(node) {
  for (let [key, each] of [...node.children]) {
    if (!each.children) continue;
    while (each.children.size === 1 && node.parent) {
      const [only] = each.children.values();
      if (!only.children) break;
      only.name = `${each.name}/${only.name}`;
      only.parent = node;
      node.children.delete(key);
      node.children.set((key = only.name), (each = only));
    }
    summarize(each);
  }
  Object.assign(node, totals(node.children.values()));
}

/** Sums over nodes, and the category with most of the bytes. */
function totals(nodes) {
  const bytesOf = {};
  let [bytes, files] = [0, 0];
  const add = (category, more) => (bytesOf[category] = (bytesOf[category] ?? 0) + more);
  for (const node of nodes) {
    bytes += node.bytes;
    files += node.files;
    if (!node.bytesOf) add(node.category, node.bytes);
    for (const category in node.bytesOf) add(category, node.bytesOf[category]);
  }
  const [first = "first", ...others] = Object.keys(bytesOf);
  const category = others.reduce((a, b) => (bytesOf[b] > bytesOf[a] ? b : a), first);
  return { bytes, files, bytesOf, category };
}

/** The children of a node, largest first. */
function childrenBySize(node) {
  node.bySize ??= [...node.children.values()]
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
  return node.bySize;
}

/** The node at `names` below the root, or the last one on this path that exists. */
function nodeAt(root, names) {
  let node = root;
  for (const name of names) node = node.children?.get(name) ?? node;
  return node;
}

/** The node of a file by its path. Names of merged folders are several parts of it. */
function fileAt(top, path) {
  if (!top.children || !path) return top;
  const isOnPath = ({ name, children }) => path === name || (children && path.startsWith(`${name}/`));
  const next = [...top.children.values()].find(isOnPath);
  return next ? fileAt(next, path.slice(next.name.length + 1)) : top;
}

/** The names from the root, which it excludes, to a node. */
function namesTo(node) {
  const names = [];
  for (let each = node; each.parent; each = each.parent) names.unshift(each.name);
  return names;
}

// Long work

// A slice of work, in milliseconds, after which the browser may draw and read keys.
const SLICE = 12;

class Superseded extends Error {}

/** Divides work into slices. `now()` throws when the result is no longer wanted. */
function pauses(isWanted) {
  let start = performance.now();
  let steps = 0;
  return {
    isDue: () => ++steps % 256 === 0 && performance.now() - start > SLICE,
    now: async (delay = 0) => {
      await new Promise((resume) => setTimeout(resume, delay));
      if (!isWanted()) throw new Superseded();
      start = performance.now();
    },
  };
}

/** Runs work in slices, and forgets it if it is superseded. */
async function runInSlices(isWanted, work) {
  try {
    await work(pauses(isWanted));
  } catch (error) {
    if (!(error instanceof Superseded)) throw error;
  }
}
